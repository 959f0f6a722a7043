-- Texts of customers as they came, to be read again by other rules; nothing here writes.

local READ_MAX = 2000 -- events that one call looks through

-- from until (ids of events) limit (events) → {how many events were looked at, the id of the last or '' where that was all, the
-- oldest event's id or '', {at, ours, customer, conversation, position, verdict, text}…}
local function replay_page(keys, args)
  local tag, a = keys[1], named(args)
  local limit = math.min(tonumber(a.limit), READ_MAX)
  local rows = redis.call('XRANGE', tag .. ':events', a.from, a['until'], 'COUNT', limit)
  local oldest = redis.call('XRANGE', tag .. ':events', '-', '+', 'COUNT', 1)[1]
  local out = {#rows .. '', #rows < limit and '' or rows[#rows][1], oldest and oldest[1] or ''}
  for _, row in ipairs(rows) do
    local e = event_fields(row[2])
    if e.e == 'mo' then
      local key = tag .. ':conv:' .. e.c
      local said = redis.call('XRANGE', key .. ':msgs', e.m, e.m)[1]
      local late = said and redis.call('HGET', key .. ':late', e.m .. ' t')
      if said then
        out[#out + 1] = {e.at, e.ours, e.customer, e.c, e.m, e.k, late or named(said[2]).t or ''}
      end
    end
  end
  return out
end

redis.register_function('replay_page', replay_page)
