-- What is read for a screen; nothing here writes.

local THREAD_MAX = 200

-- conv → {state, agent, leg, ours, customer, queue, created, scopes on the customer's list…}, or nil.
local function conv_view(keys, args)
  local tag, a = keys[1], named(args)
  local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'agent', 'leg', 'ours', 'customer',
    'queue', 'created')
  if not c[1] then
    return false
  end
  local out = {c[1], c[2] or '', c[3], c[4], c[5], c[6], c[7]}
  for _, scope in ipairs(redis.call('HKEYS', tag .. ':opt:' .. c[5])) do
    out[#out + 1] = scope
  end
  return out
end

-- One row of a thread as a flat array: at, d, t, n, p (partial), k (verdict), and for an outbound one
-- m, a, x, st, why.
local function thread_row(tag, conv, row)
  local at, m = row[1], named(row[2])
  if m.d == 'o' then
    local facts = redis.call('HMGET', tag .. ':msg:' .. m.m, 'state', 'reason')
    return {'at', at, 'd', 'o', 't', m.t, 'n', m.n, 'm', m.m, 'a', m.a, 'x', m.x,
      'st', facts[1] or '', 'why', facts[2] or ''}
  end
  if m.p == '1' then
    local late = redis.call('HMGET', tag .. ':conv:' .. conv .. ':late', at .. ' t', at .. ' p', at .. ' n')
    m.t, m.p, m.n = late[1] or m.t, late[2] or m.p, late[3] or m.n
  end
  return {'at', at, 'd', 'i', 't', m.t, 'n', m.n, 'p', m.p, 'k', m.k}
end

-- conv before ('' = from the newest) limit → rows, the newest first; one more than asked for where
-- there are earlier ones.
local function thread(keys, args)
  local tag, a = keys[1], named(args)
  local from = a.before == '' and '+' or '(' .. a.before
  local limit = math.min(tonumber(a.limit), THREAD_MAX)
  local out = {}
  local rows = redis.call('XREVRANGE', tag .. ':conv:' .. a.conv .. ':msgs', from, '-', 'COUNT', limit + 1)
  for _, row in ipairs(rows) do
    out[#out + 1] = thread_row(tag, a.conv, row)
  end
  return out
end

-- conv at → that one row, or nil.
local function thread_one(keys, args)
  local tag, a = keys[1], named(args)
  local rows = redis.call('XRANGE', tag .. ':conv:' .. a.conv .. ':msgs', a.at, a.at)
  return rows[1] and thread_row(tag, a.conv, rows[1]) or false
end

-- agent → {routing, load, cap, {conv, state, epoch, until, queue, ours, customer, since, last, part}…}
local function agent_view(keys, args)
  local tag, a = keys[1], named(args)
  local f = agent_facts(tag, a.agent)
  local out = {f.routing, f.load, f.cap}
  for _, conv in ipairs(redis.call('SMEMBERS', tag .. ':agent:' .. a.agent .. ':load')) do
    local c = redis.call('HMGET', tag .. ':conv:' .. conv, 'state', 'epoch', 'until', 'queue', 'ours',
      'customer', 'at', 'last', 'part')
    for i = 1, 9 do
      c[i] = c[i] or ''
    end
    out[#out + 1] = {conv, unpack(c)}
  end
  return out
end

redis.register_function('conv_view', conv_view)
redis.register_function('thread', thread)
redis.register_function('thread_one', thread_one)
redis.register_function('agent_view', agent_view)
