-- What its agent does with a conversation beside answering it: notes for colleagues, and giving it to a
-- queue or to another agent.

-- → where it stands in the thread, and its event
local function write_note(tag, a, c, text)
  local position = redis.call('XADD', tag .. ':conv:' .. a.conv .. ':msgs', '*', 'd', 'n', 't', text, 'a', a.agent)
  return position, event(tag, 'e', 'note', 'c', a.conv, 'p', position, 'a', a.agent, 's', 'connected',
    'q', c.queue, 'leg', c.leg, 'at', a.now)
end

-- fence now conv agent ref text: a note for colleagues; the customer never gets it.
-- → {'ok', position, event} | {'again', position} | {'not_yours'} | {'fenced'}
local function note(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local before = said_before(tag, 'note', a)
  if before then
    return {'again', before}
  end
  local c = held(tag, a)
  if not c then
    return {'not_yours'}
  end
  local position, told = write_note(tag, a, c, a.text)
  remember_ref(tag, 'note', a, position)
  return {'ok', position, told}
end

-- What it asks for from now on, where that changes: `skills` begins with `=`, behind which there may be none.
local function changed_needs(a)
  local out = {}
  for _, name in ipairs({'skills', 'prio'}) do
    if (a[name] or '') ~= '' then
      out[#out + 1] = name
      out[#out + 1] = a[name]
    end
  end
  return unpack(out)
end

-- fence now conv agent ref queue ('': where it is) target (an agent, or '') note, and what after-call work the agent has
-- (mode pending acw_until acw_holds, as in disconnect): the agent's leg ends and the next
-- one waits in that queue, or rings at that agent first. skills (`=` and names with commas) and prio where they change.
-- → {'ok', event…} | {'again'} | {'not_yours'} | {'busy'} | {'fenced'}
local function transfer(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  if said_before(tag, 'transfer', a) then
    return {'again'}
  end
  local c = held(tag, a)
  if not c then
    return {'not_yours'}
  elseif a.busy == '1' then
    return {'busy'}
  end
  local out, queue = {'ok'}, a.queue ~= '' and a.queue or c.queue
  if a.note ~= '' then
    local _, told = write_note(tag, a, c, a.note)
    out[2] = told
  end
  redis.call('HSET', tag .. ':conv:' .. a.conv, 'state', 'queued', 'agent', '', 'leg', c.leg + 1, 'queue', queue)
  local work = work_of(a, a.pending == '1')
  end_leg(tag, {conv = a.conv, agent = a.agent, now = a.now}, c, 'transfer', work.mode, work.till)
  remember_ref(tag, 'transfer', a, queue)
  out[#out + 1] = event(tag, 'e', 'transferred', 'c', a.conv, 'a', a.agent, 'leg', c.leg + 1, 'q', queue,
    'from_q', c.queue, 'target', a.target, 's', 'queued', 'ours', c.ours, 'customer', c.customer,
    'acw', work.acw, 'acw_mode', work.mode, 'acw_until', work.till, 'acw_holds', work.holds, 'at', a.now,
    changed_needs(a))
  return out
end

-- fence now conv agent ref note: a colleague is going to be asked whether they take it (consult_begin), and that is
-- for them. → {'ok', queue, event?} | {'again', queue} | {'not_yours'} | {'busy'} | {'fenced'}
local function consult(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local before = said_before(tag, 'consult', a)
  if before then
    return {'again', before}
  end
  local c = held(tag, a)
  if not c then
    return {'not_yours'}
  elseif a.busy == '1' then
    return {'busy'}
  end
  local out = {'ok', c.queue}
  if a.note ~= '' then
    local _, told = write_note(tag, a, c, a.note)
    out[3] = told
  end
  remember_ref(tag, 'consult', a, c.queue)
  return out
end

-- fence now conv leg agent from queue scopes; mode pending acw_until acw_holds of the leg that ends: who was
-- asked by `from` has accepted. On the floor it is theirs whatever `from` has done with it in the meantime.
-- → {'ok', event…} | {'done'} | {'fenced'}
local function hand_over(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local c = named(redis.call('HGETALL', tag .. ':conv:' .. a.conv))
  local leg, theirs = tonumber(c.leg), c.agent == a.from and c.state ~= 'queued' and c.state ~= 'closed'
  if c.state == 'queued' and c.leg == a.leg then
    return {'ok', take_up(tag, a, c, a.queue)}
  elseif leg ~= tonumber(a.leg) - 1 or (not theirs and c.state ~= 'closed') then
    return {'done'}
  end
  local out = {'ok'}
  if theirs then
    local work = work_of(a, a.pending == '1')
    end_leg(tag, {conv = a.conv, agent = a.from, now = a.now}, c, 'consult', work.mode, work.till)
    out[2] = event(tag, 'e', 'handed_over', 'c', a.conv, 'a', a.from, 'leg', c.leg, 'q', c.queue, 'to', a.agent,
      'to_q', a.queue, 'ours', c.ours, 'customer', c.customer, 'why', 'consult', 'acw', work.acw,
      'acw_mode', work.mode, 'acw_until', work.till, 'acw_holds', work.holds, 'at', a.now)
  end
  out[#out + 1] = take_up(tag, a, c, a.queue)
  return out
end

redis.register_function('consult', consult)
redis.register_function('hand_over', hand_over)
redis.register_function('note', note)
redis.register_function('transfer', transfer)
