-- Outbound messages of a partition. A message is in one of the streams `mt:<carrier>:<class>`, then
-- in `flight:<carrier>` while a gateway has it, then nowhere but in its own hash. `busy` keeps one
-- message of a pair (our number, customer) in flight, so that a retry holds back those behind it.

local CLASSES = {'interactive', 'transactional', 'bulk'}
local UNAPPLIED_MAX = 512 -- inbound entries looked through before a take
local PAGE, PAGES = 64, 32 -- outbound entries looked through in a take, at the most

-- Is any of the scopes `all|p:demo|n:+1555` on the customer's list?
local function suppressed(tag, customer, scopes)
  local key = tag .. ':opt:' .. customer
  if redis.call('EXISTS', key) == 0 then
    return nil
  end
  for scope in string.gmatch(scopes, '[^|]+') do
    if redis.call('HEXISTS', key, scope) == 1 then
      return scope
    end
  end
  return nil
end

-- Puts a message into its conversation and before the gateways. m: id conv ours customer text carrier
-- class record scopes segs, agent (who wrote it, or ''), exempt ('1' for a keyword's answer).
-- Returns its position in the thread.
local function enqueue(tag, m)
  local pair = m.ours .. ':' .. m.customer
  local ref = redis.call('HINCRBY', tag .. ':thread:' .. pair, 'ref', 1)
  local position = redis.call('XADD', tag .. ':conv:' .. m.conv .. ':msgs', '*', 'd', 'o', 't', m.text,
    'm', m.id, 'a', m.agent, 'n', m.segs, 'x', m.exempt)
  redis.call('HSET', tag .. ':msg:' .. m.id, 'state', 'queued', 'conv', m.conv, 'at', position,
    'n', m.segs, 'carrier', m.carrier, 'pair', pair)
  redis.call('XADD', tag .. ':mt:' .. m.carrier .. ':' .. m.class, '*', 'm', m.id, 'c', m.customer,
    'o', m.ours, 's', m.scopes, 'x', m.exempt, 'n', ref, 'r', m.record)
  wake_gateway(tag, m.carrier)
  return position
end

-- now conv agent ref id text carrier class record scopes segs: an agent's reply.
-- → {'ok', position, event} | {'again', id, position, state} | {'not_yours'} | {'suppressed', scope, event}
local function mt_accept(keys, args)
  local tag, a = keys[1], named(args)
  local ref_key = tag .. ':ref:' .. a.agent .. ':' .. a.ref
  local before = redis.call('GET', ref_key)
  if before then
    local facts = redis.call('HMGET', tag .. ':msg:' .. before, 'at', 'state')
    return {'again', before, facts[1] or '', facts[2] or ''}
  end
  local conv = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'agent', 'ours', 'customer')
  if conv[1] ~= 'connected' or conv[2] ~= a.agent then
    return {'not_yours'}
  end
  a.ours, a.customer, a.exempt = conv[3], conv[4], ''
  local scope = suppressed(tag, a.customer, a.scopes)
  if scope then
    return {'suppressed', scope,
      event(tag, 'e', 'blocked', 'c', a.conv, 'a', a.agent, 'scope', scope, 'at', a.now)}
  end
  redis.call('SET', ref_key, a.id, 'PX', 3600000)
  local position = enqueue(tag, a)
  return {'ok', position, event(tag, 'e', 'mt', 'c', a.conv, 'm', a.id, 'p', position, 'a', a.agent,
    's', 'connected', 'at', a.now)}
end

local function anything_waits(tag, carrier)
  for _, class in ipairs(CLASSES) do
    if redis.call('XLEN', tag .. ':mt:' .. carrier .. ':' .. class) > 0 then
      return true
    end
  end
  return false
end

-- The customers from whom something was heard that has not been applied: it may be a STOP, and its
-- deliver_sm may be answered already. nil where there is too much of it to look through.
local function unapplied(tag)
  local heard = {}
  local length = redis.call('XLEN', tag .. ':in')
  if length == 0 then
    return heard
  elseif length > UNAPPLIED_MAX then
    return nil
  end
  for _, entry in ipairs(redis.call('XRANGE', tag .. ':in', '-', '+')) do
    heard[entry[2][4]] = true -- k, its value, c, its value
  end
  return heard
end

-- Ends a message that an opt-out covers. The router hears of it as of everything else, by `in`.
local function end_suppressed(tag, customer, id)
  redis.call('XADD', tag .. ':back', '*', 'k', 'sup', 'c', customer, 'r', id)
end

-- Takes from one class's stream into `out` ({status, taken…}). Nothing is taken twice, nothing past
-- `max`, nothing of a customer who was just heard, nothing of a pair that has a message in flight.
local function take_class(tag, a, class, heard, out)
  local stream = tag .. ':mt:' .. a.carrier .. ':' .. class
  local from = '-'
  for _ = 1, PAGES do
    local entries = redis.call('XRANGE', stream, from, '+', 'COUNT', PAGE)
    for _, entry in ipairs(entries) do
      local m = named(entry[2])
      local pair = m.o .. ':' .. m.c
      if #out > a.max then
        out[1] = math.max(out[1], 1)
        return
      elseif heard[m.c] then
        out[1] = 2
      elseif redis.call('HEXISTS', tag .. ':busy', pair) == 0 then
        redis.call('XDEL', stream, entry[1])
        if m.x == '' and suppressed(tag, m.c, m.s) then
          end_suppressed(tag, m.c, m.m)
        else
          redis.call('HSET', tag .. ':busy', pair, m.m)
          redis.call('HSET', tag .. ':flight:' .. a.carrier, m.m,
            cmsgpack.pack({m.n, pair, m.c, m.s, m.x, a.now, m.r}))
          redis.call('HSET', tag .. ':msg:' .. m.m, 'state', 'sending')
          out[#out + 1] = {m.m, tonumber(m.n), m.r}
        end
      end
    end
    if #entries < PAGE then
      return
    end
    from = '(' .. entries[#entries][1]
  end
end

-- carrier now max → {status, {id, ref, record}…}; status 0 nothing more, 1 more waits, 2 held back for
-- a moment. The check of suppression and the handing over are one step.
local function mt_take(keys, args)
  local tag, a = keys[1], named(args)
  a.max = tonumber(a.max)
  if not anything_waits(tag, a.carrier) then
    return {0} -- without a look through what was heard, which may be much
  end
  local heard = unapplied(tag)
  if not heard then
    return {2}
  end
  local out = {0}
  for _, class in ipairs(CLASSES) do
    take_class(tag, a, class, heard, out)
  end
  return out
end

-- The message is in flight no more: the pair's next may go.
local function land(tag, carrier, id, pair)
  if redis.call('HDEL', tag .. ':flight:' .. carrier, id) == 0 then
    return
  end
  if redis.call('HGET', tag .. ':busy', pair) == id then
    redis.call('HDEL', tag .. ':busy', pair)
  end
  if anything_waits(tag, carrier) then
    wake_gateway(tag, carrier)
  end
end

-- carrier id now: may a message in flight be written, later than when it was taken? → 1 yes, 0 it was
-- ended, 2 something of this customer has not been applied yet: ask again.
local function mt_check(keys, args)
  local tag, a = keys[1], named(args)
  local packed = redis.call('HGET', tag .. ':flight:' .. a.carrier, a.id)
  if not packed then
    return 0
  end
  local _, pair, customer, scopes, exempt = unpack(cmsgpack.unpack(packed))
  local heard = unapplied(tag)
  if not heard or heard[customer] then
    return 2
  end
  if exempt == '' and suppressed(tag, customer, scopes) then
    land(tag, a.carrier, a.id, pair)
    end_suppressed(tag, customer, a.id)
    return 0
  end
  return 1
end

-- The segments' states of a message of n segments, false where nothing is known.
local function segment_states(tag, id, n)
  local fields = {}
  for i = 1, n do
    fields[i] = 's' .. (i - 1)
  end
  return redis.call('HMGET', tag .. ':msg:' .. id, unpack(fields))
end

-- carrier → nil while results of the dead gateway wait in `back`, else {id, ref, record, done}…
local function mt_recover(keys, args)
  local tag, a = keys[1], named(args)
  for _, entry in ipairs(redis.call('XRANGE', tag .. ':back', '-', '+')) do
    if named(entry[2]).k == 'rs' then
      return false
    end
  end
  local out = {}
  local flight = redis.call('HGETALL', tag .. ':flight:' .. a.carrier)
  for i = 1, #flight, 2 do
    local id, f = flight[i], cmsgpack.unpack(flight[i + 1])
    local done = {}
    local n = tonumber(redis.call('HGET', tag .. ':msg:' .. id, 'n')) or 1
    for j, state in ipairs(segment_states(tag, id, n)) do
      if state then
        done[#done + 1] = j - 1
      end
    end
    out[#out + 1] = {id, tonumber(f[1]), f[7], table.concat(done, ',')}
  end
  return out
end

redis.register_function('mt_accept', mt_accept)
redis.register_function('mt_take', mt_take)
redis.register_function('mt_check', mt_check)
redis.register_function('mt_recover', mt_recover)
