-- Assignment by hand, and asking somebody beside: `conv:<id>~c` is a second entry of a conversation, which
-- rings at an agent or waits in a queue while the first agent keeps it. The conversation changes hands when
-- it is accepted (offer_accept).

-- conv agent until auto by ref? now: a supervisor gives what waits, or rings elsewhere, to that agent. Skills, ring
-- and membership are not looked at. → {'ok', event…} | {'again'} | {'no', why}
local function conv_manual(keys, args)
  local tag, a = keys[1], named(args)
  if ordered_before(tag, 'manual', a) then
    return {'again'}
  end
  local c, out = conversation(tag, a.conv), {'ok'}
  if not c or (c.state ~= 'waiting' and c.state ~= 'alerting') or c.agent == a.agent
    or (c.kind == 'consult' and c.from == a.agent) then
    return {'no', 'conversation'}
  end
  if not fits(tag, a.agent) then
    return {'no', 'agent'}
  end
  if c.state == 'alerting' then
    out[#out + 1] = offer_back(tag, a.conv, c, 'rescinded', a.now)
    if c.alone then
      keep(tag, a.conv, c, {alone = a.agent})
    end
  end
  remember_order(tag, 'manual', a)
  return ring(tag, a.conv, c, a.agent, a, 'manual', out)
end

-- conv agent (who has it) ref queue target ('': whoever serves the queue) until auto now: a target is asked
-- alone, and it is over when they do not take it. prio and skills where others are asked for than the conversation
-- asks for. → {'ok', event…} | {'again'} | {'no', why}
local function consult_begin(keys, args)
  local tag, a = keys[1], named(args)
  if a.ref and said_before(tag, 'consult', a) then
    return {'again'}
  end
  local c, beside = conversation(tag, a.conv), a.conv .. '~c'
  if not c or c.state ~= 'connected' or c.agent ~= a.agent or redis.call('EXISTS', tag .. ':conv:' .. beside) == 1
    or a.target == a.agent then
    return {'no', 'conversation'}
  end
  if a.target ~= '' and not fits(tag, a.target) then
    return {'no', 'agent'}
  end
  local b = {}
  change(b, {part = c.part, leg = c.leg, queue = a.queue, at = a.now,
    entered = a.now, ours = c.ours, customer = c.customer, epoch = 0, prio = a.prio or c.prio or '0',
    skills = a.skills or c.skills or '', kind = 'consult', from = a.agent, alone = a.target})
  if a.ref then
    remember_ref(tag, 'consult', a, beside)
  end
  return wait(tag, beside, b, a, {'ok'})
end

-- conv agent (who has it) ref? why now: nobody is asked any more. → {'ok', event…} | {'again'} | {'no', 'conversation'}
local function consult_end(keys, args)
  local tag, a = keys[1], named(args)
  if a.ref and said_before(tag, 'consult_end', a) then
    return {'again'}
  end
  local b = conversation(tag, a.conv .. '~c')
  if not b or b.from ~= a.agent then
    return {'no', 'conversation'}
  end
  if a.ref then
    remember_ref(tag, 'consult_end', a, '1')
  end
  return end_consult(tag, a.conv, a.why, a.now, {'ok'})
end

floor_function('conv_manual', conv_manual)
floor_function('consult_begin', consult_begin)
floor_function('consult_end', consult_end)
