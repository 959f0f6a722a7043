-- What supervisors see beside the floor itself: what agents have, the day's figures of every queue, and
-- who did what by hand.

local SAMPLES_KEPT = 360    -- of a queue, a minute each
local SAMPLES_S = 86400     -- and for so long after the last

-- {agent, {id, state…}…}: what rings at an agent, what they have and what they have parked
local function held_row(tag, name)
  local key, row = tag .. ':agent:' .. name, {name}
  for _, id in ipairs(redis.call('SUNION', key .. ':load', key .. ':parked')) do
    row[#row + 1] = conversation_row(tag, id)
  end
  return row
end

FLOOR_LISTS.held = {'SSCAN', ':agents', 1, held_row}

-- cursor (the event counted last) q:<queue>… (its day, day.h): written together, so that an event is counted
-- once whatever dies. → {'ok'}
local function day_put(keys, args)
  local fields = {}
  for i = 1, #args, 2 do
    if args[i] ~= 'fence' and args[i] ~= 'now' then
      fields[#fields + 1], fields[#fields + 2] = args[i], args[i + 1]
    end
  end
  redis.call('HSET', keys[1] .. ':day', unpack(fields))
  return {'ok'}
end

-- q now, and figures of its last minute. A queue where nothing is has none. → {'ok'}
local function sample_put(keys, args)
  local fields, q, now = {}, '', ''
  for i = 1, #args, 2 do
    if args[i] == 'q' then
      q = args[i + 1]
    elseif args[i] == 'now' then
      now = args[i + 1]
    elseif args[i] ~= 'fence' then
      fields[#fields + 1], fields[#fields + 2] = args[i], args[i + 1]
    end
  end
  local key = keys[1] .. ':samples:' .. q
  redis.call('XADD', key, 'MAXLEN', '~', SAMPLES_KEPT, '*', 'minute', now, unpack(fields))
  redis.call('EXPIRE', key, SAMPLES_S)
  return {'ok'}
end

-- who action kind id now; detail: what a supervisor did or looked at. → {'ok', event}
local function supervised(keys, args)
  local tag, a = keys[1], named(args)
  return {'ok', floor_event(tag, a.now, '', 'e', 'audit', 'who', a.who, 'action', a.action, 'kind', a.kind,
    'id', a.id, 'detail', a.detail or '')}
end

floor_function('day_put', day_put)
floor_function('sample_put', sample_put)
floor_function('supervised', supervised)
