-- Offers, all under `{acd}`: `conv:<id>` is a conversation that waits for or has an agent, with the
-- epoch that fences its offers; `agent:<name>:load` are the conversations an agent has, `…:alert`
-- those of them that still ring. C chooses, these functions check and commit.

local function agent_facts(tag, name)
  local key = tag .. ':agent:' .. name
  local a = redis.call('HMGET', key, 'on', 'nr', 'cap')
  local load = redis.call('SCARD', key .. ':load')
  local alert = redis.call('SCARD', key .. ':alert')
  local routing = 'idle'
  if a[1] ~= '1' then
    routing = 'off_queue'
  elseif a[2] == '1' then
    routing = 'not_responding'
  elseif load > alert then
    routing = 'interacting'
  end
  return {routing = routing, load = load, cap = tonumber(a[3]) or 0}
end

-- An event of the floor; with an agent it also says what the agent is after it.
local function floor_event(tag, now, name, ...)
  if name == '' then
    return event(tag, 'at', now, 'a', '', ...)
  end
  local f = agent_facts(tag, name)
  local conns = redis.call('SCARD', tag .. ':agent:' .. name .. ':conns')
  local since = redis.call('HGET', tag .. ':agent:' .. name, 'since') or '0'
  return event(tag, 'at', now, 'a', name, 'ar', f.routing, 'al', f.load, 'ac', f.cap, 'an', conns,
    'as', since, ...)
end

-- source id prev conv part leg queue at (enqueued, ms) ours customer last now; prio (a point is a minute of
-- waiting) and skills (with commas) that it asks for: finds a conversation its place. It has entered the
-- queue when it was enqueued. → {'ok', event} | {'done'} | {'gap'}
local function conv_enqueue(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':conv:' .. a.conv
  local refusal = repeated_step(tag, a) or redis.call('EXISTS', key) == 1 and 'done'
  if refusal then
    return {refusal}
  end
  redis.call('HSET', key, 'part', a.part, 'leg', a.leg, 'queue', a.queue, 'at', a.at, 'ours', a.ours,
    'customer', a.customer, 'last', a.last, 'state', 'waiting', 'agent', '', 'tried', '', 'epoch', 0,
    'prio', a.prio or '0', 'skills', a.skills or '', 'entered', a.at)
  redis.call('ZADD', tag .. ':waiting', a.at, a.conv)
  return {'ok', floor_event(tag, a.now, '', 'e', 'waiting', 'c', a.conv, 'q', a.queue, 'leg', a.leg,
    'since', a.at, 'last', a.last, 'prio', a.prio or '0', 'skills', a.skills or '', 'entered', a.at)}
end

-- May the agent be offered what waits in that queue, in that ring, and needs those skills? Whom the last
-- agent's turn is for needs none of it.
local function may_serve(tag, a, queue)
  if a.last == '1' then
    return true
  end
  local members = tag .. ':queue:' .. queue .. ':members'
  local ring = redis.call('HGET', members, a.agent)
  if not ring and (a.members_only == '1' or redis.call('EXISTS', members) == 1) then
    return false
  elseif ring and tonumber(ring) > tonumber(a.ring or '0') + 1 then
    return false
  end
  for skill in string.gmatch(a.need or '', '[^,]+') do
    if redis.call('HEXISTS', tag .. ':agent:' .. a.agent .. ':skills', skill) == 0 then
      return false
    end
  end
  return true
end

-- conv agent until last ('1' where it is the last agent's turn) now; where the choice depends on them also
-- q (the queue that it was made for), ring (the conversation's, from 0), need (skills that every agent
-- needs) and members_only → {'ok', event} | {'no', why}
local function offer_make(keys, args)
  local tag, a = keys[1], named(args)
  local key, who = tag .. ':conv:' .. a.conv, tag .. ':agent:' .. a.agent
  local w = redis.call('HMGET', key, 'state', 'queue')
  if w[1] ~= 'waiting' or (a.q and a.q ~= w[2]) then
    return {'no', 'conversation'}
  end
  if not may_serve(tag, a, w[2]) then
    return {'no', 'membership'}
  end
  local f = agent_facts(tag, a.agent)
  if (f.routing ~= 'idle' and f.routing ~= 'interacting') or f.load >= f.cap
    or redis.call('SCARD', who .. ':conns') == 0 then
    return {'no', 'agent'}
  end
  local epoch = redis.call('INCR', tag .. ':epoch')
  redis.call('HSET', key, 'epoch', epoch, 'state', 'alerting', 'agent', a.agent, 'until', a['until'], 'tried',
    a.last == '1' and '1' or redis.call('HGET', key, 'tried') or '')
  redis.call('ZREM', tag .. ':waiting', a.conv)
  redis.call('ZADD', tag .. ':alerting', a['until'], a.conv)
  redis.call('SADD', who .. ':load', a.conv)
  redis.call('SADD', who .. ':alert', a.conv)
  redis.call('HSET', who, 'since', a.now)
  local c = redis.call('HMGET', key, 'queue', 'ours', 'customer', 'at', 'leg', 'prio', 'skills')
  local how = a.last == '1' and 'last' or (tonumber(a.ring) or 0) > 0 and 'bullseye' or 'standard'
  return {'ok', floor_event(tag, a.now, a.agent, 'e', 'offer', 'c', a.conv, 'epoch', epoch,
    'until', a['until'], 'q', c[1], 'ours', c[2], 'customer', c[3], 'since', c[4], 'leg', c[5],
    'last', a.last, 'prio', c[6] or '0', 'skills', c[7] or '', 'ring', a.ring or '0', 'how', how)}
end

-- conv agent epoch now → {'ok', event} | {'again'} | {'conflict'}
local function offer_accept(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':conv:' .. a.conv
  local c = redis.call('HMGET', key, 'state', 'agent', 'epoch', 'leg', 'part', 'queue', 'ours')
  if c[2] ~= a.agent or c[3] ~= a.epoch then
    return {'conflict'}
  end
  if c[1] == 'connected' then
    return {'again'}
  end
  if c[1] ~= 'alerting' then
    return {'conflict'}
  end
  redis.call('HSET', key, 'state', 'connected')
  redis.call('ZREM', tag .. ':alerting', a.conv)
  redis.call('SREM', tag .. ':agent:' .. a.agent .. ':alert', a.conv)
  return {'ok', floor_event(tag, a.now, a.agent, 'e', 'accepted', 'c', a.conv, 'epoch', a.epoch,
    'leg', c[4], 'part', c[5], 'q', c[6], 'ours', c[7])}
end

-- Ends an offer that is alerting: the conversation goes back to its place. why: declined, timeout
-- (both make the agent not_responding) or rescinded.
local function offer_back(tag, conv, name, why, now)
  local key, who = tag .. ':conv:' .. conv, tag .. ':agent:' .. name
  local c = redis.call('HMGET', key, 'epoch', 'at', 'queue', 'leg')
  redis.call('HSET', key, 'state', 'waiting', 'agent', '')
  redis.call('ZREM', tag .. ':alerting', conv)
  redis.call('ZADD', tag .. ':waiting', c[2], conv)
  redis.call('SREM', who .. ':load', conv)
  redis.call('SREM', who .. ':alert', conv)
  if why ~= 'rescinded' then
    redis.call('HSET', who, 'nr', '1')
  end
  return floor_event(tag, now, name, 'e', 'unoffered', 'c', conv, 'epoch', c[1], 'why', why,
    'q', c[3], 'since', c[2], 'leg', c[4])
end

-- Everything that rings at an agent goes back; appended to `out`.
local function rescind_all(tag, name, now, out)
  local ringing = redis.call('SMEMBERS', tag .. ':agent:' .. name .. ':alert')
  table.sort(ringing)
  for _, conv in ipairs(ringing) do
    out[#out + 1] = offer_back(tag, conv, name, 'rescinded', now)
  end
  return out
end

-- conv agent ('' = whoever has it) epoch why now → {'ok', event…} | {'conflict'}. After a decline or a
-- timeout what else rings at that agent is rescinded.
local function offer_end(keys, args)
  local tag, a = keys[1], named(args)
  local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'agent', 'epoch')
  if c[1] ~= 'alerting' or c[3] ~= a.epoch or (a.agent ~= '' and c[2] ~= a.agent) then
    return {'conflict'}
  end
  local out = {'ok', offer_back(tag, a.conv, c[2], a.why, a.now)}
  if a.why ~= 'rescinded' then
    rescind_all(tag, c[2], a.now, out)
  end
  return out
end

-- source id prev conv leg now: the conversation was closed. → {'ok', event} | {'done'} | {'gap'}
local function conv_release(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':conv:' .. a.conv
  local refusal = repeated_step(tag, a)
  if refusal then
    return {refusal}
  end
  local c = redis.call('HMGET', key, 'leg', 'agent', 'queue')
  if c[1] ~= a.leg then
    return {'done'}
  end
  local name = c[2] or ''
  redis.call('DEL', key)
  redis.call('ZREM', tag .. ':waiting', a.conv)
  redis.call('ZREM', tag .. ':alerting', a.conv)
  if name ~= '' then
    redis.call('SREM', tag .. ':agent:' .. name .. ':load', a.conv)
    redis.call('SREM', tag .. ':agent:' .. name .. ':alert', a.conv)
  end
  return {'ok', floor_event(tag, a.now, name, 'e', 'released', 'c', a.conv, 'q', c[3], 'leg', a.leg)}
end

-- The floor is worked by the router that holds its lease. What one that has lost it still asks for is
-- refused: its successor would not hear what came of it.
local function floor_function(name, f)
  redis.register_function(name, function(keys, args)
    for i = 1, #args, 2 do
      if args[i] == 'fence' and redis.call('GET', keys[1] .. ':lease') ~= args[i + 1] then
        return {'fenced'}
      end
    end
    return f(keys, args)
  end)
end

floor_function('conv_enqueue', conv_enqueue)
floor_function('offer_make', offer_make)
floor_function('offer_accept', offer_accept)
floor_function('offer_end', offer_end)
floor_function('conv_release', conv_release)
