-- What an agent's screen must show: `{a:<name>}:events`, capped; the WebSocket resumes from an id.

local SCREEN_KEPT = 5000

-- Key {a:<name>}; ARGV: the source stream, then pairs of its event's id and a frame. What a source
-- has pushed before is left out, so that a router that begins again doubles nothing. Frames of one
-- event must be in one call. → how many were new.
local function push(keys, args)
  local tag, source = keys[1], args[1]
  local last = redis.call('HGET', tag .. ':from', source) or '0-0'
  local newest, pushed = last, 0
  for i = 2, #args, 2 do
    if later(args[i], last) then
      redis.call('XADD', tag .. ':events', 'MAXLEN', '~', SCREEN_KEPT, '*', 'j', args[i + 1])
      newest, pushed = args[i], pushed + 1
    end
  end
  if pushed > 0 then
    redis.call('HSET', tag .. ':from', source, newest)
    redis.call('PUBLISH', 'agent:' .. string.sub(tag, 4, -2), '')
  end
  return pushed
end

redis.register_function('push', push)
