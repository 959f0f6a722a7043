-- What becomes of an outbound message: results of submits, receipts, and the partition `{d<q>}` that
-- brings the two together by the carrier's message id, whichever comes first.

local ASKS_KEPT = 10000    -- questions that wait for a carrier's gateway, about
local SENT_MS = 259200000 -- how long a carrier may be asked to stop a message
local EARLY_S = 600 -- a receipt comes so much before its submit_sm_resp at the most
local PARKED_MAX = 16 -- receipts kept for an id that no submit_sm_resp has named yet

-- Segment states in the order in which they may follow one another; a final one stays.
local RANK = {sent = 1, unknown = 1, delivered = 2, failed = 2, expired = 2}

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

-- A message as it is changed: read once, and written once by settle(). → nil where it is not known.
-- n is how many segments it has where the caller knows better.
local function message_of(tag, id, n)
  local f = redis.call('HMGET', tag .. ':msg:' .. id, 'n', 'state', 'conv', 'carrier', 'pair', 's0', 'i0')
  if not f[4] then
    return nil
  end
  local m = {tag = tag, id = id, n = tonumber(n) or tonumber(f[1]), state = f[2], conv = f[3],
    carrier = f[4], pair = f[5], changes = {}, landed = true}
  if m.n ~= tonumber(f[1]) then
    m.changes = {'n', m.n}
  end
  m.states = m.n == 1 and {f[6]} or segment_states(tag, id, m.n)
  m.asked_about = m.n > 1 or f[7] -- it may stand among those that the carrier can be asked to stop
  for i = 1, m.n do
    m.landed = m.landed and m.states[i]
  end
  return m
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
  m.states[at] = state
  m.changes[#m.changes + 1] = 's' .. segment
  m.changes[#m.changes + 1] = state
  return true
end

-- Gives the message the state of its segments and says so where it changed. One that an opt-out has
-- ended stays so, whatever becomes of segments written before. Returns the event or nil, and marks in
-- `landed` the carrier that has a place free again.
local function settle(m, reason, now, landed)
  local tag, id = m.tag, m.id
  local state = message_state(m.states)
  local through, final = true, true
  for i = 1, m.n do
    through = through and m.states[i]
    final = final and RANK[m.states[i]] == 2
  end
  local changed = state ~= m.state and m.state ~= 'suppressed'
  local changes = m.changes
  if changed then
    changes[#changes + 1], changes[#changes + 2] = 'state', state
    changes[#changes + 1], changes[#changes + 2] = 'reason', reason
    if final then
      changes[#changes + 1], changes[#changes + 2] = 'dat', now
    end
  end
  if #changes > 0 then
    redis.call('HSET', tag .. ':msg:' .. id, unpack(changes))
  end
  if through and not m.landed and land(tag, m.carrier, id, m.pair) then
    landed[m.carrier] = true
  end
  if final then
    redis.call('ZREM', tag .. ':overdue', id)
    if m.asked_about then
      redis.call('HDEL', tag .. ':sent:' .. string.match(m.pair, '^[^:]*:(.*)$'), id)
    end
  end
  if not changed then
    return nil
  end
  local conv = redis.call('HMGET', tag .. ':conv:' .. m.conv, 'state', 'agent')
  return event(tag, 'e', 'state', 'c', m.conv, 'm', id, 'st', state, 'why', reason,
    's', conv[1] or '', 'a', conv[2] or '', 'n', m.n, 'carrier', m.carrier, 'at', now)
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
local function cancel_sent(tag, customer, scope)
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
local function result(tag, a, landed)
  local m = message_of(tag, a.id, (tonumber(a.segments) or 0) > 0 and a.segments)
  if not m then
    count(tag, 'result_orphan')
    return {'ok'}
  end
  if a.outcome == 'resent' then
    count(tag, 'resent')
    redis.call('HINCRBY', tag .. ':msg:' .. a.id, 'resent', 1)
    return {'ok', event(tag, 'e', 'resent', 'm', a.id, 'segment', a.segment, 'why', a.reason, 'at', a.now)}
  end
  if move_segment(m, a.segment, a.outcome) and a.outcome == 'sent' then
    if (a.written or '') ~= '' then
      m.changes[#m.changes + 1], m.changes[#m.changes + 2] = 'wat', a.written
    end
    if (a.due or '') ~= '' then
      redis.call('ZADD', tag .. ':overdue', a.due, a.id)
    end
    if (a.sid or '') ~= '' then
      remember_sent(m, a)
    end
  end
  for state in string.gmatch(a.receipts or '', '[^,]+') do
    move_segment(m, a.segment, state, true)
  end
  return {'ok', settle(m, a.reason, a.now, landed)}
end

-- What a receipt says of a segment: outcome is its state.
local function receipt(tag, a, landed)
  local m = message_of(tag, a.id)
  if not m then
    count(tag, 'receipt_orphan')
    return {'ok'}
  end
  if not move_segment(m, a.segment, a.outcome, true) then
    return {'ok'}
  end
  return {'ok', settle(m, a.reason, a.now, landed)}
end

-- fence, then steps of k (rs, a result, or dr, a receipt) back ('' where the receipt was heard in another
-- partition) now id segment outcome reason, and of a result's own fields. → what became of each:
-- {'ok', event…}, {'done'}, {'fenced'}
local function outcomes(keys, args)
  local tag = keys[1]
  local refused, landed, told = fenced(tag, {fence = args[1]}), {}, {}
  for i, a in ipairs(steps_of(args, 2)) do
    if refused then
      told[i] = {'fenced'}
    elseif not take_off(tag, {back = a.back}) then
      told[i] = {'done'}
    else
      told[i] = (a.k == 'rs' and result or receipt)(tag, a, landed)
    end
  end
  for carrier in pairs(landed) do
    wake_landed(tag, carrier)
  end
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
  local m, waited = message_of(tag, a.id), false
  for i = 1, m.n do
    if m.states[i] == 'sent' then
      waited = true
      m.states[i] = 'unknown'
      m.changes[#m.changes + 1] = 's' .. (i - 1)
      m.changes[#m.changes + 1] = 'unknown'
    end
  end
  if not waited then
    return {'done'} -- the carrier has said that it does not know
  end
  count(tag, 'receipt_overdue')
  return {'ok', settle(m, 'no receipt', a.now, {})} -- which lets nothing land
end

-- back fence now id: a message that mt_take or mt_check ended.
local function stopped(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  local key = tag .. ':msg:' .. a.id
  local facts = redis.call('HMGET', key, 'conv', 'n', 'carrier')
  if not facts[1] then
    return {'ok'}
  end
  redis.call('HSET', key, 'state', 'suppressed', 'reason', 'opted out')
  local conv = redis.call('HMGET', tag .. ':conv:' .. facts[1], 'state', 'agent')
  return {'ok', event(tag, 'e', 'state', 'c', facts[1], 'm', a.id, 'st', 'suppressed',
    'why', 'opted out', 's', conv[1] or '', 'a', conv[2] or '', 'n', facts[2], 'carrier', facts[3], 'at', a.now)}
end

do
-- A submit_sm_resp named this id. → the states parked for it, and behind a blank the reason of the last
-- failure among them. Parked ones are left until they expire, so that the same step done again says the
-- same; what was parked long ago, or for another message of that id, says nothing of this one.
local function expect(tag, a)
  local key = tag .. ':early:' .. a.name
  local before = redis.call('SET', tag .. ':id:' .. a.name, a.target, 'PX', a.ttl, 'GET')
  local f = redis.call('HMGET', key, 'when', 'parked', 'why')
  local at, parked, why = f[1], f[2], f[3]
  if not at then
    return ''
  end
  redis.call('ZREM', tag .. ':parked', a.name)
  if tonumber(redis.call('TIME')[1]) - tonumber(at) > EARLY_S or (before and before ~= a.target) then
    redis.call('DEL', key)
    return ''
  end
  return parked .. (why and ' ' .. why or '')
end

-- A receipt came. → where it belongs, or '' where it was parked
local function seen(tag, a)
  local target = redis.call('GET', tag .. ':id:' .. a.name)
  if target then
    return target
  end
  local key = tag .. ':early:' .. a.name
  local parked = redis.call('HGET', key, 'parked') or ''
  local _, commas = string.gsub(parked, ',', ',')
  if commas < PARKED_MAX - 1 and not string.find(',' .. parked .. ',', ',' .. a.state .. ',', 1, true) then
    parked = parked == '' and a.state or parked .. ',' .. a.state
  end
  redis.call('HSET', key, 'when', redis.call('TIME')[1], 'parked', parked)
  if (a.reason or '') ~= '' then
    redis.call('HSET', key, 'why', a.reason)
  end
  redis.call('PEXPIRE', key, a.ttl)
  if (a.now or '') ~= '' then
    redis.call('ZADD', tag .. ':parked', 'NX', a.now, a.name)
  end
  return ''
end

-- Key {d<q>}; steps of k (rs or dr) name (account:id) ttl, of a result target, of a receipt state reason
-- now. → what each says
local function meet(keys, args)
  local told = {}
  for i, a in ipairs(steps_of(args, 1)) do
    told[i] = (a.k == 'rs' and expect or seen)(keys[1], a)
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
end

redis.register_function('ask_take', ask_take)
redis.register_function('outcomes', outcomes)
redis.register_function('result_overdue', result_overdue)
redis.register_function('stopped', stopped)
