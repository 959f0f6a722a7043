-- Who serves which queue and what they are good at, many at a time; and what follows for the floor when a user
-- is changed. Each is one step with its events, of which routers are told on the channel `acd:staff`.

-- The arguments whose names begin with `prefix`, without it, as {name, value}…
local function prefixed(args, prefix)
  local out = {}
  for i = 1, #args, 2 do
    if string.sub(args[i], 1, #prefix) == prefix then
      out[#out + 1] = {string.sub(args[i], #prefix + 1), args[i + 1]}
    end
  end
  return out
end

-- By what a set of {name, number…} is known: the same for as long as it is the same.
local function mark_of(flat)
  local lines = {}
  for i = 1, #flat, 2 do
    lines[#lines + 1] = flat[i] .. '\0' .. flat[i + 1]
  end
  table.sort(lines)
  return redis.sha1hex(table.concat(lines, '\n'))
end

-- Where the members of a queue are, or the skills of an agent.
local function staff_key(tag, a)
  return a.q and tag .. ':queue:' .. a.q .. ':members' or tag .. ':agent:' .. a.a .. ':skills'
end

-- Whoever says what they have seen (`match`, as in If-Match) changes that and nothing else: {'changed', mark} or nil.
local function unseen(tag, a)
  if (a.match or '') == '' or a.match == '*' then
    return nil
  end
  local mark = mark_of(redis.call('HGETALL', staff_key(tag, a)))
  return not string.find(a.match, '"' .. mark .. '"', 1, true) and {'changed', mark} or nil
end

-- `out` with the mark of what is there now
local function told(tag, a, out)
  if #out > 1 then
    redis.call('PUBLISH', 'acd:staff', '')
  end
  table.insert(out, 2, mark_of(redis.call('HGETALL', staff_key(tag, a))))
  return out
end

-- q or a: the members of a queue, or what an agent is good at → {mark, {name, number…}}
local function staff_read(keys, args)
  local rows = redis.call('HGETALL', staff_key(keys[1], named(args)))
  return {mark_of(rows), rows}
end

local function put_member(tag, a, queue, agent, ring, out)
  local key = tag .. ':queue:' .. queue .. ':members'
  local before = redis.call('HGET', key, agent) or '0'
  if before == ring then
    return
  end
  if ring == '0' then
    redis.call('HDEL', key, agent)
  else
    redis.call('HSET', key, agent, ring)
    redis.call('SADD', tag .. ':staffed', queue)
  end
  out[#out + 1] = audited(tag, 'at', a.now, 'a', '', 'e', 'member', 'q', queue, 'who', agent, 'ring', ring,
    'before', before, 'by', a.by)
end

-- by now q match, m:<agent> ring (from 1; 0: no member any more)… → {'ok', mark, event…} | {'missing', agent}: no such
-- user | {'missing', ''}: no such queue | {'changed', mark}: not what they have seen. All of it or nothing.
local function members_put(keys, args)
  local tag, a, out = keys[1], named(args), {'ok'}
  if redis.call('EXISTS', tag .. ':queue:' .. a.q) == 0 then
    return {'missing', ''}
  end
  local refusal = unseen(tag, a)
  if refusal then
    return refusal
  end
  local members = prefixed(args, 'm:')
  for _, member in ipairs(members) do
    if member[2] ~= '0' and redis.call('EXISTS', tag .. ':user:' .. member[1]) == 0 then
      return {'missing', member[1]}
    end
  end
  for _, member in ipairs(members) do
    put_member(tag, a, a.q, member[1], member[2], out)
  end
  return told(tag, a, out)
end

local function put_skill(tag, a, skill, level, out)
  local key = tag .. ':agent:' .. a.a .. ':skills'
  local before = redis.call('HGET', key, skill) or '0'
  if before == level then
    return
  end
  if level == '0' then
    redis.call('HDEL', key, skill)
  else
    redis.call('SADD', tag .. ':agents', a.a)
    redis.call('HSET', key, skill, level)
  end
  out[#out + 1] = audited(tag, 'at', a.now, 'a', '', 'e', 'skill', 'who', a.a, 'skill', skill, 'level', level,
    'before', before, 'by', a.by)
end

-- by now a match whole ('1': what is not named is taken away), s:<skill> level (1..5; 0: not any more)… →
-- {'ok', mark, event…} | {'missing', ''}: no such user | {'missing', skill} | {'changed', mark}. All of it or nothing.
local function skills_put(keys, args)
  local tag, a, out = keys[1], named(args), {'ok'}
  if redis.call('EXISTS', tag .. ':user:' .. a.a) == 0 then
    return {'missing', ''}
  end
  local refusal = unseen(tag, a)
  if refusal then
    return refusal
  end
  local wanted, skills = {}, prefixed(args, 's:')
  for _, skill in ipairs(skills) do
    if skill[2] ~= '0' and redis.call('EXISTS', tag .. ':skill:' .. skill[1]) == 0 then
      return {'missing', skill[1]}
    end
    wanted[skill[1]] = true
  end
  if a.whole == '1' then
    for _, skill in ipairs(redis.call('HKEYS', tag .. ':agent:' .. a.a .. ':skills')) do
      if not wanted[skill] then
        put_skill(tag, a, skill, '0', out)
      end
    end
  end
  for _, skill in ipairs(skills) do
    put_skill(tag, a, skill[1], skill[2], out)
  end
  return told(tag, a, out)
end

-- a → {queue, ring…} of which the agent is a member
local function queues_of(keys, args)
  local tag, a, out = keys[1], named(args), {}
  for _, queue in ipairs(redis.call('SMEMBERS', tag .. ':staffed')) do
    local ring = redis.call('HGET', tag .. ':queue:' .. queue .. ':members', a.a)
    if ring then
      out[#out + 1], out[#out + 2] = queue, ring
    end
  end
  return out
end

-- agent now cap: how many conversations they may have, where they were ever on the floor. → {'ok', event} | {'again'}
local function agent_capacity(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':agent:' .. a.agent
  local before = redis.call('HGET', key, 'cap')
  if not before or before == a.cap then
    return {'again'}
  end
  redis.call('HSET', key, 'cap', a.cap)
  return {'ok', floor_event(tag, a.now, a.agent, joined('e', 'agent', 'why', 'capacity'))}
end

-- q cursor ('0': the first page) limit: of the conversations of a queue those that agents have, ringing, connected or
-- parked, a page of agents at a time. → {next cursor ('0': that was the last), how many}
local function queue_held(keys, args)
  local tag, a = keys[1], named(args)
  local page, held = redis.call('SSCAN', tag .. ':agents', a.cursor, 'COUNT', a.limit), 0
  for _, name in ipairs(page[2]) do
    local who = tag .. ':agent:' .. name
    for _, id in ipairs(redis.call('SUNION', who .. ':load', who .. ':parked')) do
      held = held + ((conversation(tag, id) or {}).queue == a.q and 1 or 0)
    end
  end
  return {page[1], held}
end

local SCANNED = 5000 -- audits looked through in one call

-- What was changed of a customer, where that is still known, in place of the names alone.
local function with_changes(tag, row, m)
  if m.kind ~= 'customer' then
    return row[2]
  end
  local kept = redis.call('HGET', tag .. ':customer:' .. m.id .. ':changes', m.version)
  for i = 1, #row[2], 2 do
    if row[2][i] == 'what' and kept then
      row[2][i + 1] = kept
    end
  end
  return row[2]
end

-- before (an id of `audit`; '': from the newest) limit, and whose, of what kind and of which id ('' for any):
-- who kind id. → {where to go on, '' at the end, {{id, field, value…}…}}, the newest first
local function audits(keys, args)
  local tag, a, out = keys[1], named(args), {}
  local from, looked = a.before == '' and '+' or '(' .. a.before, 0
  while looked < SCANNED do
    local rows = redis.call('XREVRANGE', tag .. ':audit', from, '-', 'COUNT', 500)
    for _, row in ipairs(rows) do
      local m = named(row[2])
      looked, from = looked + 1, '(' .. row[1]
      if (a.who == '' or a.who == (m.by or m.who)) and (a.kind == '' or a.kind == (m.kind or m.e))
        and (a.id == '' or a.id == (m.by and m.who or m.id)) then
        out[#out + 1] = {row[1], unpack(with_changes(tag, row, m))}
        if #out == tonumber(a.limit) then
          return {row[1], out}
        end
      end
    end
    if #rows < 500 then
      return {'', out}
    end
  end
  return {string.sub(from, 2), out}
end

redis.register_function('audits', audits)
redis.register_function('members_put', members_put)
redis.register_function('skills_put', skills_put)
redis.register_function('staff_read', staff_read)
redis.register_function('queues_of', queues_of)
redis.register_function('queue_held', queue_held)
floor_function('agent_capacity', agent_capacity)
