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

-- The conversation of an order that is about to say that leg and agent have it; or nil, and why nothing comes of it.
local function ordered(tag, order, a)
  if fenced(tag, a) then
    return nil, 'fenced'
  elseif ordered_before(tag, order, a) then
    return nil, 'again'
  end
  local c = named(redis.call('HGETALL', tag .. ':conv:' .. a.conv))
  if not c.state or c.state == 'closed' then
    return nil, 'no'
  end
  local gone = c.leg ~= a.leg or (c.agent or '') ~= a.agent -- to somebody else in the meantime
  return not gone and c or nil, 'changed'
end

-- What an order takes away ends for its agent, with the after-call work that the order tells.
local function take_from(tag, a, c, why)
  redis.call('HDEL', tag .. ':conv:' .. a.conv, 'until', 'wake')
  if a.agent == '' then
    return work_of(a, false)
  end
  local work = work_of(a, a.pending == '1')
  end_leg(tag, {conv = a.conv, agent = a.agent, now = a.now}, c, why, work.mode, work.till)
  return work
end

-- now conv by ref order (the function that is going to commit): what the order is about.
-- → {'ok', leg, queue, agent ('': nobody has it)} | {'again'}: it is done | {'no'}: it is over
local function lead_look(keys, args)
  local tag, a = keys[1], named(args)
  if ordered_before(tag, a.order, a) then
    return {'again'}
  end
  local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'leg', 'queue', 'agent')
  if not c[1] or c[1] == 'closed' then
    return {'no'}
  end
  return {'ok', c[2], c[3], c[4] or ''}
end

-- fence now conv by ref leg agent (as lead_look saw them) queue ('': where it is) target (an agent, or ''), and what
-- after-call work the agent has (mode pending acw_until acw_holds): whoever has it loses it, and it waits in that
-- queue, or rings at that agent first. → {'ok', event} | {'again'} | {'no'}: it is over | {'changed'}: look again
-- | {'fenced'}
local function lead_transfer(keys, args)
  local tag, a = keys[1], named(args)
  local c, refusal = ordered(tag, 'lead_transfer', a)
  if not c then
    return {refusal}
  end
  local queue, leg = a.queue ~= '' and a.queue or c.queue, tonumber(c.leg) + (a.agent ~= '' and 1 or 0)
  local work = take_from(tag, a, c, 'transfer')
  redis.call('HSET', tag .. ':conv:' .. a.conv, 'state', 'queued', 'agent', '', 'leg', leg, 'queue', queue)
  remember_order(tag, 'lead_transfer', a)
  return {'ok', event(tag, 'e', 'transferred', 'c', a.conv, 'a', a.agent, 'leg', leg, 'q', queue, 'from_q', c.queue,
    'target', a.target, 's', 'queued', 'ours', c.ours, 'customer', c.customer, 'by', a.by,
    'acw', work.acw, 'acw_mode', work.mode, 'acw_until', work.till, 'acw_holds', work.holds, 'at', a.now)}
end

-- fence now conv by ref leg agent mode pending acw_until acw_holds as above: it is closed; where nobody had it yet, it
-- was given up. → as lead_transfer
local function lead_close(keys, args)
  local tag, a = keys[1], named(args)
  local c, refusal = ordered(tag, 'lead_close', a)
  if not c then
    return {refusal}
  end
  remember_order(tag, 'lead_close', a)
  return {'ok', over(tag, a, c, take_from(tag, a, c, 'supervisor'), 'supervisor')}
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

-- ids of conversations on the floor → {ours, customer, kind, from, state, agent, skills, prio} each, with empty texts for one that
-- has gone
local function conv_parties(keys, args)
  local tag, out = keys[1], {}
  for i = 1, #args do
    local c = conversation(tag, args[i]) or {}
    out[i] = {c.ours or '', c.customer or '', c.kind or '', c.from or '', c.state or '', c.agent or '',
      c.skills or '', c.prio or ''}
  end
  return out
end

redis.register_function('user_sign_out', user_sign_out)
redis.register_function('lead_look', lead_look)
redis.register_function('lead_transfer', lead_transfer)
redis.register_function('lead_close', lead_close)
redis.register_function('read_along', read_along)
redis.register_function('conv_parties', conv_parties)
