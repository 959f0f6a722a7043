-- What waits for its time, or goes to another carrier than was thought. Names of keys as in outbound.lua.

local LATER = 500 -- messages whose hours have come, in one step
local EXPIRED = 250 -- messages whose time is up, in one step
local DIVERTED = 256 -- entries looked through in one step of moving them to another carrier

-- A message that is in no stream any more is over, unsent. → the event
local function end_expired(tag, m, carrier, why, now)
  local key = tag .. ':msg:' .. m.m
  redis.call('HSET', key, 'state', 'expired', 'reason', why)
  count(tag, 'expired')
  local f = redis.call('HMGET', key, 'conv', 'n', 'pair')
  local c = redis.call('HMGET', tag .. ':conv:' .. (f[1] or ''), 'state', 'agent')
  return event(tag, 'e', 'state', 'c', f[1] or '', 'm', m.m, 'st', 'expired', 'why', why, 's', c[1] or '',
    'a', c[2] or '', 'n', f[2] or '1', 'carrier', carrier, 'at', now,
    unpack(who_wraps(tag, f[3], f[1], c[2], m.m)))
end

-- An entry of `waits`, whose time is up: what waits for a gateway is over, whether or not the carrier has a bind, a
-- gateway, or is anybody's any more. → the event, or nil where it was taken
local function expire(tag, member, now, woken)
  local name, class, id = string.match(member, '^(.*):(%a+):(%d+%-%d+)$') -- the carrier's, or that of a number's queue
  redis.call('ZREM', tag .. ':waits', member)
  local carrier = string.match(name or '', '^[^:]*')
  local stream = tag .. ':mt:' .. (name or '') .. ':' .. (class or '')
  local entry = name and redis.call('XRANGE', stream, id, id)[1]
  if not entry then
    return nil
  end
  local m = entry_of(entry[2])
  redis.call('XDEL', stream, id)
  moved_on(tag, m, m.pair)
  free_pair(tag, m.pair, m.m)
  woken[carrier] = true
  return end_expired(tag, m, carrier, 'expired', now)
end

-- fence now: what has waited for its window goes before the gateways; what has none any more, and what is worth
-- nothing any more wherever it waits, is over. → {event…}
local function later_due(keys, args)
  local tag, a = keys[1], named(args)
  local told, woken, minute = {}, {}, math.floor(a.now / 60000)
  if fenced(tag, a) then
    return told
  end
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', tag .. ':later', '-inf', minute, 'LIMIT', 0, LATER)) do
    local carrier, class, pair, fields, early = unpack(cmsgpack.unpack(string.sub(member, 17)))
    local m, ended = entry_of(fields), false
    redis.call('ZREM', tag .. ':later', member)
    if early == '1' then
      ended = redis.call('HDEL', tag .. ':scheduled:' .. m.c, m.m) == 0 -- by an opt-out
    elseif redis.call('HINCRBY', tag .. ':later:pairs', pair, -1) <= 0 then
      redis.call('HDEL', tag .. ':later:pairs', pair)
    end
    local at = ended and -1 or opens(m.w, minute)
    if not ended and (m.e or '') ~= '' and tonumber(m.e) <= tonumber(a.now) then
      told[#told + 1] = end_expired(tag, m, carrier, 'expired', a.now)
    elseif at == 0 then
      add_entry(tag, carrier, class, fields, m.e)
      woken[carrier] = true
    elseif at and at > 0 then
      put_off(tag, at, carrier, class, pair, fields, scheduled(m, minute) and m, m.e)
    elseif not at then
      told[#told + 1] = end_expired(tag, m, carrier, 'quiet hours', a.now)
    end
  end
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', tag .. ':waits', '-inf', a.now, 'LIMIT', 0, EXPIRED)) do
    told[#told + 1] = expire(tag, member, a.now, woken)
  end
  for carrier in pairs(woken) do
    wake_gateway(tag, carrier)
  end
  return told
end

-- The first carrier of the route `a|b` that is not in `tried`, or nil.
local function untried(route, tried)
  for carrier in string.gmatch(route, '[^|]+') do
    if not string.find('|' .. tried .. '|', '|' .. carrier .. '|', 1, true) then
      return carrier
    end
  end
  return nil
end

-- carrier tenure id now back: a carrier refused a message, or cannot send it, and no part of it has been accepted:
-- it goes to the next of its route, at once and with its place: the pair stays busy with it, so that
-- those behind it wait. With back, it goes to where it came from: its gateway stops, and has not sent
-- it. → {1, carrier} | {0} it was ended | {3} every carrier was tried.
local function mt_reroute(keys, args)
  local tag, a = keys[1], named(args)
  local f = in_flight(tag, a.carrier, a.id)
  if not f or superseded(tag, a) then
    return {0}
  end
  local key = tag .. ':msg:' .. a.id
  local tried = redis.call('HGET', key, 'tried')
  if a.back ~= '1' then
    tried = tried and tried .. '|' .. a.carrier or a.carrier
  end
  local to = a.back == '1' and a.carrier or untried(f[9] or '', tried)
  if not to then
    return {3}
  end
  if end_barred(tag, a, f) then
    return {0}
  end
  redis.call('HDEL', key, 'cut') -- no part of it was sent
  wait_again(tag, a.carrier, a.id, f, to, tried)
  count(tag, a.back == '1' and 'returned' or 'rerouted')
  event(tag, 'e', 'rerouted', 'm', a.id, 'carrier', a.carrier, 'to', to,
    'why', a.back == '1' and 'returned' or 'refused', 'at', a.now)
  wake_gateway(tag, to, f[8])
  return {1, to}
end

-- The carrier behind this one in the route, the first behind the last, of those that are not in `unbound`; nil where
-- there is no other.
local function next_of(route, carrier, unbound)
  local first, found
  for name in string.gmatch(route, '[^|]+') do
    if name == carrier then
      found = true
    elseif not string.find(unbound, '|' .. name .. '|', 1, true) then
      if found then
        return name
      end
      first = first or name
    end
  end
  return first
end

local function divert_entry(tag, a, name, entry, woken)
  local m = entry_of(entry[2])
  local to = m.v and next_of(m.v, a.carrier, a.unbound or '')
  if not to then
    return 0
  end
  local fields = {'q', m.q, 'r', m.r, 'y', '1'}
  if m.k then
    fields[#fields + 1], fields[#fields + 2] = 'k', m.k
  end
  redis.call('XDEL', tag .. ':mt:' .. name .. ':' .. a.class, entry[1])
  if (m.e or '') ~= '' then
    redis.call('ZREM', tag .. ':waits', waits_as(name, a.class, entry[1]))
  end
  wait_for(tag, to, a.class, fields, m)
  redis.call('HSET', tag .. ':msg:' .. m.m, 'carrier', to)
  if not m.y then
    redis.call('HINCRBY', tag .. ':moved', m.pair, 1)
  end
  woken[to] = (woken[to] or 0) + 1
  return 1
end

-- The queue behind that of `number` of those that numbers have (take.lua), which are older than what waits beside them, or
-- '' behind the last.
local function queue_behind(tag, carrier, number)
  local first = ''
  for _, other in ipairs(redis.call('SMEMBERS', tag .. ':queued:' .. carrier)) do
    if other > number and (first == '' or other < first) then
      first = other
    end
  end
  return first
end

-- carrier class from unbound: the carrier has had no bind for too long, so what waits for it goes to the next of
-- its route that is not in `|a|b|`, in its order and before what is accepted later. From `from` on, a page at a time: a
-- number's queue, a blank and an entry of it, and behind the last such queue a blank and one of the carrier's.
-- → {moved, where to go on or '', how many stay}
local function mt_divert(keys, args)
  local tag, a = keys[1], named(args)
  local number, from = string.match(a.from, '^(.*) (%S+)$')
  number = number or queue_behind(tag, a.carrier, '')
  local name = number == '' and a.carrier or a.carrier .. ':' .. number
  local entries = redis.call('XRANGE', tag .. ':mt:' .. name .. ':' .. a.class, '(' .. (from or '0-0'), '+', 'COUNT', DIVERTED)
  local moved, woken, next = 0, {}, ''
  for _, entry in ipairs(entries) do
    moved = moved + divert_entry(tag, a, name, entry, woken)
  end
  if moved > 0 then
    redis.call('HINCRBY', tag .. ':count', 'diverted', moved)
  end
  for to, n in pairs(woken) do
    event(tag, 'e', 'diverted', 'carrier', a.carrier, 'to', to, 'class', a.class, 'n', n,
      'at', clock_ms())
    wake_gateway(tag, to, a.class)
  end
  if #entries == DIVERTED then
    next = number .. ' ' .. entries[#entries][1]
  elseif number ~= '' then
    next = queue_behind(tag, a.carrier, number) .. ' 0-0'
  end
  if next == '' then -- a carrier that is removed is asked nothing any more
    for _, other in ipairs(redis.call('SMEMBERS', tag .. ':queued:' .. a.carrier)) do
      left_of(tag, a.carrier, other)
    end
  end
  return {moved, next, #entries - moved}
end

redis.register_function('later_due', later_due)
redis.register_function('mt_reroute', mt_reroute)
redis.register_function('mt_divert', mt_divert)
