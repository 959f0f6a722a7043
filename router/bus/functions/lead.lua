-- What supervisors do with conversations that are not theirs, and read of them. Each is once by its ref, and in
-- an event that says who.

-- by agent ref now, of the tag {u}: every session of that agent ends. → {'ok'} | {'again'} | {'no'}: is none
local function user_sign_out(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':user:' .. a.agent
  if ordered_before(tag, 'sign_out', a) then
    return {'again'}
  end
  if not string.find(redis.call('HGET', key, 'roles') or '', 'agent', 1, true) then
    return {'no'}
  end
  remember_order(tag, 'sign_out', a)
  redis.call('HSET', key, 'changed_ms', a.now)
  event(tag, 'e', 'signed_out', 'a', a.agent, 'by', a.by, 'at', a.now)
  return {'ok'}
end

-- now conv by ref queue ('': where it is) target (an agent, or ''): whoever has it loses it, and it waits in that
-- queue, or rings at that agent first. → {'ok', event} | {'again'} | {'no'}: it is over
local function lead_transfer(keys, args)
  local tag, a = keys[1], named(args)
  if ordered_before(tag, 'lead_transfer', a) then
    return {'again'}
  end
  local c = named(redis.call('HGETALL', tag .. ':conv:' .. a.conv))
  if not c.state or c.state == 'closed' then
    return {'no'}
  end
  local queue, agent, leg = a.queue ~= '' and a.queue or c.queue, c.agent or '', tonumber(c.leg)
  if agent ~= '' then
    end_leg(tag, {conv = a.conv, agent = agent, now = a.now}, c, 'transfer', '', '0')
    leg = leg + 1
  end
  redis.call('HSET', tag .. ':conv:' .. a.conv, 'state', 'queued', 'agent', '', 'leg', leg, 'queue', queue)
  remember_order(tag, 'lead_transfer', a)
  return {'ok', event(tag, 'e', 'transferred', 'c', a.conv, 'a', agent, 'leg', leg, 'q', queue, 'from_q', c.queue,
    'target', a.target, 's', 'queued', 'ours', c.ours, 'customer', c.customer, 'by', a.by, 'at', a.now)}
end

-- now conv by ref: somebody begins to read along. → {'ok', event} | {'again'} | {'no'}
local function read_along(keys, args)
  local tag, a = keys[1], named(args)
  if ordered_before(tag, 'read_along', a) then
    return {'again'}
  end
  local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'agent')
  if not c[1] then
    return {'no'}
  end
  remember_order(tag, 'read_along', a)
  return {'ok', event(tag, 'e', 'read_along', 'c', a.conv, 'by', a.by, 'a', c[2] or '', 's', c[1], 'at', a.now)}
end

-- ids of conversations on the floor → {ours, customer, kind, from} each, with empty texts for one that has gone
local function conv_parties(keys, args)
  local tag, out = keys[1], {}
  for i = 1, #args do
    local c = redis.call('HMGET', tag .. ':conv:' .. args[i], 'ours', 'customer', 'kind', 'from')
    out[i] = {c[1] or '', c[2] or '', c[3] or '', c[4] or ''}
  end
  return out
end

redis.register_function('user_sign_out', user_sign_out)
redis.register_function('lead_transfer', lead_transfer)
redis.register_function('read_along', read_along)
redis.register_function('conv_parties', conv_parties)
