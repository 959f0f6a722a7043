-- What an agent's screen must show: `{a:<name>}:events`, capped; the WebSocket resumes from an id. An entry has frames, a
-- field `j` each, and in `s` the newest event of each source that they are of, `<source> <id>` with blanks between. Its
-- number is a multiple of STRIDE and is that of its last frame, whose ids go up to it. So who knows the newest entry
-- writes the next one by its id, which Redis refuses where somebody else has written since (screens.c); push() is for
-- who does not know it. `{a:<name>}:from` has the newest event of each source up to the entry that `last` names.

local SCREEN_KEPT = 5000 -- entries
local STRIDE = 1024

-- → the newest event of each source that is in the stream, and the newest entry (nil: there is none)
local function screen_of(tag)
  local known = named(redis.call('HGETALL', tag .. ':from'))
  local last = known.last
  known.last = nil
  for _, row in ipairs(redis.call('XRANGE', tag .. ':events', last and '(' .. last or '-', '+')) do
    last = row[1]
    for source, id in string.gmatch(row[2][1] == 's' and row[2][2] or '', '(%S+) (%S+)') do
      if not known[source] or later(id, known[source]) then
        known[source] = id
      end
    end
  end
  return known, last
end

-- → the time and the number of the entry behind that one
local function next_entry(last)
  local now = clock_ms()
  local ms, number = string.match(last or '0-0', '^(%d+)-(%d+)$')
  if tonumber(now) > tonumber(ms) then
    return now, STRIDE
  end
  return ms, (math.floor(number / STRIDE) + 1) * STRIDE
end

-- Key {a:<name>}; ARGV: for each frame its source stream, its event's id there and the frame. What a source
-- has pushed before is left out, so that a router that begins again doubles nothing. Frames of one
-- event must be in one call, which takes STRIDE at most. → with a NUL between them what was the newest entry before
-- ('': there is none), and for each frame its id ('': it is left out).
local function push(keys, args)
  local tag, newest, frames, out = keys[1], {}, {}, {}
  local known, last = screen_of(tag)
  for i = 1, #args, 3 do
    local source, id = args[i], args[i + 1]
    if not known[source] or later(id, known[source]) then
      frames[#frames + 1], frames[#frames + 2] = 'j', args[i + 2]
      out[i] = #frames / 2
      if not newest[source] or later(id, newest[source]) then
        newest[source] = id
      end
    end
  end
  local answer, ms, number = {last or ''}, next_entry(last)
  for i = 1, #args, 3 do
    answer[#answer + 1] = out[i] and ms .. '-' .. number - #frames / 2 + out[i] or ''
  end
  if #frames > 0 then
    last = ms .. '-' .. number
    local told = {}
    for source, id in pairs(newest) do
      known[source] = id
      told[#told + 1] = source .. ' ' .. id
    end
    redis.call('XADD', tag .. ':events', 'MAXLEN', '~', SCREEN_KEPT, last, 's', table.concat(told, ' '), unpack(frames))
    local set = {'last', last}
    for source, id in pairs(known) do
      set[#set + 1], set[#set + 2] = source, id
    end
    redis.call('HSET', tag .. ':from', unpack(set))
  end
  return table.concat(answer, '\0')
end

redis.register_function('push', push)
