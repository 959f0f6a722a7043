-- Places on the floor: what comes to wait, leaves, moves to another queue or agent, is parked or is given
-- to an agent without an offer. Each is a step that an event of the conversation asks for (repeated_step),
-- so each is done once. `leg` is the conversation's: what is said of another than the one that is here came
-- too late and changes nothing.

local REMIND_MS = 5000          -- until a deadline of which nothing came is told again
local DUE_MAX = 100             -- deadlines of a kind told at once

-- What a conversation that waits is, for whoever chooses. Where it is meant for one agent it rings there,
-- if they can take it: a.target, with a['until'] and a.auto. Appended to `out`.
local function wait(tag, id, c, a, out)
  keep(tag, id, c, {state = 'waiting', agent = '', ['until'] = '', tried = ''})
  redis.call('ZADD', tag .. ':waiting', c.at, id)
  out[#out + 1] = conv_event(tag, a.now, '', 'waiting', id, c, joined('last', c.last or '', 'pref', c.pref or '',
    'pref_until', c.pref_until or '', 'target', a.target or '',
    'promised', redis.call('HGET', tag .. ':queue:' .. c.queue, 'service_level_s') or ''))
  if (a.target or '') ~= '' and fits(tag, a.target) then
    return ring(tag, id, c, a.target, a, c.kind or 'transfer', out)
  end
  return out
end

-- Out of every list and set; its hash stays. → the agent it was with, ''.
local function take_off(tag, id, c)
  local name = c.agent or ''
  if c.state == 'waiting' then
    redis.call('ZREM', tag .. ':waiting', id)
  elseif c.state == 'parked' then
    redis.call('ZREM', tag .. ':parked', id)
    redis.call('SREM', tag .. ':agent:' .. name .. ':parked', id)
  elseif name ~= '' then
    agents.remove(tag, name, 'load', id)
  end
  return name
end

-- Nobody is asked beside its agent any more; appended to `out`.
local function end_consult(tag, id, why, now, out)
  local beside = id .. '~c'
  local c = conversation(tag, beside)
  if not c then
    return out
  end
  local was = c.state
  if c.state == 'alerting' then
    out[#out + 1] = offer_back(tag, beside, c, 'rescinded', now)
  end
  take_off(tag, beside, c)
  redis.call('DEL', tag .. ':conv:' .. beside)
  out[#out + 1] = conv_event(tag, now, '', 'released', beside, c, joined('why', why, 'was', was, 'alone', c.alone or ''))
  return out
end

-- Takes it from whoever has it, or from where it waits. Appended to `out`; → the agent who had it, ''.
local function withdraw(tag, id, c, why, now, out)
  end_consult(tag, id, why, now, out)
  if c.state == 'alerting' then
    out[#out + 1] = offer_back(tag, id, c, 'rescinded', now)
  end
  return take_off(tag, id, c)
end

-- a.acw = 'pending': the agent has after-call work for that leg, until a.acw_until (ms; '0': until they say
-- so), and with a.acw_holds = '1' it holds their slot; who is no user any more (agent_retire) will never say so.
-- `agent:<name>:acw` has both of a leg, `<conversation> <leg>`, and behind tabs its queue and the two numbers.
local function begin_acw(tag, name, c, id, leg, a)
  if a.acw ~= 'pending' or name == '' then
    return
  end
  agents.changed(name)
  redis.call('HSET', tag .. ':agent:' .. name .. ':acw', id .. ' ' .. leg, table.concat({a.acw_until .. ' ' .. a.acw_holds,
    c.queue or '', c.ours or '', c.customer or ''}, '\t'))
  local till = redis.call('ZSCORE', tag .. ':retired', name) and a.now or a.acw_until
  if till ~= '0' then
    redis.call('ZADD', tag .. ':acw', till, c.part .. ' ' .. leg .. ' ' .. id .. ' ' .. name)
  end
end

do
-- After-call work of a leg that is over where the conversation is another's by now: who was asked about it has accepted.
-- → {'ok', event}, or {'done'} where there is none
local function begin_acw_alone(tag, name, leg, a)
  if a.acw ~= 'pending' or (name or '') == '' then
    return {'done'}
  end
  local c = conversation(tag, a.conv) or {}
  begin_acw(tag, name, {part = a.part, queue = a.had_q, ours = c.ours, customer = c.customer}, a.conv, leg, a)
  return {'ok', floor_event(tag, a.now, name, joined('e', 'acw_began', 'c', a.conv, 'q', a.had_q or '', 'leg', leg, 'part', a.part,
    'acw_until', a.acw_until, 'acw_holds', a.acw_holds))}
end

-- source id prev conv part leg queue at (when it began to wait, ms) ours customer last now; prio (a point is a
-- minute of waiting), skills (with commas) that it asks for, entered (this queue, else `at`), pref
-- (`agent:score,…`) who are asked alone until pref_until; target until auto: whom it is meant for.
-- → {'ok', event…} | {'done'} | {'gap'}
local function conv_enqueue(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = repeated_step(tag, a) or redis.call('EXISTS', tag .. ':conv:' .. a.conv) == 1 and 'done'
  if refusal then
    return {refusal}
  end
  local c, entered = {}, (a.entered or '') ~= '' and a.entered or a.at
  change(c, {part = a.part, leg = a.leg, queue = a.queue, at = a.at, ours = a.ours,
    customer = a.customer, last = a.last, epoch = 0, prio = a.prio or '0', skills = a.skills or '',
    entered = entered, pref = a.pref or '', pref_until = a.pref_until or ''})
  return wait(tag, a.conv, c, a, {'ok'})
end

-- → the answer of conv_release, and whether somebody or a queue was rid of it
local function release(tag, a)
  local refusal = repeated_step(tag, a)
  if refusal then
    return {refusal}
  end
  local c, out = conversation(tag, a.conv), {'ok'}
  if not c or c.leg ~= a.leg then
    return begin_acw_alone(tag, a.had, a.leg, a)
  end
  local was = c.state
  local name = withdraw(tag, a.conv, c, 'released', a.now, out)
  redis.call('DEL', tag .. ':conv:' .. a.conv)
  begin_acw(tag, name, c, a.conv, a.leg, a)
  out[#out + 1] = conv_event(tag, a.now, name, 'released', a.conv, c, 'why\0' .. (a.why or '') .. '\0was\0' .. was
    .. '\0acw\0' .. (name ~= '' and a.acw or '') .. '\0acw_until\0' .. (a.acw_until or '')
    .. '\0acw_holds\0' .. (a.acw_holds or '') .. '\0talk\0' .. agents.talk(c, a.now))
  return out, true
end

local function release_told(_, now, _, source, id, prev, conv, leg, part, why, _, acw, had, had_q, acw_until, acw_holds, next,
    agent, till, auto, how, q, ring, need, members_only, behind, seen)
  return {now = now, source = source, id = id, prev = prev, conv = conv, leg = leg, part = part, why = why, acw = acw, had = had,
    had_q = had_q, acw_until = acw_until, acw_holds = acw_holds, next = next, agent = agent, ['until'] = till, auto = auto,
    how = how, q = q, ring = ring, need = need, members_only = members_only, behind = behind, seen = seen}
end

-- source id prev conv part leg now; why; acw acw_until acw_holds, and had and had_q, whose they are: the conversation
-- was closed, or its agent's leg ended. → {'ok', event…} | {'done'} | {'gap'}
-- next, and what offer_make takes beside conv: what is offered in the same step, which is chosen for an agent who is
-- free by it; where it cannot be, the last element of the answer is {'no', why}. All of it by name or in the order of
-- release_told, which ends behind acw_holds where nothing is offered.
local function conv_release(keys, args)
  local tag, a = keys[1], args[1] == '' and release_told(unpack(args)) or named(args)
  local out, released = release(tag, a)
  if a.next then
    a.conv = a.next
    local refusal = not released and {'no', 'release'} or agents.offer(tag, a, out)
    out[#out + 1] = refusal
  end
  return out
end

-- source id prev conv part leg (from now on; one more than before where an agent had it) now why (transfer,
-- reclaimed…) from (who asked) queue last; at prio skills entered pref pref_until where they change; target
-- until auto as above; acw, had and had_q as above, of the leg that ends. → {'ok', event…} | {'done'} | {'gap'}
local function conv_move(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = repeated_step(tag, a)
  if refusal then
    return {refusal}
  end
  local c, out = conversation(tag, a.conv), {'ok'}
  -- What waits may have been accepted in the meantime; the conversation hears of that behind its own step.
  if not c or tonumber(c.leg) > tonumber(a.leg)
    or (c.leg == a.leg and (c.state == 'connected' or c.state == 'parked')) then
    return begin_acw_alone(tag, a.had, tonumber(a.leg) - 1, a)
  end
  local was = c.state
  local name = withdraw(tag, a.conv, c, a.why, a.now, out)
  if c.leg ~= a.leg then
    begin_acw(tag, name, c, a.conv, c.leg, a)
  end
  out[#out + 1] = conv_event(tag, a.now, name, 'moved', a.conv, c, joined('to', a.queue, 'why', a.why, 'by', a.from or '',
    'was', was, 'acw', name ~= '' and a.acw or '', 'acw_until', a.acw_until or '', 'acw_holds', a.acw_holds or '',
    'talk', agents.talk(c, a.now)))
  change(c, {leg = a.leg, queue = a.queue, at = a.at or c.at, prio = a.prio or c.prio or '0',
    skills = a.skills or c.skills or '', last = a.last or '', entered = a.entered or a.now, kind = a.why,
    from = a.from or '', pref = a.pref or '', pref_until = a.pref_until or '', ring = '', how = '', began = ''})
  return wait(tag, a.conv, c, a, out)
end

-- source id prev conv part leg queue agent at ours customer how (outbound or resume) now: an agent has it,
-- without an offer. → {'ok', event} | {'done'} | {'gap'}
local function conv_assign(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = repeated_step(tag, a)
  if refusal then
    return {refusal}
  end
  local c = conversation(tag, a.conv)
  if c and (c.state ~= 'parked' or c.leg ~= a.leg or c.agent ~= a.agent) then
    return {'done'}
  end
  if c then
    take_off(tag, a.conv, c)
  else
    c = {}
    change(c, {part = a.part, leg = a.leg, queue = a.queue, at = a.at, entered = a.at, ours = a.ours,
      customer = a.customer, epoch = 0})
  end
  keep(tag, a.conv, c, {state = 'connected', agent = a.agent, ['until'] = '', how = a.how, began = a.now})
  agents.add(tag, a.agent, 'load', a.conv)
  return {'ok', conv_event(tag, a.now, a.agent, 'assigned', a.conv, c, 'talk\0')}
end

-- source id prev conv leg agent until (ms; '0': until they say so) now: its agent puts it aside, or says
-- another time; it does not count in their load. → {'ok', event…} | {'done'} | {'gap'}
local function conv_park(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = repeated_step(tag, a)
  if refusal then
    return {refusal}
  end
  local c, out = conversation(tag, a.conv), {'ok'}
  if not c or (c.state ~= 'connected' and c.state ~= 'parked') or c.leg ~= a.leg or c.agent ~= a.agent then
    return {'done'}
  end
  end_consult(tag, a.conv, 'parked', a.now, out)
  take_off(tag, a.conv, c)
  local talk = agents.talk(c, a.now)
  keep(tag, a.conv, c, {state = 'parked', ['until'] = a['until'], began = ''})
  redis.call('SADD', tag .. ':agent:' .. a.agent .. ':parked', a.conv)
  if a['until'] ~= '0' then
    redis.call('ZADD', tag .. ':parked', a['until'], a.conv)
  end
  out[#out + 1] = conv_event(tag, a.now, a.agent, 'parked', a.conv, c, joined('until', a['until'], 'talk', talk))
  return out
end

-- source id prev conv part leg agent had_q acw_until acw_holds now: after-call work of a leg that ended by itself,
-- when a consultation was accepted. → {'ok', event} | {'done'} | {'gap'}
local function acw_begin(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = repeated_step(tag, a)
  if refusal then
    return {refusal}
  end
  a.acw = 'pending'
  return begin_acw_alone(tag, a.agent, a.leg, a)
end

-- source id prev conv part leg agent now: it is done, or its time is over. → {'ok', event} | {'done'} | {'gap'}
local function acw_end(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = repeated_step(tag, a)
  if refusal then
    return {refusal}
  end
  if redis.call('HDEL', tag .. ':agent:' .. a.agent .. ':acw', a.conv .. ' ' .. a.leg) == 0 then
    return {'done'}
  end
  redis.call('ZREM', tag .. ':acw', a.part .. ' ' .. a.leg .. ' ' .. a.conv .. ' ' .. a.agent)
  return {'ok', floor_event(tag, a.now, a.agent, joined('e', 'acw_ended', 'c', a.conv, 'leg', a.leg, 'part', a.part,
    'why', a.why or ''))}
end

local function due_acw(tag, now, out)
  for _, row in ipairs(redis.call('ZRANGEBYSCORE', tag .. ':acw', '-inf', now, 'LIMIT', 0, DUE_MAX)) do
    local part, leg, conv, name = string.match(row, '^(%d+) (%d+) (%S+) (.*)$')
    redis.call('ZADD', tag .. ':acw', 'XX', now + REMIND_MS, row)
    out[#out + 1] = {'acw', conv, name, part, leg}
  end
end

local function due_parked(tag, now, out)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', tag .. ':parked', '-inf', now, 'LIMIT', 0, DUE_MAX)) do
    local c = conversation(tag, id)
    redis.call('ZADD', tag .. ':parked', 'XX', now + REMIND_MS, id)
    out[#out + 1] = {'parked', id, c.agent, c.part, c.leg}
  end
end

-- What agents of that list who have been gone for so long have, connected or parked; told again after `remind` (ms). One
-- who has nothing is on it no more, unless they are about to leave (agent_gone).
local function due_gone(tag, list, before, remind, out)
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', tag .. list, '-inf', before, 'LIMIT', 0, DUE_MAX)) do
    local who = tag .. ':agent:' .. name
    local ids = redis.call('SUNION', who .. ':load', who .. ':parked')
    table.sort(ids)
    for _, id in ipairs(ids) do
      local c = conversation(tag, id)
      out[#out + 1] = {'reclaim', id, name, c.part, c.leg}
    end
    if #ids == 0 and list ~= ':retired' then
      redis.call('ZREM', tag .. list, name)
    else
      redis.call('ZADD', tag .. list, 'XX', before + remind, name)
    end
  end
end

-- reclaim (ms; '': never) now: deadlines that have passed, each told again until something comes of it; that of who is no
-- user any more passes at once.
-- → {'ok', {acw | parked | reclaim, conv, agent, part, leg}…}
local function floor_due(keys, args)
  local RECLAIM_REMIND_MS = 30000 -- until an agent who does not come back is told again
  local tag, a = keys[1], named(args)
  local out, now = {'ok'}, tonumber(a.now)
  due_acw(tag, now, out)
  due_parked(tag, now, out)
  due_gone(tag, ':retired', now, REMIND_MS, out)
  if a.reclaim ~= '' then
    due_gone(tag, ':lost', now - tonumber(a.reclaim), RECLAIM_REMIND_MS, out)
  end
  return out
end

floor_function('conv_enqueue', conv_enqueue)
floor_function('conv_release', conv_release)
floor_function('conv_move', conv_move)
floor_function('conv_assign', conv_assign)
floor_function('conv_park', conv_park)
floor_function('acw_begin', acw_begin)
floor_function('acw_end', acw_end)
floor_function('floor_due', floor_due)
end
