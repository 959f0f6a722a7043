-- Agents on the floor: on queue or off, connected or away. A connection is a member of `…:conns`,
-- `<router>:<number>`, so that a router that comes back can take away its former self's.

local function known(tag, name, capacity)
  redis.call('SADD', tag .. ':agents', name)
  redis.call('HSET', tag .. ':agent:' .. name, 'cap', capacity)
end

-- Who orders it of another may do so of one who was ever here, and put on queue only who is there.
local function may_order(tag, a)
  return redis.call('SISMEMBER', tag .. ':agents', a.agent) == 1
    and (a.on ~= '1' or redis.call('SCARD', tag .. ':agent:' .. a.agent .. ':conns') > 0)
end

-- agent on ('1' | '0') cap now. Saying on_queue also ends not_responding. With by ref, instead of cap, a supervisor
-- says it of the agent, and why (signed_out) they go. → {'ok', event…} | {'again'} | {'no', 'agent'}
local function agent_status(keys, args)
  local tag, a = keys[1], named(args)
  local key, by = tag .. ':agent:' .. a.agent, a.by or ''
  if ordered_before(tag, 'status', a) then
    return {'again'}
  elseif by ~= '' and not may_order(tag, a) then
    return {'no', 'agent'}
  end
  if by == '' then
    known(tag, a.agent, a.cap)
  end
  remember_order(tag, 'status', a)
  local before = redis.call('HMGET', key, 'on', 'nr')
  if a.on == '1' then
    if before[1] ~= '1' or before[2] == '1' then
      redis.call('HSET', key, 'since', a.now)
    end
    redis.call('HSET', key, 'on', '1', 'nr', '0')
    return {'ok', floor_event(tag, a.now, a.agent, joined('e', 'agent', 'why', 'on_queue', 'by', by))}
  end
  redis.call('HSET', key, 'on', '0', 'nr', '0')
  local out = rescind_all(tag, a.agent, a.now, {'ok'})
  out[#out + 1] = floor_event(tag, a.now, a.agent, joined('e', 'agent', 'why', a.why or 'off_queue', 'by', by))
  return out
end

-- agent conn cap now: a connection came up.
local function agent_up(keys, args)
  local tag, a = keys[1], named(args)
  known(tag, a.agent, a.cap)
  redis.call('SADD', tag .. ':agent:' .. a.agent .. ':conns', a.conn)
  redis.call('ZREM', tag .. ':away', a.agent)
  redis.call('ZREM', tag .. ':lost', a.agent)
  redis.call('ZREM', tag .. ':retired', a.agent)
  return {'ok', floor_event(tag, a.now, a.agent, joined('e', 'agent', 'why', 'up'))}
end

-- agent presence now: what they say they do; it brings no work and takes none away. With by ref a supervisor
-- says it of them. → {'ok', event} | {'again'} | {'no', 'agent'}
local function agent_presence(keys, args)
  local tag, a = keys[1], named(args)
  if ordered_before(tag, 'presence', a) then
    return {'again'}
  elseif (a.by or '') ~= '' and not may_order(tag, a) then
    return {'no', 'agent'}
  end
  local key = tag .. ':agent:' .. a.agent
  local before = redis.call('HGET', key, 'presence') or ''
  if before == a.presence then
    return {'again'}
  end
  remember_order(tag, 'presence', a)
  redis.call('SADD', tag .. ':agents', a.agent)
  redis.call('HSET', key, 'presence', a.presence, 'presence_since', a.now)
  return {'ok', floor_event(tag, a.now, a.agent, joined('e', 'agent', 'why', 'presence', 'presence', a.presence,
    'before', before, 'by', a.by or ''))}
end

local function lose(tag, name, now, out)
  redis.call('ZADD', tag .. ':away', 'NX', now, name)
  redis.call('ZADD', tag .. ':lost', 'NX', now, name)
  rescind_all(tag, name, now, out)
  out[#out + 1] = floor_event(tag, now, name, joined('e', 'agent', 'why', 'down'))
  return out
end

-- agent conn now: a connection is gone; with the last one, what rings goes back.
local function agent_down(keys, args)
  local tag, a = keys[1], named(args)
  local conns = tag .. ':agent:' .. a.agent .. ':conns'
  if redis.call('SREM', conns, a.conn) == 0 then
    return {'ok'}
  elseif redis.call('SCARD', conns) > 0 then
    return {'ok', floor_event(tag, a.now, a.agent, joined('e', 'agent', 'why', 'window_down'))}
  end
  return lose(tag, a.agent, a.now, {'ok'})
end

-- Who is no user any more goes off queue; what rings there goes back at once, what they have when its customer waits
-- (`retired`, floor_due), and the time for their after-call work is over. They leave the floor once nothing is left
-- (agent_gone). Appended to `out`.
local function retire(tag, name, now, out)
  local key = tag .. ':agent:' .. name
  redis.call('ZADD', tag .. ':retired', now, name)
  for _, entry in ipairs(redis.call('HKEYS', key .. ':acw')) do
    local conv, leg = string.match(entry, '^(%S+) (%d+)$')
    redis.call('ZADD', tag .. ':acw', now, partition_in(conv) .. ' ' .. leg .. ' ' .. conv .. ' ' .. name)
  end
  if redis.call('HGET', key, 'on') == '1' then
    redis.call('HSET', key, 'on', '0', 'nr', '0')
    rescind_all(tag, name, now, out)
    out[#out + 1] = floor_event(tag, now, name, joined('e', 'agent', 'why', 'off_queue'))
  end
end

-- agent now → {'ok', event…}
local function agent_retire(keys, args)
  local tag, a, out = keys[1], named(args), {'ok'}
  retire(tag, a.agent, a.now, out)
  return out
end

-- router now: a router has begun to work, so connections of those whose names begin so are gone; with '' all. Who was
-- deleted while no router told the floor of it is retired, unless nobody is known to be a user yet.
local function agent_sweep(keys, args)
  local tag, a = keys[1], named(args)
  local out, prefix = {'ok'}, a.router == '' and '' or a.router .. ':'
  local users = redis.call('EXISTS', tag .. ':users') == 1
  for _, name in ipairs(redis.call('SMEMBERS', tag .. ':agents')) do
    if users and redis.call('EXISTS', tag .. ':user:' .. name) == 0 and not redis.call('ZSCORE', tag .. ':retired', name) then
      retire(tag, name, a.now, out)
    end
    local conns = tag .. ':agent:' .. name .. ':conns'
    local lost = 0
    for _, conn in ipairs(redis.call('SMEMBERS', conns)) do
      if string.sub(conn, 1, #prefix) == prefix then
        lost = lost + redis.call('SREM', conns, conn)
      end
    end
    if lost > 0 and redis.call('SCARD', conns) == 0 then
      lose(tag, name, a.now, out)
    elseif lost > 0 then
      out[#out + 1] = floor_event(tag, a.now, name, joined('e', 'agent', 'why', 'window_down'))
    end
  end
  return out
end

local DEPART_MAX = 100 -- of those who are no users any more, looked at in one call

-- Who is no user any more leaves the floor, once they have nothing. Appended to `out`.
local function depart(tag, name, now, out)
  local key = tag .. ':agent:' .. name
  if redis.call('EXISTS', tag .. ':user:' .. name, key .. ':conns', key .. ':load', key .. ':parked', key .. ':acw') > 0 then
    return
  end
  out[#out + 1] = floor_event(tag, now, name, joined('e', 'agent', 'why', 'deleted'))
  redis.call('SREM', tag .. ':agents', name)
  redis.call('DEL', key, key .. ':skills')
  for _, list in ipairs({':away', ':lost', ':retired'}) do
    redis.call('ZREM', tag .. list, name)
  end
end

-- before now: agents who have been away since `before` (ms) or longer go off queue, and who is deleted leaves.
-- → {'ok', event…}
local function agent_gone(keys, args)
  local tag, a = keys[1], named(args)
  local out = {'ok'}
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', tag .. ':away', '-inf', a.before, 'LIMIT', 0, 100)) do
    local key = tag .. ':agent:' .. name
    redis.call('ZREM', tag .. ':away', name)
    if redis.call('SCARD', key .. ':conns') == 0 and redis.call('HGET', key, 'on') == '1' then
      redis.call('HSET', key, 'on', '0', 'nr', '0')
      out[#out + 1] = floor_event(tag, a.now, name, joined('e', 'agent', 'why', 'gone'))
    end
  end
  for _, name in ipairs(redis.call('ZRANGE', tag .. ':retired', 0, DEPART_MAX - 1)) do
    depart(tag, name, a.now, out)
  end
  return out
end

-- q a ring (from 1; 0: no member any more) by now: who serves a queue. → {'ok', event} | {'again'}
local function member_put(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':queue:' .. a.q .. ':members'
  local before = redis.call('HGET', key, a.a) or '0'
  if before == a.ring then
    return {'again'}
  end
  if a.ring == '0' then
    redis.call('HDEL', key, a.a)
  else
    redis.call('HSET', key, a.a, a.ring)
    redis.call('SADD', tag .. ':staffed', a.q)
  end
  return {'ok', audited(tag, 'at', a.now, 'a', '', 'e', 'member', 'q', a.q, 'who', a.a, 'ring', a.ring,
    'before', before, 'by', a.by)}
end

-- a skill level (1 to 5; 0: not any more) by now: what an agent is good at. → {'ok', event} | {'again'}
local function skill_put(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':agent:' .. a.a .. ':skills'
  local before = redis.call('HGET', key, a.skill) or '0'
  if before == a.level then
    return {'again'}
  end
  redis.call('SADD', tag .. ':agents', a.a)
  if a.level == '0' then
    redis.call('HDEL', key, a.skill)
  else
    redis.call('HSET', key, a.skill, a.level)
  end
  return {'ok', audited(tag, 'at', a.now, 'a', '', 'e', 'skill', 'who', a.a, 'skill', a.skill,
    'level', a.level, 'before', before, 'by', a.by)}
end

local CONVERSATION_FIELDS = {'state', 'agent', 'queue', 'epoch', 'at', 'until', 'last', 'tried', 'leg', 'prio',
  'skills', 'entered', 'kind', 'from', 'pref', 'pref_until'}

-- More of them than unpack() can.
local function append(row, values)
  for i = 1, #values do
    row[#row + 1] = values[i]
  end
  return row
end

-- {name, ring, name, ring…} behind the queue's name
local function queue_row(tag, name)
  return append({name}, redis.call('HGETALL', tag .. ':queue:' .. name .. ':members'))
end

-- {name, routing, load, cap, conns, since, routing_since, presence, presence_since, after, skill, level, skill…}
local function agent_row(tag, name)
  local f = agents.of(tag, name)
  local known = redis.call('HMGET', f.key, 'presence', 'presence_since')
  return append({name, agents.routing(f), f.load + f.holds, tonumber(f.cap), f.conns, f.since, f.told_since or '0',
    known[1] or '', known[2] or '0', f.after}, redis.call('HGETALL', f.key .. ':skills'))
end

-- {id, state, agent, queue…}, in the order of CONVERSATION_FIELDS
local function conversation_row(tag, id)
  local c, row = conversation(tag, id) or {}, {id}
  for i, field in ipairs(CONVERSATION_FIELDS) do
    row[i + 1] = c[field] or ''
  end
  return row
end

local FLOOR_LISTS = {
  queues = {'SSCAN', ':staffed', 1, queue_row},
  agents = {'SSCAN', ':agents', 1, agent_row},
  waiting = {'ZSCAN', ':waiting', 2, conversation_row},
  alerting = {'ZSCAN', ':alerting', 2, conversation_row},
}

-- of (queues with their members, agents with their skills, waiting, alerting) cursor ('0': the first page) limit:
-- the floor as it is, for a router that begins or makes sure. What is there from the first page to the last is
-- in one of them, perhaps in two. → {next cursor ('0': that was the last), how many wait, how many ring, rows, the
-- newest event ('': none)}
local function floor_read(keys, args)
  local tag, a = keys[1], named(args)
  local list = FLOOR_LISTS[a.of]
  local page = redis.call(list[1], tag .. list[2], a.cursor, 'COUNT', a.limit)
  local rows = {}
  for i = 1, #page[2], list[3] do
    rows[#rows + 1] = list[4](tag, page[2][i])
  end
  local newest = redis.call('XREVRANGE', tag .. ':events', '+', '-', 'COUNT', 1)[1]
  return {page[1], redis.call('ZCARD', tag .. ':waiting'), redis.call('ZCARD', tag .. ':alerting'), rows,
    newest and newest[1] or ''}
end

floor_function('agent_status', agent_status)
floor_function('agent_up', agent_up)
floor_function('agent_down', agent_down)
floor_function('agent_sweep', agent_sweep)
floor_function('agent_gone', agent_gone)
floor_function('agent_retire', agent_retire)
floor_function('agent_presence', agent_presence)
floor_function('floor_read', floor_read)
floor_function('member_put', member_put)
floor_function('skill_put', skill_put)
