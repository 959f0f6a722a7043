-- What becomes of an outbound message: results of submits, receipts, and the partition `{d<q>}` that
-- brings the two together by the carrier's message id, whichever comes first.

local cancel_sent -- what is for others

do
local ASKS_KEPT = 10000    -- questions that wait for a carrier's gateway, about
local SENT_MS = 259200000 -- how long a carrier may be asked to stop a message
local EARLY_S = 600 -- a receipt comes so much before its submit_sm_resp at the most
local NAMED_MS = 21600000 -- ids named in so long are kept together
local PARKED_MAX = 16 -- receipts kept for an id that no submit_sm_resp has named yet

-- A message is what its segments are: failed if any failed, delivered when all are.
local function message_state(states)
  local seen, missing = {}, false
  for _, state in ipairs(states) do
    if state then
      seen[state] = true
    else
      missing = true
    end
  end
  for _, worst in ipairs({'failed', 'expired', 'unknown'}) do
    if seen[worst] then
      return worst
    end
  end
  if missing then
    return 'sending'
  end
  return seen.sent and 'sent' or 'delivered'
end

-- Many steps at once: what they change is kept here, each message read once, and written by write_batch(), with
-- one call for all of a kind where Redis has one.
local function begin_batch(tag)
  return {tag = tag, messages = {}, changed = {}, landing = {}, due = {}, over = {}, moves = {}}
end

-- It has n segments, not as many as was thought.
local function recount(m, n)
  local before = m.states
  m.states = segment_states(m.tag, m.id, tonumber(n))
  m.n, m.changes[#m.changes + 1], m.changes[#m.changes + 2] = n, 'n', n
  for i = 1, math.min(#before, tonumber(n)) do
    if before[i] then
      m.states[i] = before[i]
      m.changes[#m.changes + 1], m.changes[#m.changes + 2] = 's' .. (i - 1), before[i]
    end
  end
end

-- A message as it is changed, or nil where it is not known. n is how many segments it has where the caller knows
-- better.
local function message_of(b, id, n)
  local m = b.messages[id]
  if not m then
    local f = redis.call('HMGET', b.tag .. ':msg:' .. id, 'n', 'state', 'conv', 'carrier', 'pair', 's0', 'i0')
    if not f[4] then
      return nil
    end
    m = {tag = b.tag, id = id, n = f[1], state = f[2], conv = f[3], carrier = f[4], pair = f[5], changes = {},
      asked = f[7]}
    m.states = f[1] == '1' and {RANK[f[2]] and f[2] or f[6]} or segment_states(b.tag, id, tonumber(f[1]))
    b.messages[id], b.changed[#b.changed + 1] = m, m
  end
  if n and n ~= m.n then
    recount(m, n)
  end
  m.segments = tonumber(m.n)
  m.asked_about = m.segments > 1 or m.asked -- it may stand among those that the carrier can be asked to stop
  m.landed = true
  for i = 1, m.segments do
    m.landed = m.landed and m.states[i]
  end
  return m
end

-- The state of a message's only segment is the message's own, which settle() writes.
local function put_state(m, at, state)
  m.states[at] = state
  if m.segments > 1 or at > 1 or m.state == 'suppressed' then
    m.changes[#m.changes + 1] = 's' .. (at - 1)
    m.changes[#m.changes + 1] = state
  end
end

-- Moves one segment; returns false where the move is none (repeated, against the order, or to a state
-- that nobody knows). `heard` in a receipt, `unknown` is what the carrier knows of what it has.
local function move_segment(m, segment, state, heard)
  if not RANK[state] then
    count(m.tag, 'state_unknown')
    return false
  end
  local at = tonumber(segment) + 1
  local before = m.states[at]
  local given_up = heard and before == 'sent' and state == 'unknown'
  if before and (before == state or (RANK[before] >= RANK[state] and before ~= 'unknown' and not given_up)) then
    count(m.tag, before == state and 'receipt_repeated' or 'receipt_regressed')
    return false
  end
  if before == 'unknown' and RANK[state] == 2 then
    count(m.tag, 'receipt_late')
  end
  put_state(m, at, state)
  return true
end

local UNREASONED = {queued = true, sending = true, sent = true, delivered = true} -- states without a reason

-- Gives the message the state of its segments and says so where it changed. One that an opt-out has
-- ended stays so, whatever becomes of segments written before. `told` is what is said of the step, `own` what
-- parameters() says of it.
local function settle(b, m, reason, now, told, own)
  local state = message_state(m.states)
  local through, final = true, true
  for i = 1, m.segments do
    through = through and m.states[i]
    final = final and RANK[m.states[i]] == 2
  end
  local changed = state ~= m.state and m.state ~= 'suppressed'
  local begun = changed and m.state == 'queued' and state == 'sending' -- which is told of no message
  local changes = m.changes
  if changed then
    changes[#changes + 1], changes[#changes + 2] = 'state', state
    if reason ~= '' or not UNREASONED[m.state] then
      changes[#changes + 1], changes[#changes + 2] = 'reason', reason
    end
    if final then
      changes[#changes + 1], changes[#changes + 2] = 'dat', now
    end
    m.state = state
  end
  if through and not m.landed then
    b.landing[m.carrier] = b.landing[m.carrier] or {}
    table.insert(b.landing[m.carrier], m)
    m.landed = true
  end
  if final then
    b.over[#b.over + 1] = m.id
    if m.asked_about then
      redis.call('HDEL', b.tag .. ':sent:' .. string.match(m.pair, '^[^:]*:(.*)$'), m.id)
    end
  end
  if changed and not begun then
    b.moves[#b.moves + 1] = {m = m, state = state, why = reason, n = m.n, at = now, told = told, own = own or {}}
  end
end

-- Tells what has become of messages: each by itself where an agent is talking with the customer, all others in one
-- event, which is told with the last of them.
local function tell_moves(b)
  local customers, rows, talking = {}, {}, {}
  for i, move in ipairs(b.moves) do
    customers[i] = string.match(move.m.pair, '^[^:]*:(.*)$')
  end
  if #customers > 0 then
    talking = redis.call('SMISMEMBER', b.tag .. ':talking', unpack(customers))
  end
  for i, move in ipairs(b.moves) do
    local m = move.m
    if talking[i] == 1 then
      local c = redis.call('HMGET', b.tag .. ':conv:' .. m.conv, 'state', 'agent')
      table.insert(move.told, event(b.tag, 'e', 'state', 'c', m.conv, 'm', m.id, 'st', move.state, 'why', move.why,
        's', c[1] or '', 'a', c[2] or '', 'n', move.n, 'carrier', m.carrier, 'at', move.at, unpack(move.own)))
    else
      rows[#rows + 1] = m.id .. '\t' .. m.conv .. '\t' .. move.state .. '\t' .. move.n .. '\t' .. m.carrier .. '\t' ..
        move.at .. '\t' .. (move.why == '' and '' or string.gsub(move.why, '%c', ' ')) ..
        (move.own[2] and '\t' .. string.gsub(move.own[2], '\n', ';') or '')
    end
  end
  if #rows > 0 then
    local last = b.moves[#b.moves]
    local id = redis.call('XADD', b.tag .. ':events', '*', 'e', 'states', 'n', #rows .. '', 'rows',
      table.concat(rows, '\n'), 'at', last.at)
    table.insert(last.told, {id, 'e', 'states'})
  end
end

-- What of these messages is in flight is so no more: each pair's next may go.
local function land_all(tag, carrier, landing)
  local key, ids, pairs_of, owner = tag .. ':flight:' .. carrier, {}, {}, {}
  for i, m in ipairs(landing) do
    ids[i] = m.id
  end
  for i, packed in ipairs(redis.call('HMGET', key, unpack(ids))) do
    if packed then
      pairs_of[#pairs_of + 1] = landing[i].pair
      owner[#owner + 1] = ids[i]
    end
  end
  if #owner == 0 then
    return
  end
  redis.call('HDEL', key, unpack(owner))
  local free = {}
  for i, id in ipairs(redis.call('HMGET', tag .. ':busy', unpack(pairs_of))) do
    if id == owner[i] then
      free[#free + 1] = pairs_of[i]
    end
  end
  if #free > 0 then
    redis.call('HDEL', tag .. ':busy', unpack(free))
  end
  wake_landed(tag, carrier)
end

local function write_batch(b)
  local tag = b.tag
  tell_moves(b)
  for _, m in ipairs(b.changed) do
    if #m.changes > 0 then
      redis.call('HSET', tag .. ':msg:' .. m.id, unpack(m.changes))
    end
  end
  call_many('ZADD', tag .. ':overdue', b.due)
  call_many('ZREM', tag .. ':overdue', b.over)
  for carrier, landing in pairs(b.landing) do
    land_all(tag, carrier, landing)
  end
end

-- What a gateway is to ask of its carrier about one segment that it has: query or cancel.
local function ask(tag, id, op, facts, segment, sid)
  local ours, customer = string.match(facts[2], '^([^:]*):(.*)$')
  redis.call('XADD', tag .. ':ask:' .. facts[1], 'MAXLEN', '~', ASKS_KEPT, '*', 'op', op, 'm', id,
    'i', sid, 'o', ours, 'c', customer)
end

-- The same about all segments that were sent and have no receipt yet. → how many
local function ask_about(tag, id, op)
  local key = tag .. ':msg:' .. id
  local facts = redis.call('HMGET', key, 'carrier', 'pair', 'n')
  local asked = 0
  for i, state in ipairs(facts[3] and segment_states(tag, id, tonumber(facts[3])) or {}) do
    local sid = state == 'sent' and redis.call('HGET', key, 'i' .. (i - 1))
    if sid then
      ask(tag, id, op, facts, i - 1, sid)
      asked = asked + 1
    end
  end
  return asked
end

-- An opt-out of that scope: what waits for its time is over, and the carriers are asked to stop what they have
-- not delivered.
function cancel_sent(tag, customer, scope)
  local waiting, time = redis.call('HGETALL', tag .. ':scheduled:' .. customer), redis.call('TIME')
  for i = 1, #waiting, 2 do
    if string.find('|' .. waiting[i + 1] .. '|', '|' .. scope .. '|', 1, true) then
      redis.call('HDEL', tag .. ':scheduled:' .. customer, waiting[i])
      end_suppressed(tag, customer, waiting[i], scope, time[1] .. string.sub('00000' .. time[2], -6, -4))
    end
  end
  local sent = redis.call('HGETALL', tag .. ':sent:' .. customer)
  for i = 1, #sent, 2 do
    if string.find('|' .. sent[i + 1] .. '|', '|' .. scope .. '|', 1, true) then
      ask_about(tag, sent[i], 'cancel')
    end
  end
end

-- The id by which the carrier knows a segment, and what suppresses the message, for as long as it may be
-- asked about.
local function remember_sent(m, a)
  local tag = m.tag
  m.asked, m.asked_about = true, true
  m.changes[#m.changes + 1] = 'i' .. a.segment
  m.changes[#m.changes + 1] = a.sid
  local packed = a.cancel and redis.call('HGET', tag .. ':flight:' .. m.carrier, a.id)
  local f = packed and cmsgpack.unpack(packed)
  if f and f[5] == '' then
    local sent = tag .. ':sent:' .. f[3]
    redis.call('HSET', sent, a.id, f[4])
    local keep = SENT_MS + (tonumber(a.ahead or '') or 0)
    if redis.call('PTTL', sent) < keep then
      redis.call('PEXPIRE', sent, keep)
    end
    if covered(tag, f[3], f[4], a.id) then -- by an opt-out that came while the carrier had it
      ask(tag, a.id, 'cancel', {m.carrier, m.pair}, a.segment, a.sid)
    end
  end
end

-- Key {c<p>}; carrier max: what the carrier is to be asked, {op, id, ours, customer}…; given out once.
local function ask_take(keys, args)
  local tag, a = keys[1], named(args)
  local stream, out = tag .. ':ask:' .. a.carrier, {}
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', '+', 'COUNT', a.max)) do
    local m = named(entry[2])
    redis.call('XDEL', stream, entry[1])
    out[#out + 1] = {m.op, m.i, m.o, m.c}
  end
  return out
end

-- What became of a segment's submit_sm: outcome is sent, failed, unknown or resent; receipts are the
-- states that came before it, comma-separated. segments is how many the gateway makes of the message,
-- where that is known: one with message_payload, whatever the carrier cuts it into. With due, when a
-- segment that was sent has to have its receipt; with sid, the carrier's id, where it may be asked about
-- it, cancel where it may be asked to stop it, and ahead, for how long (ms) it has it before its time. The message keeps when it was written (`wat`), and when its
-- last receipt came (`dat`).
local function result(b, a, told)
  local tag, m = b.tag, message_of(b, a.id, (tonumber(a.segments) or 0) > 0 and a.segments)
  if not m then
    count(tag, 'result_orphan')
    return
  end
  if a.outcome == 'resent' then
    count(tag, 'resent')
    redis.call('HINCRBY', tag .. ':msg:' .. a.id, 'resent', 1)
    if a.reason ~= 'rerouted' then
      redis.call('HINCRBY', tag .. ':msg:' .. a.id, 'u' .. a.segment, 1)
    end
    told[2] = event(tag, 'e', 'resent', 'm', a.id, 'segment', a.segment, 'why', a.reason, 'at', a.now)
    return
  end
  if move_segment(m, a.segment, a.outcome) and a.outcome == 'sent' then
    if (a.written or '') ~= '' then
      m.changes[#m.changes + 1], m.changes[#m.changes + 2] = 'wat', a.written
    end
    if (a.due or '') ~= '' then
      b.due[#b.due + 1], b.due[#b.due + 2] = a.due, a.id
    end
    if (a.sid or '') ~= '' then
      remember_sent(m, a)
    end
  end
  for state in string.gmatch(a.receipts or '', '[^,]+') do
    move_segment(m, a.segment, state, true)
  end
  settle(b, m, a.reason, a.now, told)
end

-- What a receipt says of a segment: outcome is its state; tlvs and tlvs_left_out as a text has them (threading.lua).
local function receipt(b, a, told)
  local m = message_of(b, a.id)
  if not m then
    count(b.tag, 'receipt_orphan')
  elseif move_segment(m, a.segment, a.outcome, true) then
    local own = parameters(b.tag, a)
    if own[1] then
      m.changes[#m.changes + 1], m.changes[#m.changes + 2] = 'tlvs', own[2]
    end
    settle(b, m, a.reason, a.now, told, own)
  end
end

-- Takes the entries of all steps off `back`, in one call: that counts how many were there, not which, but in one
-- tenure none is given out twice, and a move that was made is none when it is made again. What is told and counted
-- each time (`resent`) is taken off by itself. A step that names no entry was heard elsewhere.
-- → for each step whether it is to be done
local function take_all_off(tag, steps)
  local there, ids, seen = {}, {}, {}
  for i, a in ipairs(steps) do
    local id = a.back or ''
    if id == '' then
      there[i] = true
    elseif a.outcome == 'resent' then
      there[i] = redis.call('XDEL', tag .. ':back', id) == 1
    else
      there[i] = not seen[id]
      ids[#ids + 1] = there[i] and id or nil
      seen[id] = i
    end
  end
  if #ids > 0 and redis.call('XDEL', tag .. ':back', unpack(ids)) == 0 then
    for _, id in ipairs(ids) do
      there[seen[id]] = false
    end
  end
  return there
end

-- fence, then steps of k (rs, a result, or dr, a receipt) back ('' where the receipt was heard in another
-- partition) now id segment outcome reason, and of a result's own fields. → what became of each:
-- {'ok', event…}, {'done'}, {'fenced'}
local function outcomes(keys, args)
  local b, told = begin_batch(keys[1]), {}
  local steps = steps_of(args, 2)
  local refused = fenced(b.tag, {fence = args[1]})
  local there = not refused and take_all_off(b.tag, steps)
  for i, a in ipairs(steps) do
    if refused then
      told[i] = {'fenced'}
    elseif not there[i] then
      told[i] = {'done'}
    else
      told[i] = {'ok'};
      (a.k == 'rs' and result or receipt)(b, a, told[i])
    end
  end
  write_batch(b)
  return told
end

-- fence now id query again: no receipt came in time. Where the carrier is in `query` (`|a|b|`) it is asked
-- once, and has until `again`; else nobody knows what became of the segments that it has.
local function result_overdue(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local due = redis.call('ZSCORE', tag .. ':overdue', a.id)
  if not due or tonumber(due) > tonumber(a.now) then
    return {'done'}
  end
  redis.call('ZREM', tag .. ':overdue', a.id)
  local key = tag .. ':msg:' .. a.id
  local facts = redis.call('HMGET', key, 'n', 'carrier', 'asked')
  local n = tonumber(facts[1])
  if not n then
    return {'done'}
  end
  if not facts[3] and string.find(a.query or '', '|' .. facts[2] .. '|', 1, true) and
    ask_about(tag, a.id, 'query') > 0 then
    redis.call('HSET', key, 'asked', a.now)
    redis.call('ZADD', tag .. ':overdue', a.again, a.id)
    count(tag, 'receipt_queried')
    return {'asked'}
  end
  local b, waited = begin_batch(tag), false
  local m = message_of(b, a.id)
  for i = 1, m.segments do
    if m.states[i] == 'sent' then
      waited = true
      put_state(m, i, 'unknown')
    end
  end
  if not waited then
    return {'done'} -- the carrier has said that it does not know
  end
  count(tag, 'receipt_overdue')
  local told = {'ok'}
  settle(b, m, 'no receipt', a.now, told) -- which lets nothing land
  write_batch(b)
  return told
end

-- back fence now id: a message that mt_take or mt_check ended.
local function stopped(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  local key = tag .. ':msg:' .. a.id
  local facts = redis.call('HMGET', key, 'conv', 'n', 'carrier', 'state')
  if not facts[1] then
    return {'ok'}
  end
  if facts[2] == '1' and RANK[facts[4]] then
    redis.call('HSET', key, 's0', facts[4]) -- which was the message's state until now
  end
  redis.call('HSET', key, 'state', 'suppressed', 'reason', 'opted out')
  local conv = redis.call('HMGET', tag .. ':conv:' .. facts[1], 'state', 'agent')
  return {'ok', event(tag, 'e', 'state', 'c', facts[1], 'm', a.id, 'st', 'suppressed',
    'why', 'opted out', 's', conv[1] or '', 'a', conv[2] or '', 'n', facts[2], 'carrier', facts[3], 'at', a.now)}
end

-- Where an id belongs is in `ids:<n>`, one hash for the ids of NAMED_MS, which goes as a whole: a key that expires
-- for each of them costs Redis five times as much. `id:<name>` is how it was written before.
local function ids_key(tag, n)
  return tag .. ':ids:' .. n
end

-- Where the ids of these names belong, for those that are known: name → target. The newest that was said counts.
local function targets_of(tag, names, at, ttl)
  local known, missing = {}, names
  for n = at, at - math.ceil(ttl / NAMED_MS), -1 do
    if #missing == 0 then
      return known
    end
    local still = {}
    for i, target in ipairs(redis.call('HMGET', ids_key(tag, n), unpack(missing))) do
      if target then
        known[missing[i]] = target
      else
        still[#still + 1] = missing[i]
      end
    end
    missing = still
  end
  for _, name in ipairs(missing) do
    known[name] = redis.call('GET', tag .. ':id:' .. name) or nil
  end
  return known
end

-- A submit_sm_resp named this id, of which receipts may be parked. → the states parked for it, and behind a blank the
-- reason of the last failure among them. Parked ones are left until they expire, so that the same step done again
-- says the same; what was parked long ago, or for another message of that id, says nothing of this one.
local function expect(tag, a, before, seconds)
  local key = tag .. ':early:' .. a.name
  local f = redis.call('HMGET', key, 'when', 'parked', 'why')
  local at, parked, why = f[1], f[2], f[3]
  if not at then
    return ''
  end
  redis.call('ZREM', tag .. ':parked', a.name)
  if seconds - tonumber(at) > EARLY_S or (before and before ~= a.target) then
    redis.call('DEL', key)
    return ''
  end
  return parked .. (why and ' ' .. why or '')
end

-- A receipt came whose id nobody has named. → ''
local function park(tag, a, seconds)
  local key = tag .. ':early:' .. a.name
  local parked = redis.call('HGET', key, 'parked') or ''
  local _, commas = string.gsub(parked, ',', ',')
  if commas < PARKED_MAX - 1 and not string.find(',' .. parked .. ',', ',' .. a.state .. ',', 1, true) then
    parked = parked == '' and a.state or parked .. ',' .. a.state
  end
  redis.call('HSET', key, 'when', seconds, 'parked', parked)
  if (a.reason or '') ~= '' then
    redis.call('HSET', key, 'why', a.reason)
  end
  redis.call('PEXPIRE', key, a.ttl)
  if (a.now or '') ~= '' then
    redis.call('ZADD', tag .. ':parked', 'NX', a.now, a.name)
  end
  return ''
end

-- Whether receipts are parked for any of these names.
local function any_parked(tag, names)
  local keys = {}
  for i, name in ipairs(names) do
    keys[i] = tag .. ':early:' .. name
  end
  return #keys > 0 and redis.call('EXISTS', unpack(keys)) > 0
end

-- Key {d<q>}; steps of k (rs or dr) name (account:id) ttl, of a result target, of a receipt state reason
-- now. → what each says: of a result as expect() has it, of a receipt where it belongs, or '' where it was parked
local function meet(keys, args)
  local tag, steps, told = keys[1], steps_of(args, 1), {}
  local time = redis.call('TIME')
  local ttl, at = tonumber(steps[1].ttl), math.floor(time[1] * 1000 / NAMED_MS)
  local asked, named_now, fresh = {}, {}, {}
  for _, a in ipairs(steps) do
    local names = a.k == 'rs' and named_now or asked
    names[#names + 1] = a.name
  end
  local known, parked = targets_of(tag, asked, at, ttl), any_parked(tag, named_now)
  local before = parked and targets_of(tag, named_now, at, ttl) or {}
  for i, a in ipairs(steps) do
    if a.k == 'rs' then
      told[i] = parked and expect(tag, a, before[a.name], time[1]) or ''
      known[a.name], before[a.name] = a.target, a.target
      fresh[#fresh + 1], fresh[#fresh + 2] = a.name, a.target
    else
      told[i] = known[a.name] or park(tag, a, time[1])
      parked = parked or told[i] == ''
    end
  end
  if #fresh > 0 then
    redis.call('HSET', ids_key(tag, at), unpack(fresh))
    redis.call('PEXPIRE', ids_key(tag, at), ttl + NAMED_MS)
  end
  return told
end

-- Key {d<q>}; before: receipts parked since then belong to nothing that we sent, as it seems. They are
-- counted once and stay parked, since an answer may yet name their id. → how many
local function receipt_orphans(keys, args)
  local tag, a = keys[1], named(args)
  local names = redis.call('ZRANGEBYSCORE', tag .. ':parked', '-inf', a.before, 'LIMIT', 0, 1000)
  if #names > 0 then
    redis.call('ZREM', tag .. ':parked', unpack(names))
    redis.call('HINCRBY', tag .. ':count', 'receipt_orphan', #names)
  end
  return #names
end

redis.register_function('meet', meet)
redis.register_function('receipt_orphans', receipt_orphans)

redis.register_function('ask_take', ask_take)
redis.register_function('outcomes', outcomes)
redis.register_function('result_overdue', result_overdue)
redis.register_function('stopped', stopped)
end
