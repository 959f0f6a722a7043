-- What an agent's screen must show: `{a:<name>}:events`, capped; the WebSocket resumes from an id. `{a:<name>}:from`
-- has the newest event of each source that is in it, and `last`, its newest entry.

local SCREEN_KEPT = 5000

-- Key {a:<name>}; ARGV: for each frame its source stream, its event's id there and the frame. What a source
-- has pushed before is left out, so that a router that begins again doubles nothing. Frames of one
-- event must be in one call. → with a NUL between them what was the newest entry before ('': not known), and for
-- each frame its entry ('': it is left out).
local function push(keys, args)
  local tag, sources, newest = keys[1], {'last'}, {}
  for i = 1, #args, 3 do
    local source, id = args[i], args[i + 1]
    if not newest[source] then
      sources[#sources + 1], newest[source] = source, id
    elseif newest[source] ~= id and later(id, newest[source]) then
      newest[source] = id
    end
  end
  local before, known = redis.call('HMGET', tag .. ':from', unpack(sources)), {}
  for i = 2, #sources do
    known[sources[i]] = before[i] or '0-0'
  end
  local out, last, stream = {before[1] or ''}, nil, tag .. ':events'
  for i = 1, #args, 3 do
    local entry = ''
    if later(args[i + 1], known[args[i]]) then
      entry = redis.call('XADD', stream, 'MAXLEN', '~', SCREEN_KEPT, '*', 'j', args[i + 2])
      last = entry
    end
    out[#out + 1] = entry
  end
  if last then
    local set = {'last', last}
    for source, id in pairs(newest) do
      if later(id, known[source]) then
        set[#set + 1], set[#set + 2] = source, id
      end
    end
    redis.call('HSET', tag .. ':from', unpack(set))
  end
  return table.concat(out, '\0')
end

redis.register_function('push', push)
