-- A conversation that an agent begins, on behalf of a queue, from its number.

local SEEN = {'state', 'agent', 'queue', 'leg'}

-- What was answered when it was said first: conv, message, leg, position, segs.
local function again(before)
  local out = {'again'}
  for word in string.gmatch(before, '%S+') do
    out[#out + 1] = word
  end
  return out
end

-- ours customer agent ref → {conv, state, agent, queue, leg, closed} of the pair's current conversation,
-- empty where there is none; or {'again', conv, message, leg, position, segs}
local function pair_view(keys, args)
  local tag, a = keys[1], named(args)
  local before = said_before(tag, 'start', a)
  if before then
    return again(before)
  end
  local t = redis.call('HMGET', tag .. ':thread:' .. a.ours .. ':' .. a.customer, 'conv', 'closed')
  if not t[1] then
    return {}
  end
  local c = redis.call('HMGET', tag .. ':conv:' .. t[1], unpack(SEEN))
  return {t[1], c[1] or '', c[2] or '', c[3] or '', c[4] or '0', t[2] or ''}
end

-- fence now ours customer agent ref queue; seen (the conversation of pair_view, '': none) leg (from now on) conv (the
-- same, or a new one); id text carrier route expires class record scopes segs of its first message.
-- → {'ok', position, event…} | {'again', conv, message, leg, position, segs} | {'changed'} | {'suppressed', scope, event} | {'fenced'}
local function start(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local before = said_before(tag, 'start', a)
  if before then
    return again(before)
  end
  local thread, key = tag .. ':thread:' .. a.ours .. ':' .. a.customer, tag .. ':conv:' .. a.conv
  local current = redis.call('HGET', thread, 'conv') or ''
  local c = named(redis.call('HGETALL', tag .. ':conv:' .. a.seen))
  if current ~= a.seen or (a.seen ~= '' and c.state ~= 'closed') then
    return {'changed'}
  end
  local scope = suppressed(tag, a.customer, a.scopes)
  if scope then
    return {'suppressed', scope,
      blocked(tag, {at = a.now, where = 'accept', by = a.agent, customer = a.customer, ours = a.ours, conv = a.seen,
        m = '', scope = scope})}
  end
  if a.conv ~= a.seen then
    c = {created = a.now}
    redis.call('HSET', key, 'created', a.now)
    redis.call('ZADD', tag .. ':history:' .. a.customer, a.now, a.conv)
  end
  redis.call('HSET', key, 'ours', a.ours, 'customer', a.customer)
  redis.call('HSET', thread, 'conv', a.conv, 'closed', '', 'cold', '1') -- until they write
  local told = take_up(tag, a, {ours = a.ours, customer = a.customer, created = c.created}, a.queue, 'outbound')
  a.exempt = ''
  local position = enqueue(tag, a)
  remember_ref(tag, 'start', a, table.concat({a.conv, a.id, a.leg, position, a.segs}, ' '))
  return {'ok', position, told, event(tag, 'e', 'mt', 'c', a.conv, 'm', a.id, 'p', position, 'a', a.agent,
    's', 'connected', 'q', a.queue, 'leg', a.leg, 'n', a.segs, 'carrier', a.carrier, 'class', a.class,
    'at', a.now)}
end

redis.register_function('pair_view', pair_view)
redis.register_function('start', start)
