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

redis.register_function('carrier_command', carrier_command)
