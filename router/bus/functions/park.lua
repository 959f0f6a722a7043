-- What time does to a conversation that an agent has: put aside until then, taken up again, taken from who
-- does not come back, closed where nobody writes any more.

local LOOKBACK = 64 -- messages looked through for what the customer waits for

-- fence now conv agent ref until (ms; '0': until they say so) wake ('1': a message of the customer's takes it up): its
-- agent puts it aside, or says another time. → {'ok', event} | {'again'} | {'not_yours'} | {'fenced'}
local function park(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  if said_before(tag, 'park', a) then
    return {'again'}
  end
  local c = parked(tag, a) or held(tag, a)
  if not c then
    return {'not_yours'}
  end
  redis.call('HSET', tag .. ':conv:' .. a.conv, 'state', 'parked', 'until', a['until'], 'wake', a.wake)
  remember_ref(tag, 'park', a, a['until'])
  return {'ok', event(tag, 'e', 'parked', 'c', a.conv, 'a', a.agent, 'leg', c.leg, 'q', c.queue, 's', 'parked',
    'ours', c.ours, 'customer', c.customer, 'until', a['until'], 'wake', a.wake, 'at', a.now)}
end

-- fence now conv agent: its agent takes it up again. → {'ok', event} | {'again'} | {'not_yours'} | {'fenced'}
local function resume(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local c = parked(tag, a)
  if c then
    return {'ok', unpark(tag, a.conv, c, 'agent', a.now)}
  end
  return {held(tag, a) and 'again' or 'not_yours'}
end

-- fence now conv leg: the time that it was put aside for is over. → {'ok', event} | {'done'} | {'fenced'}
local function park_due(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local c = named(redis.call('HGETALL', tag .. ':conv:' .. a.conv))
  local till = tonumber(c['until'] or '0')
  if c.state ~= 'parked' or c.leg ~= a.leg or till == 0 or till > tonumber(a.now) then
    return {'done'}
  end
  return {'ok', unpark(tag, a.conv, c, 'time', a.now)}
end

-- Does the customer wait for an answer? A keyword was answered by itself, a note answers nobody.
local function waits(tag, conv)
  for _, row in ipairs(redis.call('XREVRANGE', tag .. ':conv:' .. conv .. ':msgs', '+', '-', 'COUNT', LOOKBACK)) do
    local m = named(row[2])
    if m.d == 'o' and m.x ~= '1' then
      return false
    elseif m.d == 'i' and (m.k == 'NONE' or m.k == 'AMBIGUOUS') then
      return true
    end
  end
  return false
end

-- fence now conv leg agent scopes: its agent does not come back. Where the customer waits for an answer it
-- begins to wait again, in its queue. → {'ok', event} | {'done'} | {'fenced'}
local function reclaim(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local c = parked(tag, a) or held(tag, a)
  if not c or c.leg ~= a.leg or not waits(tag, a.conv) then
    return {'done'}
  end
  redis.call('HSET', tag .. ':conv:' .. a.conv, 'state', 'queued', 'agent', '', 'leg', c.leg + 1)
  redis.call('HDEL', tag .. ':conv:' .. a.conv, 'until', 'wake')
  end_leg(tag, a, c, 'reclaimed', '', '0')
  return {'ok', event(tag, 'e', 'reclaimed', 'c', a.conv, 'a', a.agent, 'leg', c.leg + 1, 'q', c.queue,
    's', 'queued', 'ours', c.ours, 'customer', c.customer, 'at', a.now)}
end

redis.register_function('park', park)
redis.register_function('resume', resume)
redis.register_function('park_due', park_due)
redis.register_function('reclaim', reclaim)
