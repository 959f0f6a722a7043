-- A message that no agent writes: by a program, or by a person outside of a conversation.

local SCHEDULED_MAX = 100 -- messages of one customer's that wait for their time

-- The pair's conversation, where there is one → id, state, leg, agent, last, closed at
local function current(tag, thread)
  local t = redis.call('HMGET', thread, 'conv', 'last', 'closed')
  if not t[1] then
    return nil
  end
  local c = redis.call('HMGET', tag .. ':conv:' .. t[1], 'state', 'leg', 'agent')
  return t[1], c[1], c[2], c[3] or '', t[2] or '', tonumber(t[3]) or 0
end

-- Where the message goes → conversation, state, agent, how: open (one under way), again (one that had no agent
-- either, within the window), new, apart (beside one under way, which stays the pair's).
local function place(tag, a)
  local thread = tag .. ':thread:' .. a.ours .. ':' .. a.customer
  local id, state, leg, agent, last, closed = current(tag, thread)
  local under_way = state and state ~= 'closed'
  if under_way and a.active == '1' then
    return id, state, agent, 'open'
  end
  if state == 'closed' and leg == '0' and last == '' and tonumber(a.now) - closed <= tonumber(a.window) then
    redis.call('HSET', thread, 'closed', a.now)
    return id, 'closed', '', 'again'
  end
  redis.call('HSET', tag .. ':conv:' .. a.conv, 'ours', a.ours, 'customer', a.customer, 'queue', a.queue,
    'state', 'closed', 'leg', '0', 'agent', '', 'created', a.now, 'closed', a.now)
  redis.call('ZADD', tag .. ':history:' .. a.customer, a.now, a.conv)
  if not under_way then
    redis.call('HSET', thread, 'conv', a.conv, 'closed', a.now, 'last', '')
  end
  return a.conv, 'closed', '', under_way and 'apart' or 'new'
end

-- fence now id conv (for a new one) ours customer queue window (ms) active ('1': into the conversation under way, where
-- there is one) text carrier route expires class record scopes segs by (who asks) agent (who is shown as its author), schedule
-- and ahead as enqueue has them. The same id is accepted once.
-- → {'ok', conv, position, event} | {'again', conv, position, state, schedule} | {'suppressed', scope, event} | {'crowded'}
-- | {'fenced'}
local function mt_agentless(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local known = redis.call('HMGET', tag .. ':msg:' .. a.id, 'conv', 'at', 'state', 'sch')
  if known[1] then
    return {'again', known[1], known[2], known[3], known[4] or ''}
  end
  local scope = suppressed(tag, a.customer, a.scopes)
  if scope then
    return {'suppressed', scope, blocked(tag, {at = a.now, where = 'accept', by = a.by, customer = a.customer,
      ours = a.ours, conv = '', m = a.id, scope = scope})}
  end
  local time = (a.schedule or '') ~= ''
  if time and redis.call('HLEN', tag .. ':scheduled:' .. a.customer) >= SCHEDULED_MAX then
    return {'crowded'}
  end
  local conv, state, agent, how = place(tag, a)
  a.conv, a.exempt = conv, ''
  local position = enqueue(tag, a)
  local c = redis.call('HMGET', tag .. ':conv:' .. conv, 'queue', 'leg')
  return {'ok', conv, position, event(tag, 'e', 'mt', 'c', conv, 'm', a.id, 'p', position, 'a', agent, 's', state,
    'q', c[1], 'leg', c[2], 'n', a.segs, 'carrier', a.carrier, 'class', a.class, 'by', a.by, 'author', a.agent,
    'how', how, 'ours', a.ours, 'customer', a.customer, 'at', a.now, unpack(time and {'due', a.schedule} or {}))}
end

redis.register_function('mt_agentless', mt_agentless)
