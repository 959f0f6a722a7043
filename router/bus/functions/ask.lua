-- What is asked of a carrier about a message that it has: what became of it, or not to deliver it.

local ask, ask_about, cancel_sent -- what is for others

do
local ASKS_KEPT = 10000 -- questions that wait for a carrier's gateway, about

-- What a gateway is to ask of its carrier about one segment that it has: query or cancel.
function ask(tag, id, op, facts, segment, sid)
  local ours, customer = string.match(facts[2], '^([^:]*):(.*)$')
  redis.call('XADD', tag .. ':ask:' .. facts[1], 'MAXLEN', '~', ASKS_KEPT, '*', 'op', op, 'm', id,
    'i', sid, 'o', ours, 'c', customer)
end

-- The same about all segments that were sent and have no receipt yet. → how many
function ask_about(tag, id, op)
  local key = tag .. ':msg:' .. id
  local facts = redis.call('HMGET', key, 'carrier', 'pair', 'n')
  local asked = 0
  for i, state in ipairs(facts[3] and segment_states(tag, id, tonumber(facts[3])) or {}) do
    local sid = state == 'sent' and redis.call('HGET', key, 'i' .. (i - 1))
    if sid then
      ask(tag, id, op, facts, i - 1, sid)
      asked = asked + 1
    end
  end
  return asked
end

-- An opt-out of that scope, by a text to `number` ('' or nil for none), which covers what that number was to send
-- whichever programme's it was: what waits for its time is over, and the carriers are asked to stop what they have not
-- delivered.
function cancel_sent(tag, customer, scope, number)
  local function is_covered(scopes)
    return string.find('|' .. scopes .. '|', '|' .. scope .. '|', 1, true) or
      (number or '') ~= '' and string.find('|' .. scopes .. '|', '|n:' .. number .. '|', 1, true)
  end
  local waiting = redis.call('HGETALL', tag .. ':scheduled:' .. customer)
  for i = 1, #waiting, 2 do
    if is_covered(waiting[i + 1]) then
      redis.call('HDEL', tag .. ':scheduled:' .. customer, waiting[i])
      end_suppressed(tag, customer, waiting[i], scope, clock_ms())
    end
  end
  local sent = redis.call('HGETALL', tag .. ':sent:' .. customer)
  for i = 1, #sent, 2 do
    if is_covered(sent[i + 1]) then
      ask_about(tag, sent[i], 'cancel')
    end
  end
end

-- Key {c<p>}; carrier max: what the carrier is to be asked, {op, id, ours, customer}…; given out once.
local function ask_take(keys, args)
  local tag, a = keys[1], named(args)
  local stream, out = tag .. ':ask:' .. a.carrier, {}
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', '+', 'COUNT', a.max)) do
    local m = named(entry[2])
    redis.call('XDEL', stream, entry[1])
    out[#out + 1] = {m.op, m.i, m.o, m.c}
  end
  return out
end

redis.register_function('ask_take', ask_take)
end
