-- What becomes of an outbound message: results of submits, and receipts that have met theirs (meet.lua).

local SENT_MS = 259200000 -- how long a carrier may be asked to stop a message

-- A step costs by the strings, the tables and the calls that it makes, so what nearly all are is spelled out (sent(),
-- delivered()) and what they change is kept in lists, of many values for each where a table would say it better.

-- A message as outcomes() has it: at 1, 2, … the states of its segments, false where nothing is known; id, n (how many,
-- as a text), segments (as a number), state, conv, carrier, pair, asked, and the fields that are to be
-- written, or false.

-- It is what its segments are: failed if any failed, delivered when all are. → also whether all are known, and final
local function message_state(m)
  if m.segments == 1 then
    local state = m[1]
    return state or 'sending', state, RANK[state] == 2
  end
  local seen, through, final = {}, true, true
  for i, state in ipairs(m) do
    seen[state] = true
    if i <= m.segments then
      through, final = through and state, final and RANK[state] == 2
    end
  end
  for _, worst in ipairs({'failed', 'expired', 'unknown'}) do
    if seen[worst] then
      return worst, through, final
    end
  end
  return through and (seen.sent and 'sent' or 'delivered') or 'sending', through, final
end

-- Many steps at once: what they change is kept here, each message read once, and written by write_batch(), with
-- one call for all of a kind where Redis has one. `watched`: agents have conversations, so who is to see a move is
-- asked; else what it is told as goes to `rows` at once.
local function begin_batch(tag)
  return {tag = tag, again = false, prefix = tag .. ':msg:', messages = {}, changed = {}, landing = {}, due = {}, over = {}, moves = {},
    flying = {}, rows = {}, pairs = {}, told = {}, last = 0, last_at = '',
    watched = redis.call('EXISTS', tag .. ':talking', tag .. ':wrapping') > 0}
end

-- An event is told with a step.
local function tell(b, step, what)
  local said = b.told[step] == 'ok' and {'ok'} or b.told[step]
  b.told[step], said[#said + 1] = said, what
end

-- A field of the message to be written.
local function put(m, field, value)
  local changes = m.changes or {}
  local n = #changes
  m.changes, changes[n + 1], changes[n + 2] = changes, field, value
end

-- A message, read; nil where it is not known. `queued`: so it will be, and then nothing is known of its segments.
local function read_message(b, id, queued)
  local f = queued and redis.call('HMGET', b.prefix .. id, 'n', 'state', 'conv', 'carrier', 'pair')
  if not f or f[2] ~= 'queued' then
    f = redis.call('HMGET', b.prefix .. id, 'n', 'state', 'conv', 'carrier', 'pair', 's0', 'i0')
  end
  if not f[4] then
    return nil
  end
  local state = f[2]
  local m = {RANK[state] and state or f[6] or false, id = id, n = f[1], segments = 1, state = state, conv = f[3], carrier = f[4],
    pair = f[5], changes = false} -- no more than eight by name: the ninth doubles it
  if f[7] then
    m.asked = f[7]
  end
  if f[1] ~= '1' then
    m.segments = tonumber(f[1])
    for i, known in ipairs(segment_states(b.tag, id, m.segments)) do
      m[i] = known
    end
  end
  b.messages[id], b.changed[#b.changed + 1] = m, m
  return m
end

local FRESH = '^(%Z*)%z%Z*%z(%Z*) 1%z' -- a message in flight, of one segment

-- A message that is in flight at that carrier, of one segment of which nothing is known: where its flight says so, it is
-- not read. nil for any other.
local function read_flying(b, id, carrier)
  local pair, conv = string.match(b.flying[id] or '', FRESH)
  if not pair then
    return nil
  end
  local m = {false, id = id, n = '1', segments = 1, state = 'queued', conv = conv, carrier = carrier, pair = pair, changes = false}
  b.flying[id], b.messages[id], b.changed[#b.changed + 1] = m, m, m
  return m
end

-- It has n segments, not as many as was thought.
local function recount(b, m, n)
  local states, before = segment_states(b.tag, m.id, tonumber(n)), #m
  m.segments, m.n = tonumber(n), n
  recount_flight(b.tag, m.carrier, m.id, n)
  put(m, 'n', n)
  for i = 1, math.max(before, m.segments) do
    if i > m.segments or not m[i] then
      m[i] = states[i]
    else
      put(m, 's' .. (i - 1), m[i])
    end
  end
end

-- A message as it is changed, or nil where it is not known. n is how many segments it has where the caller knows
-- better. → also whether the carrier has, or refused, all of it
local function message_of(b, id, n)
  local m = b.messages[id] or read_message(b, id)
  if not m then
    return nil
  end
  if n and n ~= m.n then
    recount(b, m, n)
  end
  local _, through = message_state(m)
  return m, through
end

-- The state of a message's only segment is the message's own, which settle() writes.
local function put_state(m, at, state)
  m[at] = state
  if m.segments > 1 or at > 1 or m.state == 'suppressed' then
    put(m, 's' .. (at - 1), state)
  end
end

-- Moves one segment; returns false where the move is none (repeated, against the order, or to a state
-- that nobody knows). `heard` in a receipt, `unknown` is what the carrier knows of what it has.
local function move_segment(b, m, at, state, heard)
  local rank, before = RANK[state], m[at]
  if not rank then
    count(b.tag, 'state_unknown')
    return false
  end
  if before then
    local given_up = heard and before == 'sent' and state == 'unknown'
    local undone = b.again and before == 'unknown' and state == 'sent' and redis.call('HEXISTS', b.prefix .. m.id, 'wat') == 1
    if before == state or undone or (RANK[before] >= rank and before ~= 'unknown' and not given_up) then
      if not b.again then
        count(b.tag, before == state and 'receipt_repeated' or 'receipt_regressed')
      end
      return false
    end
    if before == 'unknown' and rank == 2 then
      count(b.tag, 'receipt_late')
    end
  end
  put_state(m, at, state)
  return true
end

local UNREASONED = {queued = true, sending = true, sent = true, delivered = true} -- states without a reason

local function row_of(m, state, why, n, at, own)
  return m.id .. '\t' .. m.conv .. '\t' .. state .. '\t' .. n .. '\t' .. m.carrier .. '\t' .. at .. '\t' ..
    (why == '' and '' or string.gsub(why, '%c', ' ')) ..
    (own and own[2] and '\t' .. string.gsub(own[2], '\n', ';') or '')
end

local function move_told(b, m, state, why, at, own, step)
  local rows = b.rows
  b.last, b.last_at = step, at
  if b.watched then
    b.moves[#b.moves + 1] = {m, state, why, m.n, at, own or false, step}
    return
  end
  b.pairs[#rows + 1] = m.pair or ''
  if why == '' and not own then
    rows[#rows + 1] = m.id .. '\t' .. m.conv .. '\t' .. state .. '\t' .. m.n .. '\t' .. m.carrier .. '\t' .. at .. '\t'
  else
    rows[#rows + 1] = row_of(m, state, why, m.n, at, own)
  end
end

-- All of it is with the carrier: it is in flight no more.
local function land_later(b, m)
  local landing = b.landing[m.carrier]
  if not landing then
    landing = {ids = {}, pairs = {}, landed = {}, free = {}}
    b.landing[m.carrier] = landing
  end
  local ids, of = landing.ids, landing.pairs
  if b.flying[m.id] == m then -- it is in flight, so its pair is busy with it
    ids, of, b.flying[m.id] = landing.landed, landing.free, nil
  end
  local n = #ids + 1
  ids[n], of[n] = m.id, m.pair
end

-- Gives the message the state of its segments and says so where it changed. One that an opt-out has
-- ended stays so, whatever becomes of segments written before. `landed`: it was so before this step; `own` is what
-- parameters() says of it, which the message keeps.
local function settle(b, m, landed, reason, now, step, own)
  local state, through, final = message_state(m)
  local before = m.state
  if own and own[1] then
    put(m, 'tlvs', own[2])
  end
  if state ~= before and before ~= 'suppressed' then
    put(m, 'state', state)
    if reason ~= '' or not UNREASONED[before] then
      put(m, 'reason', reason)
    end
    if final then
      put(m, 'dat', now)
    end
    m.state = state
    if before ~= 'queued' or state ~= 'sending' then -- that it has begun is told of no message
      move_told(b, m, state, reason, now, own, step)
    end
  end
  if through and not landed then
    land_later(b, m)
  end
  if final then
    b.due[m.id], b.over[#b.over + 1] = nil, m.id
    if m.asked or m.segments > 1 then -- it may stand among those that the carrier can be asked to stop
      redis.call('HDEL', b.tag .. ':sent:' .. string.match(m.pair, '^[^:]*:(.*)$'), m.id)
    end
  end
end

-- Tells what has become of messages: each by itself where an agent is talking with the customer or wraps up, all others in
-- one event, which is told with the last of them.
local function tell_moves(b)
  local moves, rows, customers, talking, wrapping = b.moves, b.rows, {}, {}, {}
  for i, move in ipairs(moves) do
    customers[i] = string.match(move[1].pair, '^[^:]*:(.*)$')
  end
  if #customers > 0 then
    talking = redis.call('SMISMEMBER', b.tag .. ':talking', unpack(customers))
    wrapping = redis.call('SMISMEMBER', b.tag .. ':wrapping', unpack(customers))
  end
  for i, move in ipairs(moves) do
    local m, state, why, n, at, own, step = unpack(move)
    local watched = talking[i] == 1 or wrapping[i] == 1
    local c = watched and redis.call('HMGET', b.tag .. ':conv:' .. m.conv, 'state', 'agent')
    local more = wrapping[i] == 1 and who_wraps(b.tag, m.pair, m.conv, c[2], m.id) or {}
    if talking[i] == 1 or more[1] then
      if own then
        more[#more + 1], more[#more + 2] = own[1], own[2]
      end
      tell(b, step, event(b.tag, 'e', 'state', 'c', m.conv, 'm', m.id, 'st', state, 'why', why,
        's', c[1] or '', 'a', c[2] or '', 'n', n, 'carrier', m.carrier, 'at', at, unpack(more)))
    else
      b.pairs[#rows + 1], rows[#rows + 1] = m.pair or '', row_of(m, state, why, n, at, own)
    end
  end
  if #rows > 0 then
    local id = redis.call('XADD', b.tag .. ':events', '*', 'e', 'states', 'n', #rows .. '', 'rows',
      table.concat(rows, '\n'), 'at', b.last_at, 'pairs', table.concat(b.pairs, '\n'))
    tell(b, b.last, {id, 'e', 'states'})
  end
end

-- What of these messages is in flight is so no more: each pair's next may go.
local function land_all(tag, carrier, landing)
  local key, ids, pairs_of, landed, free = tag .. ':flight:' .. carrier, landing.ids, landing.pairs, landing.landed, landing.free
  local flying = #ids > 0 and redis.call('HMGET', key, unpack(ids))
  local owners = #ids > 0 and redis.call('HMGET', tag .. ':busy', unpack(pairs_of))
  for i = 1, #ids do
    if flying[i] then
      landed[#landed + 1] = ids[i]
      if owners[i] == ids[i] then
        free[#free + 1] = pairs_of[i]
      end
    end
  end
  if #landed > 0 then
    redis.call('HDEL', key, unpack(landed))
    call_many('HDEL', tag .. ':busy', free)
    wake_landed(tag, carrier)
  end
end

local function write_batch(b)
  local tag, due, changed = b.tag, {}, b.changed
  tell_moves(b)
  for i = 1, #changed do
    local changes = changed[i].changes
    if changes then
      redis.call('HSET', b.prefix .. changed[i].id, unpack(changes))
    end
  end
  for id, at in pairs(b.due) do
    due[#due + 1], due[#due + 2] = at, id
  end
  call_many('ZADD', tag .. ':overdue', due)
  call_many('ZREM', tag .. ':overdue', b.over)
  for carrier, landing in pairs(b.landing) do
    land_all(tag, carrier, landing)
  end
end

-- The id by which the carrier knows a segment, and what suppresses the message, for as long as it may be
-- asked about.
local function remember_sent(tag, m, segment, sid, cancel, ahead)
  m.asked = true
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

-- What became of a segment's submit_sm: outcome is sent, failed, unknown or resent; receipts are the
-- states that came before it, comma-separated, and tlvs what they have. segments is how many the gateway makes of the message,
-- where that is known: one with message_payload, whatever the carrier cuts it into. With due, when a
-- segment that was sent has to have its receipt; with sid, the carrier's id, where it may be asked about
-- it, cancel where it may be asked to stop it, and ahead, for how long (ms) it has it before its time. The message keeps when it was written (`wat`), and when its
-- last receipt came (`dat`).
local function result(b, a, at, f, step)
  local id, segment, outcome, segments = a[f + at.id], a[f + at.segment], a[f + at.outcome], a[f + at.segments]
  local m, landed = message_of(b, id, segments and segments ~= '' and segments ~= '0' and segments)
  if not m then
    count(b.tag, 'result_orphan')
    return
  end
  if outcome == 'resent' then
    count(b.tag, 'resent')
    redis.call('HINCRBY', b.prefix .. id, 'resent', 1)
    if a[f + at.reason] ~= 'rerouted' then
      redis.call('HINCRBY', b.prefix .. id, 'u' .. segment, 1)
    end
    tell(b, step, event(b.tag, 'e', 'resent', 'm', id, 'segment', segment, 'why', a[f + at.reason] or '', 'at', a[f + at.now]))
    return
  end
  local own
  if move_segment(b, m, segment + 1, outcome) and outcome == 'sent' then
    local written, due, sid = a[f + at.written] or '', a[f + at.due] or '', a[f + at.sid] or ''
    if written ~= '' then
      put(m, 'wat', written)
    end
    b.due[id] = due ~= '' and due or b.due[id]
    if sid ~= '' then
      remember_sent(b.tag, m, segment, sid, a[f + at.cancel], a[f + at.ahead])
    end
  end
  for state in string.gmatch(a[f + at.receipts] or '', '[^,]+') do
    if move_segment(b, m, segment + 1, state, true) then
      own = parameters(b.tag, {tlvs = a[f + at.tlvs]})
    end
  end
  settle(b, m, landed, a[f + at.reason] or '', a[f + at.now], step, own)
end

-- What a receipt says of a segment: outcome is its state; tlvs and tlvs_left_out as a text has them (threading.lua).
local function receipt(b, a, at, f, step)
  local m, landed = message_of(b, a[f + at.id])
  if not m then
    count(b.tag, 'receipt_orphan')
  elseif move_segment(b, m, a[f + at.segment] + 1, a[f + at.outcome], true) then
    local own = parameters(b.tag, {tlvs = a[f + at.tlvs], tlvs_left_out = a[f + at.tlvs_left_out]})
    settle(b, m, landed, a[f + at.reason] or '', a[f + at.now], step, own)
  end
end

-- Some steps are written shorter, without names: `S back now id due written carrier`, of a result that says of all of a
-- message that it was sent, and no more, `s`, the same without the carrier, as older routers write it; and `d back now id`,
-- of a receipt of the same that it was delivered.
local BRIEF = {S = 7, s = 6, d = 4} -- how many values

-- What neither is by itself is a step like all others.
local function spelled_out(apply, b, step, values)
  apply(b, values, places_of({'7', 'segment', 'outcome', 'segments', 'id', 'now', 'written', 'due'}, 1), 1, step)
end

-- What is in flight of those messages of which these steps say that a carrier has sent them, asked at once.
local function find_flying(b, a, width, first)
  local asked, last, f = {}, #a, first
  while f <= last do
    local kind = a[f]
    if kind == 'S' then
      local carrier = a[f + 6]
      local ids = asked[carrier] or {}
      asked[carrier], ids[#ids + 1] = ids, a[f + 3]
    end
    f = f + (BRIEF[kind] or width)
  end
  for carrier, ids in pairs(asked) do
    for i, text in ipairs(redis.call('HMGET', b.tag .. ':flight:' .. carrier, unpack(ids))) do
      b.flying[ids[i]] = text or nil
    end
  end
end

local function sent(b, a, f, step, carrier)
  local now, id, due, written = a[f + 2], a[f + 3], a[f + 4], a[f + 5]
  local m = b.messages[id] or carrier and read_flying(b, id, carrier) or read_message(b, id, true)
  if not m or m.state ~= 'queued' or m.n ~= '1' or m[1] or m.changes or written == '' then
    spelled_out(result, b, step, {'0', 'sent', '1', id, now, written, due})
    return
  end
  m[1], m.state, m.changes = 'sent', 'sent', {'state', 'sent', 'wat', written}
  if due ~= '' then
    b.due[id] = due
  end
  land_later(b, m)
  move_told(b, m, 'sent', '', now, nil, step)
end

local function delivered(b, a, f, step)
  local now, id = a[f + 2], a[f + 3]
  local m = b.messages[id] or read_message(b, id)
  local changes = m and m.changes
  local just_sent = changes and #changes == 4 and changes[1] == 'state' and changes[3] == 'wat' -- as sent() has it
  if not m or m.state ~= 'sent' or m.n ~= '1' or m.asked or (changes and not just_sent) then
    spelled_out(receipt, b, step, {'0', 'delivered', '', id, now, '', ''})
    return
  end
  m[1], m.state = 'delivered', 'delivered'
  if just_sent then
    changes[2], changes[5], changes[6] = 'delivered', 'dat', now
  else
    m.changes = {'state', 'delivered', 'dat', now}
  end
  if b.due[id] then
    b.due[id] = nil
  else
    b.over[#b.over + 1] = id
  end
  move_told(b, m, 'delivered', '', now, nil, step)
end

local AGAIN = '=' -- an entry: below
-- Takes the entries of all steps off `back`, in one call: that counts how many were there, not which, but in one
-- tenure none is given out twice, and a move that was made is none when it is made again. What is told and counted
-- each time (`resent`) is taken off by itself. A step that names no entry was heard elsewhere, or is of a bundle, whose
-- entry goes when all of it is done; with AGAIN one that may have been done before: that it changes nothing then is not
-- counted.
-- → which steps are to be done, by their numbers; nil for all
local function take_all_off(b, a, at, width, first)
  local ids, alone, last, f, n = {}, 0, #a, first, 0
  while f <= last do
    local brief = BRIEF[a[f]]
    local id = a[f + (brief and 1 or at.back)] or ''
    if not brief and a[f + at.outcome] == 'resent' then
      alone = alone + 1
    elseif id ~= '' and id ~= AGAIN then
      n = n + 1
      ids[n] = id
    end
    f = f + (brief or width)
  end
  local gone = n > 0 and redis.call('XDEL', b.tag .. ':back', unpack(ids)) or 0
  if gone == n and alone == 0 then
    return nil
  end
  local there, seen, step = {}, {}, 0
  f = first
  while f <= last do
    local brief = BRIEF[a[f]]
    local id = a[f + (brief and 1 or at.back)] or ''
    step = step + 1
    if id == '' or id == AGAIN then
      there[step] = true
    elseif not brief and a[f + at.outcome] == 'resent' then
      there[step] = redis.call('XDEL', b.tag .. ':back', id) == 1
    else
      there[step], seen[id] = gone > 0 and not seen[id], true
    end
    f = f + (brief or width)
  end
  return there
end

-- fence, then steps of k (rs, a result, or dr, a receipt) back (the entry; '' where the receipt was heard in another
-- partition and of a bundle, AGAIN likewise) now id segment outcome reason, and of a result's own fields; or, between them, brief ones. → what became of
-- each: {'ok', event…}, {'done'}, {'fenced'}; of a brief one without an event the word alone
local function outcomes(keys, args)
  local b = begin_batch(keys[1])
  local at, width, f = places_of(args, 2)
  local told, step, last = b.told, 0, #args
  local refused = fenced(b.tag, {fence = args[1]})
  local there = not refused and take_all_off(b, args, at, width, f)
  if not refused then
    find_flying(b, args, width, f)
  end
  while f <= last do
    local kind = args[f]
    step = step + 1
    local word = refused and 'fenced' or there and not there[step] and 'done' or 'ok'
    told[step] = BRIEF[kind] and word or {word}
    if word == 'ok' then
      b.again = args[f + (BRIEF[kind] and 1 or at.back)] == AGAIN
      if kind == 'S' then
        sent(b, args, f, step, args[f + 6])
      elseif kind == 's' then
        sent(b, args, f, step)
      elseif kind == 'd' then
        delivered(b, args, f, step)
      elseif args[f + at.k] == 'rs' then
        result(b, args, at, f, step)
      else
        receipt(b, args, at, f, step)
      end
    end
    f = f + (BRIEF[kind] or width)
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
    if m[i] == 'sent' then
      waited = true
      put_state(m, i, 'unknown')
    end
  end
  if not waited then
    return {'done'} -- the carrier has said that it does not know
  end
  count(tag, 'receipt_overdue')
  b.told[1] = {'ok'}
  settle(b, m, true, 'no receipt', a.now, 1)
  write_batch(b)
  return b.told[1]
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
  recount_flight(tag, facts[3] or '', a.id, 0)
  redis.call('HSET', key, 'state', 'suppressed', 'reason', 'opted out')
  local conv = redis.call('HMGET', tag .. ':conv:' .. facts[1], 'state', 'agent')
  return {'ok', event(tag, 'e', 'state', 'c', facts[1], 'm', a.id, 'st', 'suppressed',
    'why', 'opted out', 's', conv[1] or '', 'a', conv[2] or '', 'n', facts[2], 'carrier', facts[3], 'at', a.now,
    unpack(who_wraps(tag, facts[5], facts[1], conv[2], a.id)))}
end

redis.register_function('outcomes', outcomes)
redis.register_function('result_overdue', result_overdue)
redis.register_function('stopped', stopped)
