-- What its agent does with a conversation beside answering it: notes for colleagues, and giving it to a
-- queue or to another agent.

local REF_MS = 3600000 -- as long as the same ref of an agent is known again

-- What this ref of the agent's came to, where it was said before; else nil.
local function said_before(tag, a)
  return redis.call('GET', tag .. ':said:' .. a.agent .. ':' .. a.ref)
end

local function remember(tag, a, what)
  redis.call('SET', tag .. ':said:' .. a.agent .. ':' .. a.ref, what, 'PX', REF_MS)
end

-- → the conversation's leg, queue, ours and customer where the agent has it, else nil
local function mine(tag, a)
  local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'agent', 'leg', 'queue', 'ours', 'customer')
  if c[1] ~= 'connected' or c[2] ~= a.agent then
    return nil
  end
  return {leg = tonumber(c[3]), queue = c[4], ours = c[5], customer = c[6]}
end

-- → where it stands in the thread, and its event
local function write_note(tag, a, text)
  local position = redis.call('XADD', tag .. ':conv:' .. a.conv .. ':msgs', '*', 'd', 'n', 't', text, 'a', a.agent)
  return position, event(tag, 'e', 'note', 'c', a.conv, 'p', position, 'a', a.agent, 's', 'connected', 'at', a.now)
end

-- now conv agent ref text: a note for colleagues; the customer never gets it.
-- → {'ok', position, event} | {'again', position} | {'not_yours'}
local function note(keys, args)
  local tag, a = keys[1], named(args)
  local before = said_before(tag, a)
  if before then
    return {'again', before}
  end
  if not mine(tag, a) then
    return {'not_yours'}
  end
  local position, told = write_note(tag, a, a.text)
  remember(tag, a, position)
  return {'ok', position, told}
end

-- now conv agent ref queue ('': where it is) target (an agent, or '') note: the agent's leg ends and the next
-- one waits in that queue, or rings at that agent first. → {'ok', event…} | {'again'} | {'not_yours'}
local function transfer(keys, args)
  local tag, a = keys[1], named(args)
  if said_before(tag, a) then
    return {'again'}
  end
  local c = mine(tag, a)
  if not c then
    return {'not_yours'}
  end
  local out, queue = {'ok'}, a.queue ~= '' and a.queue or c.queue
  if a.note ~= '' then
    local _, told = write_note(tag, a, a.note)
    out[2] = told
  end
  redis.call('HSET', tag .. ':conv:' .. a.conv, 'state', 'queued', 'agent', '', 'leg', c.leg + 1, 'queue', queue)
  redis.call('HSET', leg_key(tag, a.conv, c.leg), 'agent', a.agent, 'queue', c.queue, 'ended', a.now, 'by', 'transfer',
    'mode', '', 'until', '0', 'wrapup', '', 'notes', '', 'wrapped', a.now)
  remember(tag, a, queue)
  out[#out + 1] = event(tag, 'e', 'transferred', 'c', a.conv, 'a', a.agent, 'leg', c.leg + 1, 'q', queue,
    'from_q', c.queue, 'target', a.target, 's', 'queued', 'ours', c.ours, 'customer', c.customer, 'at', a.now)
  return out
end

redis.register_function('note', note)
redis.register_function('transfer', transfer)
