-- Conversations: what came in joins the pair's current one, opens it again or begins a new one, and a
-- keyword takes effect in the same step. States: queued (an agent is to be found), connected,
-- parked (its agent has put it aside), closed.

local ANSWERS_MAX, ANSWERS_MS = 5, 600000 -- automatic answers to one customer in that time
local LOOKBACK = 32 -- messages of a thread looked through for a repetition

-- Where in the conversation this very message stands, if it was heard within the last `a.dupwin` ms
-- and before the break in whose wake it comes again: two that were heard behind it are two.
local function repeated(tag, conv, a)
  local since, broken = math.max(0, tonumber(a.now) - tonumber(a.dupwin)), tonumber(a.broken)
  local rows = redis.call('XREVRANGE', tag .. ':conv:' .. conv .. ':msgs', '+', '-', 'COUNT', LOOKBACK)
  for _, row in ipairs(rows) do
    local m = named(row[2])
    local heard = tonumber(m.h)
    if m.f == a.fp and heard >= since and heard <= broken then
      return row[1]
    end
  end
  return nil
end

local function allow_answer(tag, customer)
  local key = tag .. ':answers:' .. customer
  local n = redis.call('INCR', key)
  if n == 1 then
    redis.call('PEXPIRE', key, ANSWERS_MS)
  end
  return n <= ANSWERS_MAX
end

-- before: the scopes in which the customer was on the list
local function record_consent(tag, a, what, conv, review, before)
  return ledger_append(tag, {at = a.now, what = what, who = a.who, scope = a.scope, source = 'keyword',
    ours = a.ours, conv = conv, rule = a.rule, entry = review or '', seal = a.seal, salt = a.salt, customer = a.customer,
    record = a.record, before = before, after = scopes_of(tag, a.customer, what ~= 'grant' and a.scope or nil)})
end

-- The context of a text, as enum verdict_context of router/compliance/verdict.h numbers it.
local function context_of(tag, a)
  local QUESTION_MS = 72 * 3600000 -- as long as what we have asked may be answered by "no"
  local thread = tag .. ':thread:' .. a.ours .. ':' .. a.customer
  local t = redis.call('HMGET', thread, 'conv', 'out', 'asked')
  local bits = t[2] == 'marketing' and 1 or 0
  if t[3] and t[3] ~= '' and tonumber(a.now) - tonumber(t[3]) <= QUESTION_MS then
    bits = bits + 2
  end
  if t[1] and redis.call('HGET', tag .. ':conv:' .. t[1], 'state') == 'connected' then
    bits = bits + 4
  end
  return bits + (suppressed(tag, a.customer, a.scopes) and 8 or 0)
end

local VERDICTS = {N = 'NONE', O = 'OPT_OUT', I = 'OPT_IN', H = 'HELP', A = 'AMBIGUOUS'}

-- What the text means depends on the context, which is known here alone: `verdicts` has a letter for each.
-- With it go the rule of that letter, and the answer where it is that letter's.
local function pick_verdict(tag, a)
  if not a.verdicts then
    return
  end
  local bits = #a.verdicts > 1 and context_of(tag, a) or 0
  local letter = string.sub(a.verdicts, bits + 1, bits + 1)
  a.verdict = VERDICTS[letter] or 'AMBIGUOUS'
  a.rule = a['rule:' .. letter]
  if a.answers ~= letter then
    a.answer = ''
  end
end

-- Takes from the list what keywords have put on it in the scopes `lifts`: never what staff, lists or carriers have.
-- → whether there was any
local function lift(tag, a)
  local key, any = tag .. ':opt:' .. a.customer, false
  for scope in string.gmatch(a.lifts or a.scope, '[^|]+') do
    local made_by = redis.call('HGET', key, scope)
    if made_by and string.sub(made_by, 1, 8) == 'keyword ' then
      redis.call('HDEL', key, scope)
      any = true
    end
  end
  if any then
    tell_talks(tag, a.customer)
  end
  return any
end

-- The effect of a keyword → whether the customer is now opted out, whether that changed, and the
-- position of the answer if there is one.
local function take_effect(tag, a, conv)
  local key = tag .. ':opt:' .. a.customer
  local was, before = suppressed(tag, a.customer, a.scopes) ~= nil, scopes_of(tag, a.customer)
  if a.verdict == 'OPT_OUT' then
    -- From one category alone: what was unclear before is still to be read.
    local review = string.sub(a.scope, 1, 2) ~= 'c:' and hold_end(tag, a.customer, 'opted_out', '', a.now) or nil
    local made_by = redis.call('HGET', key, a.scope)
    local told = confirmed(tag, a) -- in this episode, in another scope perhaps
    local entry = record_consent(tag, a, made_by and 'revoke-again' or 'revoke', conv, review, before)
    if not made_by then
      put_on_list(tag, a.customer, a.scope, 'keyword', entry, a.ours)
      local out = suppressed(tag, a.customer, a.scopes) ~= nil -- not by a category that is none of the number's
      return out, out and not was, not told and answer(tag, a, conv, entry .. ' ' .. a.scope) or nil
    end
    stop_again(tag, a, made_by, entry)
    return was, false, a.answer_again == '1' and allow_answer(tag, a.customer) and
      answer(tag, a, conv, entry .. ' ' .. a.scope) or nil
  end
  if a.verdict == 'OPT_IN' then
    local review = hold_end(tag, a.customer, 'opted_in', '', a.now)
    local lifted = lift(tag, a)
    record_consent(tag, a, 'grant', conv, review, before)
    if lifted then
      local still = suppressed(tag, a.customer, a.scopes) ~= nil
      return still, was and not still, not still and answer(tag, a, conv) or nil
    end
    return was, false, not was and allow_answer(tag, a.customer) and answer(tag, a, conv) or nil
  end
  return was, false, allow_answer(tag, a.customer) and answer(tag, a, conv) or nil
end

-- What follows from a verdict other than NONE, said at `position` → its event.
local function consent_event(tag, a, conv, state, agent, position)
  if a.verdict == 'AMBIGUOUS' then
    return hold_open(tag, a, conv, position)
  end
  local out, changed, answered = take_effect(tag, a, conv)
  redis.call('HSET', tag .. ':conv:' .. conv, 'out', out and '1' or '0')
  return event(tag, 'e', 'consent', 'c', conv, 's', state, 'a', agent, 'out', out and '1' or '0',
    'changed', changed and '1' or '0', 'p', answered or '', 'm', answered and a.answer_id or '',
    'k', a.verdict, 'scope', a.scope or '', 'n', answered and a.answer_segs or '0', 'at', a.now)
end

-- Which conversation, and what happens to it → id, leg, state, 'new' | 'again' | 'open', agent, last, queue
local function find(tag, a, thread)
  local t = redis.call('HMGET', thread, 'conv', 'last', 'closed')
  local keyword = a.verdict ~= 'NONE' and a.verdict ~= 'AMBIGUOUS' -- which asks for nobody
  if t[1] then
    local c = redis.call('HMGET', tag .. ':conv:' .. t[1], 'state', 'leg', 'agent', 'queue')
    if c[1] == 'queued' or c[1] == 'connected' or c[1] == 'parked' then
      return t[1], tonumber(c[2]), c[1], 'open', c[3] or '', t[2] or '', c[4]
    end
    local window = tonumber(a.window)
    if c[1] == 'closed' and window > 0
      and (tonumber(a.now) - tonumber(t[3]) <= window or in_after_call(tag, t[1], c[2])) then
      if keyword then
        return t[1], tonumber(c[2]), 'closed', 'open', '', t[2] or '', c[4]
      end
      return t[1], tonumber(c[2]) + 1, 'queued', 'again', '', t[2] or '', a.queue
    end
  end
  return a.conv, keyword and 0 or 1, keyword and 'closed' or 'queued', 'new', '', '', a.queue
end

local function begin(tag, a, thread, id, leg, state, how)
  if how == 'new' then
    redis.call('HSET', tag .. ':conv:' .. id, 'ours', a.ours, 'customer', a.customer, 'queue', a.queue,
      'state', state, 'leg', leg, 'agent', '', 'created', a.now)
    redis.call('HSET', thread, 'conv', id, 'closed', state == 'closed' and a.now or '', 'last', '')
    redis.call('ZADD', tag .. ':history:' .. a.customer, a.now, id)
  elseif how == 'again' then
    redis.call('HSET', tag .. ':conv:' .. id, 'state', 'queued', 'leg', leg, 'agent', '', 'queue', a.queue)
  end
end

-- After a concatenated message was put together, its parts' key says so for a while: repeated parts
-- are known by it, and a part that comes late completes the message it names.
local function close_parts(tag, a, conv, position)
  redis.call('ZREM', tag .. ':due', a.parts)
  local key = tag .. ':parts:' .. a.parts
  redis.call('HSET', key, 'done', conv .. ' ' .. position, 'partial', a.partial)
  redis.call('PEXPIRE', key, a.parts_ttl)
end

-- Was this message applied before? One of parts that another entry has put together is known by its
-- parts' key; any other is looked for in its thread, in the wake of a break only.
local function applied_before(tag, a, thread)
  local in_parts = (a.parts or '') ~= ''
  if in_parts and redis.call('HEXISTS', tag .. ':parts:' .. a.parts, 'done') == 1 then
    return true
  end
  local current = tonumber(a.broken) > 0 and redis.call('HGET', thread, 'conv')
  local position = current and repeated(tag, current, a)
  if position and a.verdict == 'OPT_OUT' and redis.call('HEXISTS', tag .. ':opt:' .. a.customer, a.scope) == 0 then
    -- A START came between. To take a new STOP for the old one sent again would be to lose it.
    return nil
  end
  if position and in_parts then
    close_parts(tag, a, current, position)
  end
  return position
end

-- How many parts of an overdue message are there; another may have come since they were read.
local function parts_there(tag, a)
  local there = 0
  for n = 0, tonumber(a.total) - 1 do
    there = there + redis.call('HEXISTS', tag .. ':parts:' .. a.parts, 'p' .. n)
  end
  return there
end

-- A message takes up again what was parked so → its event, or nil.
local function woken(tag, id, now)
  local c = named(redis.call('HGETALL', tag .. ':conv:' .. id))
  return c.wake == '1' and unpark(tag, id, c, 'message', now) or nil
end

-- One whole inbound message. Named: in | due+parts, fence now ours customer conv (id for a new one)
-- mark (of the rules that read it, which stands with the text) queue window (ms) text segs partial ('' or '1') fp broken (ms, 0: no break) dupwin carrier verdicts (a letter of the
-- verdict for each context, or one for all); unless all are N also scope scopes `rule:<letter>` record who salt seal
-- review_due review_late answers (the letter that is answered) answer answer_id answer_record answer_segs
-- answer_again ('1': a STOP repeated is answered, too) lifts (the scopes that an opt-in lifts, `a|b`); with parts also parts parts_ttl, and where they are due
-- have and total: {'stale'} where more than that is there; tlvs (lines of a name and a value, as the carrier's own
-- parameters say), tlvs_left_out (how many are not among them). → {'ok', event, consent event?, resumed event?} | {'repeated'} | {'done'} | {'fenced'}
local function mo(keys, args)
  local tag, a = keys[1], named(args)
  if a.due == '1' and a.have and parts_there(tag, a) ~= tonumber(a.have) then
    return {'stale'}
  end
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  local thread = tag .. ':thread:' .. a.ours .. ':' .. a.customer
  pick_verdict(tag, a)
  if applied_before(tag, a, thread) then
    count(tag, 'mo_repeated')
    return {'repeated'}
  end
  local id, leg, state, how, agent, last, queue = find(tag, a, thread)
  begin(tag, a, thread, id, leg, state, how)
  redis.call('HDEL', thread, 'asked', 'cold')
  local told = parameters(tag, a)
  local position = redis.call('XADD', tag .. ':conv:' .. id .. ':msgs', '*', 'd', 'i', 't', a.text,
    'n', a.segs, 'p', a.partial, 'k', a.verdict, 'f', a.fp, 'h', a.now, 'v', a.mark or '', unpack(told))
  if (a.parts or '') ~= '' then
    close_parts(tag, a, id, position)
  end
  local happened = event(tag, 'e', 'mo', 'c', id, 'm', position, 's', state, 'how', how, 'leg', leg,
    'q', queue, 'a', agent, 'last', last, 'ours', a.ours, 'customer', a.customer, 'k', a.verdict,
    'n', a.segs, 'partial', a.partial, 'at', a.now, unpack(told))
  local out = {'ok', happened}
  if a.verdict ~= 'NONE' then
    out[3] = consent_event(tag, a, id, state, agent, position)
  end
  if state == 'parked' and (a.verdict == 'NONE' or a.verdict == 'AMBIGUOUS') then
    out[#out + 1] = woken(tag, id, a.now)
  end
  return out
end

-- in, or due ('1') and parts, fence why now record text, and of what mo() takes that which consent needs: a text to a
-- number that is none of ours (any more). It belongs to no conversation and is put aside; but who asks for no more is
-- heard, in every scope, since nobody knows what the number was to them, and without an answer, since there is nobody
-- to send it. → {'ok', event, event?} | {'done'} | {'fenced'}
local function stray(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  pick_verdict(tag, a)
  a.answer = ''
  local out = {'ok', put_aside(tag, a)}
  if a.verdict == 'AMBIGUOUS' then
    out[3] = hold_open(tag, a, '', '')
  elseif a.verdict == 'OPT_OUT' then
    take_effect(tag, a, '')
    out[3] = event(tag, 'e', 'suppression', 'why', 'stray', 'customer', a.customer, 'scope', a.scope, 'by', '', 'at', a.now)
  end
  return out
end

-- The agent a.agent has it from now on, as leg a.leg, in that queue. c: ours customer created. how: outbound
-- where nobody offered it. → its event
local function take_up(tag, a, c, queue, how)
  local idle, out = a.idle or '0', suppressed(tag, c.customer, a.scopes) and '1' or '0'
  redis.call('HSET', tag .. ':conv:' .. a.conv, 'state', 'connected', 'agent', a.agent, 'leg', a.leg, 'queue', queue,
    'idle', idle, 'active', a.now, 'out', out)
  watch_idle(tag, a.conv, idle, a.now)
  begin_leg(tag, a, queue)
  redis.call('HSET', tag .. ':thread:' .. c.ours .. ':' .. c.customer, 'last', a.agent)
  talk_begin(tag, a.conv, c.customer, a.scopes or 'all')
  return packed_event(tag, 'e\0connected\0c\0' .. a.conv .. '\0a\0' .. a.agent .. '\0leg\0' .. a.leg .. '\0q\0' .. queue
    .. '\0ours\0' .. c.ours .. '\0customer\0' .. c.customer .. '\0created\0' .. c.created
    .. '\0out\0' .. out .. '\0how\0' .. (how or '') .. '\0at\0' .. a.now)
end

-- fence now conv leg agent scopes idle (ms), by name or in that order behind '': the offer was accepted.
-- → {'ok', event} | {'done'} | {'fenced'}
local function connect(keys, args)
  local tag = keys[1]
  local a = args[1] == '' and {fence = args[2], now = args[3], conv = args[4], leg = args[5], agent = args[6],
    scopes = args[7], idle = args[8]} or named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'leg', 'ours', 'customer', 'queue', 'created')
  if c[1] ~= 'queued' or c[2] ~= a.leg then
    return {'done'}
  end
  return {'ok', take_up(tag, a, {ours = c[3], customer = c[4], created = c[6]}, c[5])}
end

redis.register_function('mo', mo)
redis.register_function('stray', stray)
redis.register_function('connect', connect)
