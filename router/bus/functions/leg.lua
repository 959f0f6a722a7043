-- Legs of a conversation: what one agent had of it, each with its own after-call work and wrap-up, in
-- `conv:<id>:leg:<n>`: agent queue connected; from its end on also ended by wrapup notes (where there are any); where it
-- has after-call work mode, until (ms; 0: until the agent says so) and upto, the last row of the thread then; and
-- wrapped, once that is over.

local function leg_key(tag, conv, leg)
  return tag .. ':conv:' .. conv .. ':leg:' .. leg
end

local function begin_leg(tag, a, queue)
  redis.call('HSET', leg_key(tag, a.conv, a.leg), 'agent', a.agent, 'queue', queue, 'connected', a.now)
end

-- `talks:<customer>` has the scopes of each conversation with the customer that an agent has, `talking` are those
-- customers; what its agent was told last of the customer's consent stands in the conversation's `out`.
local function talk_begin(tag, conv, customer, scopes)
  redis.call('HSET', tag .. ':talks:' .. customer, conv, scopes)
  redis.call('SADD', tag .. ':talking', customer)
end

local function talk_end(tag, conv, customer)
  redis.call('HDEL', tag .. ':talks:' .. customer, conv)
  if redis.call('EXISTS', tag .. ':talks:' .. customer) == 0 then
    redis.call('SREM', tag .. ':talking', customer)
  end
end

-- The agent wraps up that leg from now on, or not any more (agent nil); `wrapping` are the customers of whom there is such a
-- leg (base.lua).
local function wraps(tag, conv, leg, customer, agent)
  local key = tag .. ':wraps:' .. customer
  if agent then
    redis.call('HSET', key, conv .. ' ' .. leg, agent)
    redis.call('SADD', tag .. ':wrapping', customer)
  elseif redis.call('HDEL', key, conv .. ' ' .. leg) == 1 and redis.call('EXISTS', key) == 0 then
    redis.call('SREM', tag .. ':wrapping', customer)
  end
end

local function in_after_call(tag, conv, leg)
  local l = redis.call('HMGET', leg_key(tag, conv, leg), 'ended', 'wrapped')
  return l[1] and not l[2]
end

local WARN_MS = 60000 -- before it is closed because nobody writes

-- When it is looked whether nobody has written in it for `idle` (ms; '0': never).
local function watch_idle(tag, conv, idle, now)
  if idle ~= '0' then
    redis.call('ZADD', tag .. ':idle', now + idle - WARN_MS, conv)
  end
end

-- When c is closed unless somebody writes: so long behind the last message, either way, or since it was taken up.
local function idle_deadline(tag, conv, c)
  local last = tonumber(c.active)
  for _, row in ipairs(redis.call('XREVRANGE', tag .. ':conv:' .. conv .. ':msgs', '+', '-', 'COUNT', 32)) do
    if named(row[2]).d ~= 'n' then
      last = math.max(last, tonumber(string.match(row[1], '^%d+')))
      break
    end
  end
  return last + tonumber(c.idle)
end

-- The conversation where the agent has it, else nil; and it as it is.
local function held(tag, a)
  local c = named(redis.call('HGETALL', tag .. ':conv:' .. a.conv))
  return c.state == 'connected' and c.agent == a.agent and c or nil, c
end

-- The same of one that its agent has put aside.
local function parked(tag, a)
  local c = named(redis.call('HGETALL', tag .. ':conv:' .. a.conv))
  return c.state == 'parked' and c.agent == a.agent and c or nil
end

-- c, which is parked, is its agent's again → its event. why: agent, time or message.
local function unpark(tag, conv, c, why, now)
  local key = tag .. ':conv:' .. conv
  redis.call('HSET', key, 'state', 'connected')
  redis.call('HDEL', key, 'until', 'wake')
  if (c.idle or '0') ~= '0' then
    redis.call('HSET', key, 'active', now)
    watch_idle(tag, conv, c.idle, now)
  end
  return event(tag, 'e', 'resumed', 'c', conv, 'a', c.agent, 'leg', c.leg, 'q', c.queue, 's', 'connected',
    'ours', c.ours, 'customer', c.customer, 'why', why, 'at', now)
end

-- What after-call work a leg that ends has: acw ('pending', or ''), mode, till and holds, as its event tells them.
local function work_of(a, pending)
  if pending then
    return {acw = 'pending', mode = a.mode, till = a.acw_until, holds = a.acw_holds}
  end
  return {acw = '', mode = '', till = '0', holds = ''}
end

-- Ends the agent's leg of c. by: agent, transfer, reclaimed or inactivity; with a mode its after-call work begins, until `till`.
-- Each field costs: of a leg that is over with that only those are written that say something.
local function end_leg(tag, a, c, by, mode, till)
  local key, wrapup, notes = leg_key(tag, a.conv, c.leg), a.wrapup or '', a.notes or ''
  talk_end(tag, a.conv, c.customer)
  if mode ~= '' then
    local row = redis.call('XREVRANGE', tag .. ':conv:' .. a.conv .. ':msgs', '+', '-', 'COUNT', 1)[1]
    redis.call('HSET', key, 'agent', a.agent, 'queue', c.queue, 'ended', a.now, 'by', by, 'mode', mode, 'until', till,
      'wrapup', wrapup, 'notes', notes, 'upto', row and row[1] or '0-0')
    wraps(tag, a.conv, c.leg, c.customer, a.agent)
  else
    redis.call('HSET', key, 'agent', a.agent, 'queue', c.queue, 'ended', a.now, 'by', by, 'wrapped', a.now, 'wrapup', wrapup,
      unpack(notes ~= '' and {'notes', notes} or {}))
  end
end

-- c is closed, from a.agent who had it ('': nobody) and has that after-call work → its event. a.by: who ordered it.
local function over(tag, a, c, work, why)
  local wrapup, notes = a.wrapup or '', a.notes or ''
  redis.call('HSET', tag .. ':conv:' .. a.conv, 'state', 'closed', 'agent', '', 'by', a.agent,
    'wrapup', wrapup, 'notes', notes, 'closed', a.now)
  redis.call('HSET', tag .. ':thread:' .. c.ours .. ':' .. c.customer, 'closed', a.now)
  return packed_event(tag, 'e\0closed\0c\0' .. a.conv .. '\0a\0' .. a.agent .. '\0leg\0' .. c.leg .. '\0q\0' .. c.queue
    .. '\0ours\0' .. c.ours .. '\0customer\0' .. c.customer .. '\0wrapup\0' .. wrapup .. '\0notes\0' .. notes
    .. '\0why\0' .. why .. '\0by\0' .. (a.by or '') .. '\0acw\0' .. work.acw .. '\0acw_mode\0' .. work.mode
    .. '\0acw_until\0' .. work.till .. '\0acw_holds\0' .. work.holds .. '\0at\0' .. a.now)
end

do
-- Its fields, or nil. One that was connected before legs were kept has begun with nothing written.
local function leg_of(tag, a)
  local l = named(redis.call('HGETALL', leg_key(tag, a.conv, a.leg)))
  return l.agent and l or nil
end

-- Ends the agent's leg, and with it the conversation. `pending`: after-call work begins.
local function hang_up(tag, a, c, pending, why)
  local work = work_of(a, pending)
  end_leg(tag, a, c, why, work.mode, work.till)
  return {'ok', over(tag, a, c, work, why)}
end

-- Code and notes of a leg whose after-call work is under way. What is forced goes on until its time is over.
local function wrap(tag, a, l, why)
  local over = why == 'timeout' or l.mode ~= 'forced'
  local key = leg_key(tag, a.conv, a.leg)
  redis.call('HSET', key, 'wrapup', a.wrapup, 'notes', a.notes)
  if over then
    redis.call('HSET', key, 'wrapped', a.now)
    wraps(tag, a.conv, a.leg, redis.call('HGET', tag .. ':conv:' .. a.conv, 'customer') or '')
  end
  return {'ok', event(tag, 'e', 'wrapup', 'c', a.conv, 'a', l.agent, 'leg', a.leg, 'q', l.queue,
    'wrapup', a.wrapup, 'notes', a.notes, 'why', why, 'over', over and '1' or '', 'at', a.now)}
end

-- What is said of a leg that is over → {'again'} | {'late'}: it is not what is kept. Nothing said is nothing lost.
local function after_all(a, l)
  local lost = (a.wrapup ~= '' and a.wrapup ~= l.wrapup) or (a.notes ~= '' and a.notes ~= (l.notes or ''))
  return {lost and 'late' or 'again'}
end

-- fence now conv leg agent wrapup ('': none) notes uncoded ('1': its queue has no codes): the agent's word on a leg
-- that has ended. → {'ok', event} | {'again'} | {'late'} | {'not_yours'} | {'wrapup'}: it asks for a code | {'fenced'}
local function wrapup(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local l = leg_of(tag, a)
  if not l or l.agent ~= a.agent or not l.ended then
    return {'not_yours'}
  end
  if l.wrapped or (a.wrapup ~= '' and l.wrapup == a.wrapup and l.notes == a.notes) then
    return after_all(a, l)
  end
  if a.wrapup == '' and l.mode == 'mandatory' and a.uncoded ~= '1' then
    return {'wrapup'}
  end
  return wrap(tag, a, l, 'agent')
end

-- fence now conv leg: the time for its after-call work is over. → {'ok', event} | {'done'} | {'fenced'}
local function leg_due(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local l = leg_of(tag, a)
  if not l or not l.ended or l.wrapped then
    return {'done'}
  end
  a.wrapup, a.notes = l.wrapup ~= '' and l.wrapup or 'timeout', l.notes
  return wrap(tag, a, l, 'timeout')
end

-- The conversation where the agent has it; else nil, the answer, and it as it is. Of it is read what its end asks for.
local function ending(tag, a)
  local h = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'agent', 'leg', 'queue', 'ours', 'customer', 'by')
  local c = {state = h[1], agent = h[2], leg = h[3], queue = h[4], ours = h[5], customer = h[6], by = h[7]}
  if c.state == 'connected' and c.agent == a.agent then
    return c
  end
  return nil, {(c.state == 'closed' and c.by == a.agent) and 'again' or 'not_yours'}, c
end

-- What was said with a ref of the agent's is done once, and not to a later leg → its answer, or nil.
local function repeated(tag, kind, a)
  local before = a.ref and said_before(tag, kind, a)
  return before and {before == 'late' and 'late' or 'again'} or nil
end

local function done_once(tag, kind, a, answer)
  if a.ref and answer[1] ~= 'not_yours' then
    remember_ref(tag, kind, a, answer[1] == 'late' and 'late' or '1')
  end
  return answer
end

-- fence now conv agent ref? mode (of the queue's after-call work), pending ('1': it begins) acw_until acw_holds: the
-- agent ends the leg. → {'ok', event} | {'again'} | {'not_yours'} | {'fenced'}
local function disconnect(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local before = repeated(tag, 'disconnect', a)
  if before then
    return before
  end
  local c, refusal = ending(tag, a)
  if not c then
    return done_once(tag, 'disconnect', a, refusal)
  end
  return done_once(tag, 'disconnect', a, hang_up(tag, a, c, a.pending == '1', 'agent'))
end

local function close_told(_, fence, now, conv, agent, ref, mode, pending, acw_until, acw_holds, wrapup, notes, queue)
  return {fence = fence, now = now, conv = conv, agent = agent, ref = ref, mode = mode, pending = pending,
    acw_until = acw_until, acw_holds = acw_holds, wrapup = wrapup, notes = notes, queue = queue}
end

-- The same with wrapup and notes, which leaves no after-call work but what is forced; of a conversation that
-- the agent has disconnected already, it is the wrap-up. queue: the one that the caller takes it to be in. By name or in
-- the order of close_told.
-- → {'ok', event} | {'again'} | {'late'} | {'not_yours'} | {'queue'}: it is in another | {'fenced'}
local function close(keys, args)
  local tag, a = keys[1], args[1] == '' and close_told(unpack(args)) or named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local before = repeated(tag, 'close', a)
  if before then
    return before
  end
  local c, refusal, known = ending(tag, a)
  if c and a.queue and a.queue ~= c.queue then
    return {'queue'}
  end
  if c then
    return done_once(tag, 'close', a, hang_up(tag, a, c, a.mode == 'forced', 'agent'))
  end
  a.leg = known.leg
  local l = refusal[1] == 'again' and leg_of(tag, a)
  if l and in_after_call(tag, a.conv, a.leg) then
    return done_once(tag, 'close', a, wrap(tag, a, l, 'agent'))
  end
  return done_once(tag, 'close', a, l and after_all(a, l) or refusal)
end

-- c's time has come: it is said once, in time, that it is going to be closed; → the event, or nil.
local function warn(tag, conv, c, deadline, now)
  redis.call('ZADD', tag .. ':idle', deadline, conv)
  if c.warned == deadline .. '' then
    return nil
  end
  redis.call('HSET', tag .. ':conv:' .. conv, 'warned', deadline)
  return event(tag, 'e', 'inactive', 'c', conv, 'a', c.agent, 'leg', c.leg, 'q', c.queue, 's', 'connected',
    'ours', c.ours, 'customer', c.customer, 'until', deadline, 'at', now)
end

-- fence now: conversations in which nobody has written for so long that they are going to be closed, or are to be
-- (idle_close; told again until it is done). → {'ok', {event…}, {{conv, leg, queue}…}} | {'fenced'}
local function idle_due(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local events, due, now = {}, {}, tonumber(a.now)
  for _, conv in ipairs(redis.call('ZRANGEBYSCORE', tag .. ':idle', '-inf', now, 'LIMIT', 0, 100)) do
    local c = named(redis.call('HGETALL', tag .. ':conv:' .. conv))
    if c.state ~= 'connected' or (c.idle or '0') == '0' then
      redis.call('ZREM', tag .. ':idle', conv)
    else
      local deadline = idle_deadline(tag, conv, c)
      if now < deadline - WARN_MS then
        redis.call('ZADD', tag .. ':idle', deadline - WARN_MS, conv)
      elseif now < deadline then
        events[#events + 1] = warn(tag, conv, c, deadline, a.now)
      else
        redis.call('ZADD', tag .. ':idle', now + 5000, conv)
        due[#due + 1] = {conv, c.leg, c.queue}
      end
    end
  end
  return {'ok', events, due}
end

-- fence now conv leg, and what after-call work its agent has (mode pending acw_until acw_holds): closed, if nobody
-- has written in the meantime. → {'ok', event} | {'done'} | {'fenced'}
local function idle_close(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local c = named(redis.call('HGETALL', tag .. ':conv:' .. a.conv))
  if c.state ~= 'connected' or c.leg ~= a.leg or (c.idle or '0') == '0'
    or idle_deadline(tag, a.conv, c) > tonumber(a.now) then
    return {'done'}
  end
  redis.call('ZREM', tag .. ':idle', a.conv)
  a.agent = c.agent
  return hang_up(tag, a, c, a.pending == '1', 'inactivity')
end

redis.register_function('idle_due', idle_due)
redis.register_function('idle_close', idle_close)
redis.register_function('wrapup', wrapup)
redis.register_function('leg_due', leg_due)
redis.register_function('disconnect', disconnect)
redis.register_function('close', close)
end
