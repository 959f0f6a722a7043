-- What an agent writes to a customer, and what is said once more because it was not delivered.

-- A message that was accepted: its row of the thread, at state conv, of (which it says once more) and again (which says
-- it once more); what is not known is nil.
local function mt_known(tag, id)
  local f = redis.call('HMGET', tag .. ':msg:' .. id, 'at', 'state', 'conv', 'of', 'again')
  local rows = f[3] and redis.call('XRANGE', tag .. ':conv:' .. f[3] .. ':msgs', f[1], f[1]) or {}
  return {row = rows[1] and named(rows[1][2]) or {}, at = f[1] or '', state = f[2] or '', conv = f[3], of = f[4] or '',
    again = f[5] or nil}
end

-- A person's message that was not delivered may be said once more, by whoever has the conversation; its copy, if that
-- fails, too. → m (mt_known), or nil
local function mt_failed(tag, conv, id)
  local m = mt_known(tag, id)
  local failed = m.state == 'failed' or m.state == 'expired'
  return m.conv == conv and failed and m.row.d == 'o' and m.row.x ~= '1' and m or nil
end

-- conv m → the text of what may be said once more, or nil
local function mt_failed_text(keys, args)
  local a = named(args)
  local m = mt_failed(keys[1], a.conv, a.m)
  return m and m.row.t or false
end

local function said_again(tag, id)
  local m = mt_known(tag, id)
  return {'again', id, m.at, m.state, m.row.t or '', m.row.n or '0', m.of}
end

-- fence now conv agent ref id text carrier class record scopes segs route? expires? asked? hour ('1': it is one for messages that
-- answer nothing): an agent's reply; of: what has failed, and is said once more by it. 'cold' where it answers nothing and
-- nobody has looked at the hour.
-- → {'ok', position, event} | {'again', id, position, state, text, segments, of} | {'not_yours'} | {'not_failed'} | {'cold'}
-- | {'suppressed', scope, event} | {'fenced'}
local function mt_accept(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  local before = said_before(tag, 'ref', a)
  if before then
    return said_again(tag, before)
  end
  local conv = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'agent', 'ours', 'customer', 'queue', 'leg')
  if conv[1] ~= 'connected' or conv[2] ~= a.agent then
    return {'not_yours'}
  end
  local failed = a.of and mt_failed(tag, a.conv, a.of)
  if failed and failed.again then
    return said_again(tag, failed.again)
  elseif a.of and not failed then
    return {'not_failed'}
  end
  a.ours, a.customer, a.exempt = conv[3], conv[4], ''
  local scope = suppressed(tag, a.customer, a.scopes)
  if scope then
    return {'suppressed', scope,
      blocked(tag, {at = a.now, where = 'accept', by = a.agent, customer = a.customer, ours = a.ours, conv = a.conv,
        m = '', scope = scope})}
  end
  if a.hour ~= '1' and redis.call('HGET', tag .. ':thread:' .. a.ours .. ':' .. a.customer, 'cold') == '1' then
    return {'cold'}
  end
  remember_ref(tag, 'ref', a, a.id)
  local position = enqueue(tag, a)
  if a.of then
    redis.call('HSET', tag .. ':msg:' .. a.of, 'again', a.id)
    redis.call('HSET', tag .. ':msg:' .. a.id, 'of', a.of)
  end
  return {'ok', position, event(tag, 'e', 'mt', 'c', a.conv, 'm', a.id, 'p', position, 'a', a.agent,
    's', 'connected', 'q', conv[5], 'leg', conv[6], 'n', a.segs, 'carrier', a.carrier, 'class', a.class,
    'of', a.of or '', 'at', a.now)}
end

redis.register_function('mt_failed_text', mt_failed_text)
redis.register_function('mt_accept', mt_accept)
