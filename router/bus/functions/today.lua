-- The day's figures, from the floor's events only: each is folded once, behind a cursor that is written in the same
-- call. `today:<day>` holds the sums as `q <queue> <figure>` and `a <agent> <figure>`; `today:open` the after-call work
-- that is under way, with when it began, whose it is and of which queue (and talks that began before the events that end
-- them told how long they were); `today:states` since when each agent is what they are; `points:<hour>:<queue>` (queue '': the floor) `<minute> <figure>`.
-- Days and hours are numbers since 1970, of the router's own time of day.

local DAY_MS, HOUR_MS, MINUTE_MS = 86400000, 3600000, 60000
local DAY_KEPT_S, POINTS_KEPT_S = 172800, 90000
local SERVICE_LEVEL_S = 20 -- where a queue does not say
local FIELDS_MAX = 1000 -- of a hash in one command
local sums = {} -- the functions of this file: a chunk may have 200 names
local POINTED = {offered = true, answered = true, abandoned = true, in_time = true}

-- One folding: what is to be added (days: of a day, of 'q' or 'a', of a name, each figure; points: of an hour, of a
-- queue, of a minute, each figure; most: the longest wait, of what is to be added to a queue), and what was looked up on
-- the way.
function sums.folding(tag, a)
  return {tag = tag, offset = tonumber(a.offset), days = {}, begins = 0, ends = 0, most = {}, points = {},
    minutes = {}, states = {}, begun = {}, levels = {}}
end

function sums.day_of(f, at)
  return math.floor((at + f.offset) / DAY_MS)
end

-- The table at that key, which there is from now on.
function sums.at(map, key)
  local of = map[key]
  if not of then
    of = {}
    map[key] = of
  end
  return of
end

-- What is to be added to that queue ('q') or agent ('a') in the day of that moment. Most are of the day of the one before.
function sums.of(f, at, kind, name)
  if at < f.begins or at >= f.ends then
    local day = sums.day_of(f, at)
    f.day, f.begins = sums.at(f.days, day), day * DAY_MS - f.offset
    f.ends = f.begins + DAY_MS
  end
  local names = f.day[kind] or sums.at(f.day, kind)
  return names[name] or sums.at(names, name)
end

-- The same to that queue's minute.
function sums.point_of(f, at, q)
  local minute = math.floor(at / MINUTE_MS)
  local queues = f.minutes[minute] or sums.at(f.minutes, minute)
  local of = queues[q]
  if not of then
    of = sums.at(sums.at(sums.at(f.points, math.floor(minute / 60)), q), minute % 60)
    queues[q] = of
  end
  return of
end

function sums.add_queue(f, at, q, figure, by)
  local of = sums.of(f, at, 'q', q)
  of[figure] = (of[figure] or 0) + by
  if POINTED[figure] then
    of = sums.point_of(f, at, q)
    of[figure] = (of[figure] or 0) + by
  end
end

function sums.add_agent(f, at, name, figure, by)
  if name ~= '' then
    local of = sums.of(f, at, 'a', name)
    of[figure] = (of[figure] or 0) + by
  end
end

function sums.promised_ms(f, q)
  if not f.levels[q] then
    f.levels[q] = (tonumber(redis.call('HGET', f.tag .. ':queue:' .. q, 'service_level_s') or '') or SERVICE_LEVEL_S) * 1000
  end
  return f.levels[q]
end

function sums.began(f, key, e)
  f.begun[key] = e.at .. ' ' .. e.a .. ' ' .. (e.q or '')
end

-- The same of a talk, where what ends it will not tell how long it was.
function sums.talk_began(f, e)
  if not e.talk then
    sums.began(f, e.c, e)
  end
end

-- When it began, whose it was and of which queue; it is over now.
function sums.over(f, key)
  local kept = f.begun[key]
  if kept == nil then
    kept = redis.call('HGET', f.tag .. ':today:open', key)
  end
  f.begun[key] = false
  if kept then
    return string.match(kept, '^(%d+) (%S+) (.*)$')
  end
end

function sums.talked(f, name, q, at, ms)
  local queue = sums.of(f, at, 'q', q)
  queue.talk_ms, queue.legs = (queue.talk_ms or 0) + ms, (queue.legs or 0) + 1
  sums.add_agent(f, at, name, 'talk_ms', ms)
end

-- The agent's part of it is over; of which queue, where the event does not say so itself.
function sums.end_talk(f, e, at, name, q)
  if (e.talk or '') ~= '' then
    sums.talked(f, name or e.a, q or e.q, at, tonumber(e.talk))
    return true
  end
  local since, whose, queue = sums.over(f, e.c)
  if since then
    sums.talked(f, whose, queue, at, at - since)
  end
  return since
end

-- The agent has taken what has waited since then.
function sums.answered(f, name, q, at, since)
  local queue, point, wait = sums.of(f, at, 'q', q), sums.point_of(f, at, q), at > since and at - since or 0
  queue.wait_ms, queue.answered = (queue.wait_ms or 0) + wait, (queue.answered or 0) + 1
  point.answered = (point.answered or 0) + 1
  if wait > (f.most[queue] or -1) then
    f.most[queue] = wait
  end
  if wait <= (f.levels[q] or sums.promised_ms(f, q)) then
    queue.in_time, point.in_time = (queue.in_time or 0) + 1, (point.in_time or 0) + 1
  end
  sums.add_agent(f, at, name, 'handled', 1)
end

local FOLD = {
  waiting = function(f, e, at)
    if e.kind ~= 'consult' then
      sums.add_queue(f, at, e.q, 'offered', 1)
    end
  end,
  accepted = function(f, e, at)
    if (e.consult or '') ~= '' then
      sums.add_agent(f, at, e.a, 'handled', 1)
      sums.end_talk(f, e, at, e.from, e.from_q)
      sums.add_agent(f, at, e.from, 'transfers', 1)
    else
      sums.answered(f, e.a, e.q, at, tonumber(e.entered ~= '' and e.entered or e.since))
    end
    sums.talk_began(f, e)
  end,
  assigned = function(f, e, at)
    if e.how ~= 'resume' then
      sums.add_agent(f, at, e.a, 'handled', 1)
    end
    sums.talk_began(f, e)
  end,
  unoffered = function(f, e, at)
    if e.why == 'timeout' or e.why == 'declined' then
      sums.add_agent(f, at, e.a, e.why == 'timeout' and 'missed' or 'declined', 1)
      sums.add_queue(f, at, e.q, 'not_answered', 1)
    end
  end,
  parked = function(f, e, at)
    sums.end_talk(f, e, at)
  end,
  released = function(f, e, at)
    if not sums.end_talk(f, e, at) and e.a == '' and e.kind ~= 'consult' then
      sums.add_queue(f, at, e.q, 'abandoned', 1)
    end
  end,
  moved = function(f, e, at)
    sums.end_talk(f, e, at)
    if e.a == '' then
      sums.add_queue(f, at, e.q, 'flow_out', 1)
    else
      sums.add_queue(f, at, e.q, 'transfers', 1)
      sums.add_agent(f, at, e.a, 'transfers', 1)
    end
  end,
  acw_began = function(f, e, at)
    sums.began(f, e.c .. ' ' .. e.leg, e)
  end,
  acw_ended = function(f, e, at)
    local since, name, q = sums.over(f, e.c .. ' ' .. e.leg)
    if since then
      sums.add_queue(f, at, q, 'acw_ms', at - since)
      sums.add_agent(f, at, name, 'acw_ms', at - since)
    end
  end,
}

-- The time that an agent has been what they were, on each of the days that it touched.
function sums.spent(f, name, routing, since, at)
  while since < at do
    local midnight = (sums.day_of(f, since) + 1) * DAY_MS - f.offset
    local till = math.min(at, midnight)
    sums.add_agent(f, since, name, routing .. '_ms', till - since)
    since = till
  end
end

-- The agent is that since then, or has been.
function sums.note_state(f, name, now, at)
  local kept = f.states[name] or redis.call('HGET', f.tag .. ':today:states', name)
  local routing, since = string.match(kept or '', '^(%S+) (%d+)$')
  if routing == now then
    f.states[name] = kept
    return
  end
  if routing then
    sums.spent(f, name, routing, tonumber(since), at)
  end
  f.states[name] = string.format('%s %.0f', now, at)
end

function sums.fold(f, e)
  local at = tonumber(e.at)
  if not at then
    return
  end
  if FOLD[e.e] then
    FOLD[e.e](f, e, at)
  end
  if (e.e == 'released' or e.e == 'moved') and e.acw == 'pending' then
    sums.began(f, e.c .. ' ' .. e.leg, e)
  end
  if (e.a or '') ~= '' and (e.ar or '') ~= '' then
    sums.note_state(f, e.a, e.ar, at)
  end
end

function sums.write_pairs(tag, key, map)
  local set, gone = {}, {}
  for field, value in pairs(map) do
    if value then
      set[#set + 1], set[#set + 2] = field, value
    else
      gone[#gone + 1] = field
    end
  end
  call_many('HSET', tag .. key, set)
  call_many('HDEL', tag .. key, gone)
end

-- Adds to fields of a hash, each by how much; appends field and value to `out`, where there is one.
function sums.add_fields(key, fields, by, out)
  local told = out and #out
  for i = 1, #fields, FIELDS_MAX do
    local last, set = math.min(i + FIELDS_MAX - 1, #fields), {}
    local before = redis.call('HMGET', key, unpack(fields, i, last))
    for j = i, last do
      local field, now, at = fields[j], (before[j - i + 1] or 0) + by[j], 2 * (j - i)
      set[at + 1], set[at + 2] = field, now
      if told then
        out[told + 1], out[told + 2] = field, now
        told = told + 2
      end
    end
    redis.call('HSET', key, unpack(set))
  end
end

-- The longest wait of a queue, where it is longer than what there is; likewise.
function sums.write_most(key, q, most, out)
  local field = 'q ' .. q .. ' wait_max_ms'
  if most > tonumber(redis.call('HGET', key, field) or '-1') then
    redis.call('HSET', key, field, most)
    if out then
      out[#out + 1], out[#out + 2] = field, most
    end
  end
end

-- Writes the sums; appends those of `day`, field and value, to out.
function sums.write_days(f, day, out)
  for of, kinds in pairs(f.days) do
    local key, fields, by, told, n = f.tag .. ':today:' .. of, {}, {}, of == day and out, 0
    for kind, names in pairs(kinds) do
      for name, figures in pairs(names) do
        local whose = kind .. ' ' .. name .. ' '
        for figure, more in pairs(figures) do
          n = n + 1
          fields[n], by[n] = whose .. figure, more
        end
        if f.most[figures] then
          sums.write_most(key, name, f.most[figures], told)
        end
      end
    end
    sums.add_fields(key, fields, by, told)
    redis.call('EXPIRE', key, DAY_KEPT_S)
  end
end

-- What a router has of an event that it was just told: e c a q at leg kind consult from entered since why how acw from_q
-- talk ar, with a NUL behind each. `ar` is empty where the agent is what they were.
local FIVE = '([^%z]*)%z([^%z]*)%z([^%z]*)%z([^%z]*)%z([^%z]*)%z'
local TOLD = '^' .. FIVE .. FIVE .. FIVE .. '([^%z]*)%z([^%z]*)%z'

-- Into `e`, one table for all of them.
function sums.told(e, text)
  e.e, e.c, e.a, e.q, e.at, e.leg, e.kind, e.consult, e.from, e.entered, e.since, e.why, e.how, e.acw, e.from_q, e.talk, e.ar =
    string.match(text, TOLD)
  return e
end

-- Routers of 0.2.0 tell what nearly all of them are in a few values each (SHORT): of what was answered a q at entered ar,
-- of what was released a q at talk ar. Since LUMPS none does, so it goes once `serves` is raised.
local SHORT = {accepted = sums.answered, released = sums.talked}
local SHORT_VALUES = 5

function sums.plus(of, figure, by)
  if by ~= '' then
    of[figure] = (of[figure] or 0) + by
  end
end

-- Nearly all of a while are told as sums (LUMPS, with how many values each has; '' is nothing): of an agent in the day of
-- a moment, of a queue in its minute.
local LUMPS = {
  agent = {4, function(f, args, i)
    local of = sums.of(f, tonumber(args[i + 1]), 'a', args[i])
    sums.plus(of, 'handled', args[i + 2])
    sums.plus(of, 'talk_ms', args[i + 3])
  end},
  queue = {8, function(f, args, i)
    local q, at, most = args[i], tonumber(args[i + 1]), tonumber(args[i + 5])
    local of, point = sums.of(f, at, 'q', q), sums.point_of(f, at, q)
    sums.plus(of, 'answered', args[i + 2])
    sums.plus(of, 'in_time', args[i + 3])
    sums.plus(of, 'wait_ms', args[i + 4])
    sums.plus(of, 'legs', args[i + 6])
    sums.plus(of, 'talk_ms', args[i + 7])
    sums.plus(point, 'answered', args[i + 2])
    sums.plus(point, 'in_time', args[i + 3])
    if most and most > (f.most[of] or -1) then
      f.most[of] = most
    end
  end},
  state = {3, function(f, args, i)
    sums.note_state(f, args[i], args[i + 1], tonumber(args[i + 2]))
  end},
}

function sums.write_hour(f, key, fields, by)
  sums.add_fields(f.tag .. ':points:' .. key, fields, by)
  redis.call('EXPIRE', f.tag .. ':points:' .. key, POINTS_KEPT_S)
end

-- Points of each queue, and the same of all together.
function sums.write_points(f)
  for hour, queues in pairs(f.points) do
    local all = {}
    for q, minutes in pairs(queues) do
      local fields, by = {}, {}
      for minute, figures in pairs(minutes) do
        for figure, more in pairs(figures) do
          local field = minute .. ' ' .. figure
          fields[#fields + 1], by[#by + 1], all[field] = field, more, (all[field] or 0) + more
        end
      end
      sums.write_hour(f, hour .. ':' .. q, fields, by)
    end
    local fields, by = {}, {}
    for field, more in pairs(all) do
      fields[#fields + 1], by[#by + 1] = field, more
    end
    sums.write_hour(f, hour .. ':', fields, by)
  end
end

function sums.write(f, cursor, out, day)
  local tag = f.tag
  redis.call('SET', tag .. ':today:cursor', cursor)
  sums.write_pairs(tag, ':today:open', f.begun)
  sums.write_pairs(tag, ':today:states', f.states)
  sums.write_points(f)
  sums.write_days(f, day, out)
  return out
end

-- now limit offset (ms, of the time of day): reads the events behind the cursor → {'more' or 'ok', the cursor, day,
-- field, value, …}: what is of today now, as far as it has changed.
local function today_fold(keys, args)
  local tag, a = keys[1], named(args)
  local f = sums.folding(tag, a)
  local day = sums.day_of(f, tonumber(a.now))
  local cursor = redis.call('GET', tag .. ':today:cursor') or (day * DAY_MS - f.offset) .. '-0'
  local rows = redis.call('XRANGE', tag .. ':events', '(' .. cursor, '+', 'COUNT', a.limit)
  if #rows == 0 then
    return {'ok', cursor, day}
  end
  for _, row in ipairs(rows) do
    sums.fold(f, event_fields(row[2]))
  end
  cursor = rows[#rows][1]
  return sums.write(f, cursor, {#rows == tonumber(a.limit) and 'more' or 'ok', cursor, day}, day)
end

-- now, offset, the cursor that these events are behind, the newest of them, then each, as '' and TOLD, or as its name and
-- SHORT, or with others as LUMPS: the same of events that need not be read → as above, or {'moved'}: the cursor is not there
local function today_told(keys, args)
  local tag, f = keys[1], sums.folding(keys[1], {offset = args[2]})
  local day = sums.day_of(f, tonumber(args[1]))
  local cursor = redis.call('GET', tag .. ':today:cursor')
  if cursor and cursor ~= args[3] then
    return {'moved'}
  end
  local e, i = {}, 5
  while args[i] do
    if args[i] == '' then
      sums.fold(f, sums.told(e, args[i + 1]))
      i = i + 2
    elseif LUMPS[args[i]] then
      LUMPS[args[i]][2](f, args, i + 1)
      i = i + 1 + LUMPS[args[i]][1]
    else
      local name, at, routing = args[i + 1], tonumber(args[i + 3]), args[i + 5]
      SHORT[args[i]](f, name, args[i + 2], at, tonumber(args[i + 4]))
      if routing ~= '' then
        sums.note_state(f, name, routing, at)
      end
      i = i + 1 + SHORT_VALUES
    end
  end
  return sums.write(f, args[4], {'ok', args[4], day}, day)
end

-- day cursor ('0': the first page) → {next cursor ('0': that was the last), {field, value, …}}
local function today_read(keys, args)
  local tag, a = keys[1], named(args)
  return redis.call('HSCAN', tag .. ':today:' .. a.day, a.cursor, 'COUNT', 500)
end

-- now, then queue ('': the floor), waiting, agents on queue of each: what stands in the minute, which is the most
-- that was seen in it.
local function today_sample(keys, args)
  local tag, now = keys[1], tonumber(args[1])
  local minute = math.floor((now % HOUR_MS) / MINUTE_MS)
  for i = 2, #args, 3 do
    local key = tag .. ':points:' .. math.floor(now / HOUR_MS) .. ':' .. args[i]
    for j, figure in ipairs({'waiting', 'on_queue'}) do
      local field = minute .. ' ' .. figure
      if tonumber(args[i + j]) > tonumber(redis.call('HGET', key, field) or '-1') then
        redis.call('HSET', key, field, args[i + j])
      end
    end
    redis.call('EXPIRE', key, POINTS_KEPT_S)
  end
  return #args
end

-- q hours now → {{when the hour began (ms), {field, value, …}}, …}, the oldest first
local function points_read(keys, args)
  local tag, a = keys[1], named(args)
  local hour, out = math.floor(tonumber(a.now) / HOUR_MS), {}
  for i = hour - tonumber(a.hours), hour do
    out[#out + 1] = {string.format('%.0f', i * HOUR_MS), redis.call('HGETALL', tag .. ':points:' .. i .. ':' .. a.q)}
  end
  return out
end

redis.register_function('today_fold', today_fold)
redis.register_function('today_told', today_told)
redis.register_function('today_read', today_read)
redis.register_function('today_sample', today_sample)
redis.register_function('points_read', points_read)
