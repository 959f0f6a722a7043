-- What becomes of an outbound message: results of submits, and receipts that have met theirs (meet.lua).

local cancel_sent -- what is for others

do
local ASKS_KEPT = 10000    -- questions that wait for a carrier's gateway, about
local SENT_MS = 259200000 -- how long a carrier may be asked to stop a message

-- A message is what its segments are: failed if any failed, delivered when all are.
local function message_state(m)
  local states = m.states
  if m.segments == 1 then
    return states[1] or 'sending'
  end
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

-- A field of the message to be written.
local function put(m, field, value)
  local n = m.size
  m.changes[n + 1], m.changes[n + 2] = field, value
  m.size = n + 2
end

-- It has n segments, not as many as was thought.
local function recount(m, n)
  local before = m.states
  m.states = segment_states(m.tag, m.id, tonumber(n))
  m.n = n
  put(m, 'n', n)
  for i = 1, math.min(#before, tonumber(n)) do
    if before[i] then
      m.states[i] = before[i]
      put(m, 's' .. (i - 1), before[i])
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
    m = {tag = b.tag, id = id, n = f[1], state = f[2], conv = f[3], carrier = f[4], pair = f[5], asked = f[7],
      states = f[1] == '1' and {RANK[f[2]] and f[2] or f[6]} or segment_states(b.tag, id, tonumber(f[1])),
      changes = {'', '', '', '', '', '', '', ''}, size = 0, segments = 0, asked_about = false, landed = false}
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
    put(m, 's' .. (at - 1), state)
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
  local state = message_state(m)
  local through, final = true, true
  for i = 1, m.segments do
    through = through and m.states[i]
    final = final and RANK[m.states[i]] == 2
  end
  local changed = state ~= m.state and m.state ~= 'suppressed'
  local begun = changed and m.state == 'queued' and state == 'sending' -- which is told of no message
  if changed then
    put(m, 'state', state)
    if reason ~= '' or not UNREASONED[m.state] then
      put(m, 'reason', reason)
    end
    if final then
      put(m, 'dat', now)
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

-- Tells what has become of messages: each by itself where an agent is talking with the customer or wraps up, all others in
-- one event, which is told with the last of them.
local function tell_moves(b)
  local customers, rows, talking, wrapping = {}, {}, {}, {}
  for i, move in ipairs(b.moves) do
    customers[i] = string.match(move.m.pair, '^[^:]*:(.*)$')
  end
  if #customers > 0 then
    talking = redis.call('SMISMEMBER', b.tag .. ':talking', unpack(customers))
    wrapping = redis.call('SMISMEMBER', b.tag .. ':wrapping', unpack(customers))
  end
  for i, move in ipairs(b.moves) do
    local m = move.m
    local watched = talking[i] == 1 or wrapping[i] == 1
    local c = watched and redis.call('HMGET', b.tag .. ':conv:' .. m.conv, 'state', 'agent')
    local more = wrapping[i] == 1 and who_wraps(b.tag, m.pair, m.conv, c[2]) or {}
    if talking[i] == 1 or more[1] then
      more[#more + 1], more[#more + 2] = move.own[1], move.own[2]
      table.insert(move.told, event(b.tag, 'e', 'state', 'c', m.conv, 'm', m.id, 'st', move.state, 'why', move.why,
        's', c[1] or '', 'a', c[2] or '', 'n', move.n, 'carrier', m.carrier, 'at', move.at, unpack(more)))
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
    if m.size > 0 then
      redis.call('HSET', tag .. ':msg:' .. m.id, unpack(m.changes, 1, m.size))
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

-- An opt-out of that scope, by a text to `number` ('' or nil for none), which covers what that number was to send
-- whichever programme's it was: what waits for its time is over, and the carriers are asked to stop what they have not
-- delivered.
function cancel_sent(tag, customer, scope, number)
  local function is_covered(scopes)
    return string.find('|' .. scopes .. '|', '|' .. scope .. '|', 1, true) or
      (number or '') ~= '' and string.find('|' .. scopes .. '|', '|n:' .. number .. '|', 1, true)
  end
  local waiting = redis.call('HGETALL', tag .. ':scheduled:' .. customer)
  for i = 1, #waiting, 2 do
    if is_covered(waiting[i + 1]) then
      redis.call('HDEL', tag .. ':scheduled:' .. customer, waiting[i])
      end_suppressed(tag, customer, waiting[i], scope, clock_ms())
    end
  end
  local sent = redis.call('HGETALL', tag .. ':sent:' .. customer)
  for i = 1, #sent, 2 do
    if is_covered(sent[i + 1]) then
      ask_about(tag, sent[i], 'cancel')
    end
  end
end

-- The id by which the carrier knows a segment, and what suppresses the message, for as long as it may be
-- asked about.
local function remember_sent(m, segment, sid, cancel, ahead)
  local tag = m.tag
  m.asked, m.asked_about = true, true
  put(m, 'i' .. segment, sid)
  local f = cancel and in_flight(tag, m.carrier, m.id)
  if f and f[5] == '' then
    local sent = tag .. ':sent:' .. f[3]
    redis.call('HSET', sent, m.id, f[4])
    local keep = SENT_MS + (tonumber(ahead or '') or 0)
    if redis.call('PTTL', sent) < keep then
      redis.call('PEXPIRE', sent, keep)
    end
    if covered(tag, f[3], f[4], m.id) then -- by an opt-out that came while the carrier had it
      ask(tag, m.id, 'cancel', {m.carrier, m.pair}, segment, sid)
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
-- states that came before it, comma-separated, and tlvs what they have. segments is how many the gateway makes of the message,
-- where that is known: one with message_payload, whatever the carrier cuts it into. With due, when a
-- segment that was sent has to have its receipt; with sid, the carrier's id, where it may be asked about
-- it, cancel where it may be asked to stop it, and ahead, for how long (ms) it has it before its time. The message keeps when it was written (`wat`), and when its
-- last receipt came (`dat`).
local function result(b, f, told)
  local a, at = b.args, b.at
  local id, segment, outcome, segments = a[f + at.id], a[f + at.segment], a[f + at.outcome], a[f + at.segments]
  local m = message_of(b, id, segments and segments ~= '' and segments ~= '0' and segments)
  if not m then
    count(b.tag, 'result_orphan')
    return
  end
  if outcome == 'resent' then
    count(b.tag, 'resent')
    redis.call('HINCRBY', b.tag .. ':msg:' .. id, 'resent', 1)
    if a[f + at.reason] ~= 'rerouted' then
      redis.call('HINCRBY', b.tag .. ':msg:' .. id, 'u' .. segment, 1)
    end
    told[2] = event(b.tag, 'e', 'resent', 'm', id, 'segment', segment, 'why', a[f + at.reason] or '', 'at', a[f + at.now])
    return
  end
  if move_segment(m, segment, outcome) and outcome == 'sent' then
    local written, due, sid = a[f + at.written] or '', a[f + at.due] or '', a[f + at.sid] or ''
    if written ~= '' then
      put(m, 'wat', written)
    end
    if due ~= '' then
      b.due[#b.due + 1], b.due[#b.due + 2] = due, id
    end
    if sid ~= '' then
      remember_sent(m, segment, sid, a[f + at.cancel], a[f + at.ahead])
    end
  end
  local receipts, own = a[f + at.receipts] or '', nil
  for state in string.gmatch(receipts, '[^,]+') do
    if move_segment(m, segment, state, true) then
      own = parameters(b.tag, {tlvs = a[f + at.tlvs]})
    end
  end
  if own and own[1] then
    put(m, 'tlvs', own[2])
  end
  settle(b, m, a[f + at.reason] or '', a[f + at.now], told, own)
end

-- What a receipt says of a segment: outcome is its state; tlvs and tlvs_left_out as a text has them (threading.lua).
local function receipt(b, f, told)
  local a, at = b.args, b.at
  local m = message_of(b, a[f + at.id])
  if not m then
    count(b.tag, 'receipt_orphan')
  elseif move_segment(m, a[f + at.segment], a[f + at.outcome], true) then
    local own = parameters(b.tag, {tlvs = a[f + at.tlvs], tlvs_left_out = a[f + at.tlvs_left_out]})
    if own[1] then
      put(m, 'tlvs', own[2])
    end
    settle(b, m, a[f + at.reason] or '', a[f + at.now], told, own)
  end
end

-- Takes the entries of all steps off `back`, in one call: that counts how many were there, not which, but in one
-- tenure none is given out twice, and a move that was made is none when it is made again. What is told and counted
-- each time (`resent`) is taken off by itself. A step that names no entry was heard elsewhere.
-- → where each step that is to be done begins
local function take_all_off(b, first, width)
  local there, ids, seen, a, at = {}, {}, {}, b.args, b.at
  for f = first, #a, width do
    local id = a[f + at.back] or ''
    if id == '' then
      there[f] = true
    elseif a[f + at.outcome] == 'resent' then
      there[f] = redis.call('XDEL', b.tag .. ':back', id) == 1
    elseif not seen[id] then
      there[f], seen[id] = true, f
      ids[#ids + 1] = id
    end
  end
  if #ids > 0 and redis.call('XDEL', b.tag .. ':back', unpack(ids)) == 0 then
    for _, f in pairs(seen) do
      there[f] = false
    end
  end
  return there
end

-- fence, then steps of k (rs, a result, or dr, a receipt) back ('' where the receipt was heard in another
-- partition) now id segment outcome reason, and of a result's own fields. → what became of each:
-- {'ok', event…}, {'done'}, {'fenced'}
local function outcomes(keys, args)
  local b, told = begin_batch(keys[1]), {}
  local at, width, first = places_of(args, 2)
  b.args, b.at = args, at
  local refused = fenced(b.tag, {fence = args[1]})
  local there = refused and {} or take_all_off(b, first, width)
  for f = first, #args, width do
    local said = {there[f] and 'ok' or refused and 'fenced' or 'done'}
    told[#told + 1] = said
    if there[f] then
      (args[f + at.k] == 'rs' and result or receipt)(b, f, said)
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
  local facts = redis.call('HMGET', key, 'conv', 'n', 'carrier', 'state', 'pair')
  if not facts[1] then
    return {'ok'}
  end
  if facts[2] == '1' and RANK[facts[4]] then
    redis.call('HSET', key, 's0', facts[4]) -- which was the message's state until now
  end
  redis.call('HSET', key, 'state', 'suppressed', 'reason', 'opted out')
  local conv = redis.call('HMGET', tag .. ':conv:' .. facts[1], 'state', 'agent')
  return {'ok', event(tag, 'e', 'state', 'c', facts[1], 'm', a.id, 'st', 'suppressed',
    'why', 'opted out', 's', conv[1] or '', 'a', conv[2] or '', 'n', facts[2], 'carrier', facts[3], 'at', a.now,
    unpack(who_wraps(tag, facts[5], facts[1], conv[2])))}
end

redis.register_function('ask_take', ask_take)
redis.register_function('outcomes', outcomes)
redis.register_function('result_overdue', result_overdue)
redis.register_function('stopped', stopped)
end
