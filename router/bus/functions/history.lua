-- How far back events go. What is written is cut by age and by number, apart from the writing, and never what a
-- projection has not been through: the event at its cursor (`cursor`, beside the stream) stays, and what the day's
-- figures (`today:cursor`) and the sums of consent (`digest:cursor:events`) have not.

local CUT_MAX = 5000 -- in one call, by age
local PAGE = 100     -- the same by number

-- Cuts what is older than the id `bound`, in whole nodes of the stream, but nothing from `stop` on. → how many
local function cut_before(key, bound, stop)
  if stop and later(bound, stop) then
    bound = stop
  end
  return redis.call('XTRIM', key, 'MINID', '~', bound, 'LIMIT', CUT_MAX)
end

local function ever_cut(key)
  if redis.call('EXISTS', key) == 0 then
    return false
  end
  local known = named(redis.call('XINFO', 'STREAM', key))
  return known['entries-added'] > known.length
end

-- before (ms: what is older may go) most (events that are kept at most; '0': any number) follows ('1': a
-- projection goes along, and has its cursor here) → {cut by age, cut by number, kept, the oldest's id or '', '1'
-- where anything was ever cut}
local function events_keep(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':events'
  local stop = a.follows == '1' and (redis.call('GET', tag .. ':cursor') or '0-0') or nil
  for _, cursor in ipairs({':today:cursor', ':digest:cursor:events'}) do
    local folded = redis.call('GET', tag .. cursor)
    if stop and folded and later(stop, folded) then
      stop = folded
    end
  end
  local old, many = cut_before(key, a.before .. '-0', stop), 0
  local over = redis.call('XLEN', key) - tonumber(a.most)
  if a.most ~= '0' and over > 0 and old == 0 then
    local rows = redis.call('XRANGE', key, '-', '+', 'COUNT', math.min(over, PAGE) + 1)
    many = cut_before(key, rows[#rows][1], stop)
  end
  local oldest = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
  return {old .. '', many .. '', redis.call('XLEN', key) .. '', oldest and oldest[1] or '', ever_cut(key) and '1' or ''}
end

-- → {where the projection goes on, 'whole', or 'lost' where events behind that may be gone, the oldest's id or ''}
local function events_cursor(keys)
  local tag = keys[1]
  local key, cursor = tag .. ':events', redis.call('GET', tag .. ':cursor') or '0-0'
  local oldest = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
  local lost = cursor ~= '0-0' and not (oldest and not later(oldest[1], cursor))
  return {cursor, lost and 'lost' or 'whole', oldest and oldest[1] or ''}
end

redis.register_function('events_keep', events_keep)
redis.register_function('events_cursor', events_cursor)
