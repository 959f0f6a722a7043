-- What operators tell the gateways, whose keys have the tag {gw}.

-- carrier command (pause | drain | resume) by now. What was said last holds, also over a restart of
-- the gateway, which is woken on its channel. → {'ok', event} | {'no'} for another command
local function carrier_command(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':hold:' .. a.carrier
  local before = redis.call('GET', key) or ''
  if a.command == 'resume' then
    redis.call('DEL', key)
  elseif a.command == 'pause' or a.command == 'drain' then
    redis.call('SET', key, a.command)
  else
    return {'no'}
  end
  redis.call('PUBLISH', 'gw:' .. a.carrier, a.command)
  return {'ok', event(tag, 'at', a.now, 'e', 'carrier_command', 'carrier', a.carrier, 'command',
    a.command, 'by', a.by, 'before', before)}
end

-- carrier owner ttl (ms) dead (an owner that is known to be gone, or ''): whose the carrier is. A new owner has a higher
-- number than all before, also where {gw} has been lost. → {'ok', number} | {'held', owner}
local function carrier_lease(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':lease:' .. a.carrier
  local held = redis.call('GET', key)
  if held and held ~= a.owner and held ~= a.dead then
    return {'held', held}
  end
  local number, last = string.match(redis.call('HGET', tag .. ':tenures', a.carrier) or '', '^(%d+) (.*)$')
  if last ~= a.owner then
    number = string.format('%.0f', math.max(tonumber(clock_ms()), (tonumber(number) or 0) + 1))
    redis.call('HSET', tag .. ':tenures', a.carrier, number .. ' ' .. a.owner)
  end
  redis.call('SET', key, a.owner, 'PX', a.ttl)
  return {'ok', number}
end

-- carrier owner: it is given up, and whoever stands by is told to look.
local function carrier_lease_end(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':lease:' .. a.carrier
  if redis.call('GET', key) ~= a.owner then
    return 0
  end
  redis.call('PUBLISH', 'gw:' .. a.carrier, 'lease')
  return redis.call('DEL', key)
end

redis.register_function('carrier_lease', carrier_lease)
redis.register_function('carrier_lease_end', carrier_lease_end)
redis.register_function('carrier_command', carrier_command)
