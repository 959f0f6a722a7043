-- Between what waits and the gateways: what holds a message back in a take (take.lua), and how it comes back from one.
-- Names of keys as in outbound.lua.

local CLASSES = {'interactive', 'transactional', 'bulk'}
-- The highest class of which something waits for the carrier; nil for none.
local function anything_waits(tag, carrier)
  for _, class in ipairs(CLASSES) do
    if redis.call('XLEN', tag .. ':mt:' .. carrier .. ':' .. class) > 0 then
      return class
    end
  end
  return nil
end

-- Does another gateway than that of this tenure have the carrier (lease.h)? What says no tenure asks for a look only.
local function superseded(tag, a)
  local holder = a.tenure and redis.call('HGET', tag .. ':tenures', a.carrier)
  return holder and tonumber(holder) > tonumber(a.tenure)
end

-- The customers from whom something was heard that has not been applied: it may be a STOP, and its
-- deliver_sm may be answered already. nil where there is too much of it to look through.
local function unapplied(tag)
  local UNAPPLIED_MAX = 512 -- inbound entries looked through before a take
  local heard = {}
  local length = redis.call('XLEN', tag .. ':in')
  if length == 0 then
    return heard
  elseif length > UNAPPLIED_MAX then
    return nil
  end
  for _, entry in ipairs(redis.call('XRANGE', tag .. ':in', '-', '+')) do
    heard[entry[2][4]] = true -- k, its value, c, its value
  end
  return heard
end

-- Ends a message that the scope covers. The router hears of it as of results, by `back`.
local function end_suppressed(tag, customer, id, scope, now)
  local f = redis.call('HMGET', tag .. ':msg:' .. id, 'pair', 'conv', 'at')
  local ours, conv = string.match(f[1] or '', '^([^:]*):') or '', f[2] or ''
  local row = f[3] and redis.call('XRANGE', tag .. ':conv:' .. conv .. ':msgs', f[3], f[3])[1]
  blocked(tag, {at = now, where = 'dispatch', by = row and named(row[2]).a or '', customer = customer, ours = ours,
    conv = conv, m = id, scope = scope})
  redis.call('XADD', tag .. ':back', '*', 'k', 'sup', 'c', customer, 'r', id)
end

-- It came here from a carrier without a bind, and leaves the stream: where it waits for its hours it has their order.
local function moved_on(tag, m, pair)
  if m.y and redis.call('HINCRBY', tag .. ':moved', pair, -1) <= 0 then
    redis.call('HDEL', tag .. ':moved', pair)
  end
end

-- The pair is busy with that message no more.
local function free_pair(tag, pair, id)
  if redis.call('HGET', tag .. ':busy', pair) == id then
    redis.call('HDEL', tag .. ':busy', pair)
  end
end

-- The message is in flight no more: the pair's next may go. Whoever calls it wakes the gateway.
local function land(tag, carrier, id, pair)
  if redis.call('HDEL', tag .. ':flight:' .. carrier, id) == 0 then
    return false
  end
  free_pair(tag, pair, id)
  return true
end

-- A carrier's messages have landed: its gateway is told where more waits; with an = where that is in the queues of numbers
-- alone (take.lua). Those of numbers that have no pace any more go as the rest does.
local function wake_landed(tag, carrier)
  local class = anything_waits(tag, carrier)
  if class then
    wake_gateway(tag, carrier, class)
  elseif redis.call('EXISTS', tag .. ':stray:' .. carrier) == 1 then
    wake_gateway(tag, carrier)
  elseif redis.call('EXISTS', tag .. ':queued:' .. carrier) == 1 then
    redis.call('PUBLISH', 'mt:' .. carrier, partition_of(tag) .. '=')
  end
end

-- → how much waits under that name, the carrier's or that of a number's queue, and whether some of it is interactive
local function waiting_under(tag, name)
  local left, urgent = 0, false
  for i, class in ipairs(CLASSES) do
    left = left + redis.call('XLEN', tag .. ':mt:' .. name .. ':' .. class)
    urgent = urgent or (i == 1 and left > 0)
  end
  return left, urgent
end

-- The same of a number's queue (take.lua). One in which nothing waits is none any more.
local function left_of(tag, carrier, number)
  local left, urgent = waiting_under(tag, carrier .. ':' .. number)
  if left == 0 then
    redis.call('SREM', tag .. ':queued:' .. carrier, number)
    redis.call('SREM', tag .. ':stray:' .. carrier, number)
    for _, class in ipairs(CLASSES) do
      redis.call('DEL', tag .. ':mt:' .. carrier .. ':' .. number .. ':' .. class)
    end
  end
  return left, urgent
end

-- A message in flight as hand_over() (take.lua) wrote it: one text, with a NUL between its parts: what its entry had in `q`
-- (outbound.lua), when it was taken, its class, v, w, t, k, e and, last, its record, which may have any octets.
-- → {ref, pair, customer, scopes, x, when, record, class, v, w, t, k, e, facts}; before there was such a text it was packed,
-- and said no facts.
local function flight_of(text)
  local first = string.byte(text)
  if first >= 0x90 and first <= 0x9f then
    return cmsgpack.unpack(text)
  end
  local pair, ref, facts, _, c, s, x, when, class, v, w, t, k, e, record =
    string.match(text, '^' .. string.rep('(%Z*)%z', 14) .. '(.*)$')
  return {ref, pair, c, s, x, when, record, class, v, w, t, k, e, facts}
end

-- The same of a message; nil where it is not in flight.
local function in_flight(tag, carrier, id)
  local text = redis.call('HGET', tag .. ':flight:' .. carrier, id)
  return text and flight_of(text) or nil
end

-- What is said of a message in flight is true no more: of how many segments it is, or, 0, that nothing of it is known.
local function recount_flight(tag, carrier, id, n)
  local flight = tag .. ':flight:' .. carrier
  local text = redis.call('HGET', flight, id)
  local changed, found = string.gsub(text or '', '^(%Z*%z%Z*%z%Z* )%d+', '%1' .. n)
  if found > 0 then
    redis.call('HSET', flight, id, changed)
  end
end

-- Ends a message in flight, f, that a scope covers → whether one does
local function end_barred(tag, a, f)
  local scope = barred(tag, f[3], f[4], f[5], a.id)
  if not scope then
    return false
  end
  if land(tag, a.carrier, a.id, f[2]) then
    wake_landed(tag, a.carrier)
  end
  end_suppressed(tag, f[3], a.id, scope, a.now or '0')
  return true
end

-- Segment states in the order in which they may follow one another; a final one stays.
local RANK = {sent = 1, unknown = 1, delivered = 2, failed = 2, expired = 2}

-- The segments' states of a message of n segments, false where nothing is known. That of an only one is the
-- message's.
local function segment_states(tag, id, n)
  if n == 1 then
    local f = redis.call('HMGET', tag .. ':msg:' .. id, 'state', 's0')
    return {RANK[f[1]] and f[1] or f[2]}
  end
  local fields = {}
  for i = 1, n do
    fields[i] = 's' .. (i - 1)
  end
  return redis.call('HMGET', tag .. ':msg:' .. id, unpack(fields))
end

-- A message in flight, f as it stands there, waits for a carrier again; its pair stays busy with it, so that
-- those behind it keep behind it.
local function wait_again(tag, from, id, f, to, tried)
  redis.call('HDEL', tag .. ':flight:' .. from, id)
  redis.call('HSET', tag .. ':msg:' .. id, 'state', 'queued', 'carrier', to, 'tried', tried or '')
  local fields = entry_fields({pair = f[2], n = f[1], facts = f[14] or '', m = id, c = f[3], s = f[4], x = f[5], r = f[7]})
  if (f[12] or '') ~= '' then
    fields[#fields + 1], fields[#fields + 2] = 'k', f[12]
  end
  wait_for(tag, to, f[8], fields, {v = f[9], w = f[10], t = f[11], e = f[13]})
end

do
local BACK_PAGE = 16 -- of them looked through at a time
local UNAPPLIED_BACK_MAX = 4096 -- results and receipts looked through before a gateway that begins goes on

-- Nothing of it has been accepted by a carrier.
local function not_begun(tag, id, n)
  for _, state in ipairs(segment_states(tag, id, tonumber(n) or 1)) do
    if state then
      return false
    end
  end
  return true
end

-- carrier run tenure id now ahead begun: may a message in flight be written, later than when it was taken? → 1 yes, 0 it was
-- ended, or waits again until the customer's text was read, or for its hours (what was begun is sent whole: the gateway says
-- `begun` where what it knows of that may not be applied yet), 2 something of this customer has not been applied yet: ask
-- again.
local function mt_check(keys, args)
  local tag, a = keys[1], named(args)
  if superseded(tag, a) then
    return 2
  end
  local f = in_flight(tag, a.carrier, a.id)
  if not f then
    return 0
  end
  if sending_locked(tag, a) then
    return 2
  end
  local customer = f[3]
  local heard = unapplied(tag)
  if not heard or heard[customer] then
    return 2
  end
  if end_barred(tag, a, f) then
    return 0
  end
  local minute = math.floor(a.now / 60000)
  local closed = f[10] and f[10] ~= '' and not (a.ahead == '1' and scheduled({t = f[11]}, minute)) and
    opens(f[10], minute) ~= 0
  if f[5] == '' and f[8] ~= 'interactive' and a.begun ~= '1' and (closed or held_for_review(tag, customer)) then
    local m = redis.call('HMGET', tag .. ':msg:' .. a.id, 'n', 'tried')
    if not_begun(tag, a.id, m[1]) then
      wait_again(tag, a.carrier, a.id, f, a.carrier, m[2])
      return 0
    end
  end
  return 1
end

-- How often each segment was sent again, since nobody knew what became of it: `0,2`
local function resubmits(tag, id, n)
  local fields = {}
  for i = 1, n do
    fields[i] = 'u' .. (i - 1)
  end
  local counts = redis.call('HMGET', tag .. ':msg:' .. id, unpack(fields))
  for i = 1, n do
    counts[i] = counts[i] or 0
  end
  return table.concat(counts, ',')
end

-- Are there results of the carrier in `back`? It is asked ten times a second while there are, and they may be much.
local function some_came_back(tag, carrier)
  local from = '-'
  while from do
    local entries = redis.call('XRANGE', tag .. ':back', from, '+', 'COUNT', BACK_PAGE)
    for _, entry in ipairs(entries) do
      local f = entry[2] -- k, its value, c, its value, r, its value, g, its value
      local of = f[8] or f[2] == 'rs' and carrier
      if of and (of == carrier or string.find(of, '|' .. carrier .. '|', 1, true)) then
        return true
      end
    end
    from = #entries == BACK_PAGE and '(' .. entries[BACK_PAGE][1] or nil
  end
  return false
end

-- carrier run tenure, which from here on is the carrier's → nil while results of the dead gateway wait in `back` (g is
-- the carrier of a result, `|a|b|` of those in a bundle) or sending is locked, else {id, ref, record, done, cut, resubmits}…: the segments that have a state, how it was cut into them, how often each was sent again
local function mt_recover(keys, args)
  local tag, a = keys[1], named(args)
  if superseded(tag, a) then
    return false
  end
  if a.tenure then
    redis.call('HSET', tag .. ':tenures', a.carrier, a.tenure)
  end
  if sending_locked(tag, a) or redis.call('XLEN', tag .. ':back') > UNAPPLIED_BACK_MAX then
    return false
  end
  if some_came_back(tag, a.carrier) then
    return false
  end
  local out = {}
  local flight = redis.call('HGETALL', tag .. ':flight:' .. a.carrier)
  for i = 1, #flight, 2 do
    local id, f = flight[i], flight_of(flight[i + 1])
    local done = {}
    local facts = redis.call('HMGET', tag .. ':msg:' .. id, 'n', 'cut', 'resent')
    local n = tonumber(facts[1]) or 1
    for j, state in ipairs(segment_states(tag, id, n)) do
      if state then
        done[#done + 1] = j - 1
      end
    end
    out[#out + 1] = {id, tonumber(f[1]), f[7], table.concat(done, ','), facts[2] or '',
      facts[3] and resubmits(tag, id, n) or ''}
  end
  return out
end

redis.register_function('mt_check', mt_check)
redis.register_function('mt_recover', mt_recover)
end
