-- Shared by the files behind it. Every function has one key, the tag of a partition (`{c3}`, `{d7}`,
-- `{acd}`, `{a:name}`), so that a call touches one slot only; the rest of a key is spelled out here.
-- Arguments are field, value, field, value… A function checks its preconditions, writes state, event
-- and acknowledgement together, and says what happened; it never reads text or records.

local function named(args)
  local a = {}
  for i = 1, #args, 2 do
    a[args[i]] = args[i + 1]
  end
  return a
end

-- Writes an event (history.lua says how long it is kept) and returns it as {id, field, value…}, the form in
-- which C gets it. Every value is a string, as it is when the event is read again.
local function event(tag, ...)
  local told = {redis.call('XADD', tag .. ':events', '*', ...), ...}
  for i = 2, #told do
    if type(told[i]) == 'number' then
      told[i] = told[i] .. ''
    end
  end
  return told
end

-- Fields and values as one text, with a NUL between them.
local function joined(...)
  return table.concat({...}, '\0')
end

-- The same event as such a text, which stands in the entry as its only field `x` and is told behind the id (C has it apart
-- again, event.h): each element that crosses between Redis, Lua and the append-only file costs. For events whose values
-- never have a NUL. Where much is assigned the text is put together by `..`, which is one step; joined() makes a table.
local function packed_event(tag, text)
  return redis.call('XADD', tag .. ':events', '*', 'x', text) .. '\0' .. text
end

-- The fields of an entry of `events`, in whichever of these ways it was written.
local function event_fields(entry)
  if entry[1] ~= 'x' then
    return named(entry)
  end
  local e = {}
  for field, value in string.gmatch(entry[2] .. '\0', '([^%z]*)%z([^%z]*)%z') do
    e[field] = value
  end
  return e
end

-- The same of what somebody set up or changed: it stands in `audit` too, which the events of a busy floor do
-- not push out.
local function audited(tag, ...)
  local AUDITS_KEPT = 1000000 -- what people and programs set up and changed
  redis.call('XADD', tag .. ':audit', 'MAXLEN', '~', AUDITS_KEPT, '*', ...)
  return event(tag, ...)
end

-- A line of an audit's `what`. Values are texts of people: of their own lines and tabs it would have lines that nobody
-- wrote (audit.c has them back).
local function audit_line(field, before, after)
  local line = {field, before, after}
  for i, text in ipairs(line) do
    line[i] = string.gsub(text, '[\\\n\t]', {['\\'] = '\\\\', ['\n'] = '\\n', ['\t'] = '\\t'})
  end
  return table.concat(line, '\t')
end

-- A command of any number of arguments behind its key, in as many calls as they need; an even number each.
local function call_many(command, key, values)
  for i = 1, #values, 1000 do
    redis.call(command, key, unpack(values, i, math.min(i + 999, #values)))
  end
end

local function count(tag, what)
  redis.call('HINCRBY', tag .. ':count', what, 1)
end

-- What the carrier says of a text or a receipt in parameters of its own → {'tlvs', lines of a name and a value}, or {}.
local function parameters(tag, a)
  if (a.tlvs_left_out or '') ~= '' then
    redis.call('HINCRBY', tag .. ':count', 'parameters_left_out', a.tlvs_left_out)
  end
  return (a.tlvs or '') ~= '' and {'tlvs', a.tlvs} or {}
end

-- The number in a partition's tag: `{c12}` → `12`.
local function partition_of(tag)
  return string.sub(tag, 3, -2)
end

-- The number in the id of a conversation or a message (router/threading/identity.h).
local function partition_in(id)
  return (tonumber(string.sub(id, -3), 16) or 0) .. ''
end

local WAKES = {interactive = '+', transactional = '-'}

-- Something waits for a carrier: of that class, or of any, where none is named.
local function wake_gateway(tag, carrier, class)
  redis.call('PUBLISH', 'mt:' .. carrier, partition_of(tag) .. (WAKES[class or 'interactive'] or ''))
end

-- Where the caller says no `now`: ms since 1970.
local function clock_ms()
  local time = redis.call('TIME')
  return time[1] .. string.sub('00000' .. time[2], -6, -4)
end

-- Is stream id x behind y?
local function later(x, y)
  local xdash, ydash = string.find(x, '-', 1, true), string.find(y, '-', 1, true)
  local xm, ym = tonumber(string.sub(x, 1, xdash - 1)), tonumber(string.sub(y, 1, ydash - 1))
  return xm > ym or (xm == ym and tonumber(string.sub(x, xdash + 1)) > tonumber(string.sub(y, ydash + 1)))
end

-- Steps that one tag's event asks for in another are asked again when a router begins again. They come
-- in the order of their events, so the newest id seen of a source (its events' key) tells them.
-- A step also names the one before it (`prev`, '' for the first after a new beginning): where that
-- one was refused, those that were sent behind it must not be taken for all there was.
-- Returns nil, 'done' or 'gap'.
local function repeated_step(tag, a)
  local last = redis.call('HGET', tag .. ':from', a.source)
  local next = last and a.prev == last -- which is before it
  if last and not next and not later(a.id, last) then
    return 'done'
  end
  if not next and (a.prev or '') ~= '' and (not last or later(a.prev, last)) then
    return 'gap'
  end
  redis.call('HSET', tag .. ':from', a.source, a.id)
  return nil
end

-- What suppresses the customer has changed (`what` nil), or what is known of them (`customer`): who has a conversation
-- with them (leg.lua) is to hear of it, which the router does, told by `back` as of results: it may be somebody else
-- who changed it.
local function tell_talks(tag, customer, what)
  if redis.call('EXISTS', tag .. ':talks:' .. customer) == 1 then
    redis.call('XADD', tag .. ':back', '*', 'k', what or 'opt', 'c', customer, 'r', customer)
  end
end

-- Whether that row of the thread was there when the leg ended: what was written since is for who has the conversation now.
-- A leg that ended before `upto` was kept (leg.lua) has its time.
local function seen_in_leg(tag, conv, leg, row)
  local l = redis.call('HMGET', tag .. ':conv:' .. conv .. ':leg:' .. leg, 'upto', 'ended')
  return row and (l[1] or l[2]) and not later(row, l[1] or l[2] .. '-0')
end

-- Who is told of what becomes of a message beside who has the conversation: who wraps up a leg of it that had the message.
-- `wraps:<customer>` has these, `<conversation> <leg>` → agent (leg.lua); pair is the message's. → {'w', names with
-- tabs}, or {}.
local function who_wraps(tag, pair, conv, has, id)
  local customer = string.match(pair or '', '^[^:]*:(.*)$') or ''
  local names, seen, legs, row = {}, {}, redis.call('HGETALL', tag .. ':wraps:' .. customer), nil
  for i = 1, #legs, 2 do
    local of, leg = string.match(legs[i], '^(%S+) (%S+)$')
    if of == conv and legs[i + 1] ~= has and not seen[legs[i + 1]] then
      row = row or redis.call('HGET', tag .. ':msg:' .. id, 'at')
      if seen_in_leg(tag, conv, leg, row) then
        names[#names + 1], seen[legs[i + 1]] = legs[i + 1], true
      end
    end
  end
  return #names > 0 and {'w', table.concat(names, '\t')} or {}
end

-- A partition is worked by the router that holds its lease; `fence` is the token of that tenure.
-- What agents and supervisors do to a conversation is of a tenure too: the events of another's would reach the floor and
-- the screens only when somebody begins again.
local function fenced(tag, a)
  return redis.call('GET', tag .. ':lease') ~= a.fence
end

-- Takes what asked for a step off its list: an entry of `in` or `back`, or a deadline of `due`. One is
-- there for as long as it has not been applied, so this is the acknowledgement. → whether it was there
local function take_off(tag, a)
  if (a['in'] or '') ~= '' then
    return redis.call('XDEL', tag .. ':in', a['in']) == 1
  elseif (a.back or '') ~= '' then
    return redis.call('XDEL', tag .. ':back', a.back) == 1
  end
  return not a.due or redis.call('ZREM', tag .. ':due', a.parts) == 1
end

-- The same in a tenure. Returns nil, or why the step is not to be done.
local function claim(tag, a)
  if fenced(tag, a) then
    return 'fenced'
  end
  return not take_off(tag, a) and 'done' or nil
end

-- The record is kept where somebody can look at it → its event
local function put_aside(tag, a)
  local ASIDE_KEPT = 10000 -- records that could not be read
  redis.call('XADD', tag .. ':aside', 'MAXLEN', '~', ASIDE_KEPT, '*', 'why', a.why, 'r', a.record)
  count(tag, 'aside')
  return event(tag, 'e', 'aside', 'why', a.why)
end

-- Many steps in one call: from args[from] on how many fields a step has, their names, then the values of one step
-- after the other. They are read where they stand, args[step + at.name]: a table for each step would cost more than
-- most of them do. → at, how many fields a step has, where the first begins
local function places_of(args, from)
  local NOWHERE = 1e7 -- where no argument is
  local width = tonumber(args[from])
  local at = {k = NOWHERE, back = NOWHERE, now = NOWHERE, id = NOWHERE, segment = NOWHERE, outcome = NOWHERE,
    reason = NOWHERE, segments = NOWHERE, receipts = NOWHERE, due = NOWHERE, sid = NOWHERE, cancel = NOWHERE,
    written = NOWHERE, ahead = NOWHERE, tlvs = NOWHERE, tlvs_left_out = NOWHERE,
    name = NOWHERE, ttl = NOWHERE, target = NOWHERE, state = NOWHERE}
  for i = 1, width do
    at[args[from + i]] = i - 1
  end
  return at, width, from + width + 1
end

do
-- owner, ttl (ms) → {'ok', token} or {'held', ms left}. The same owner gets it anew at once, with a
-- new token that fences off whatever its former self still has on the way.
local function lease(keys, args)
  local tag, a = keys[1], named(args)
  local held = redis.call('GET', tag .. ':lease')
  if held and string.match(held, '^(.*):%d+$') ~= a.owner then
    return {'held', redis.call('PTTL', tag .. ':lease')}
  end
  local token = a.owner .. ':' .. redis.call('INCR', tag .. ':lease:number')
  redis.call('SET', tag .. ':lease', token, 'PX', a.ttl)
  return {'ok', token}
end

-- fence, ttl (ms) → 1, or 0 where the tenure has ended.
local function lease_keep(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return 0
  end
  return redis.call('PEXPIRE', tag .. ':lease', a.ttl)
end

-- fence: gives the partition up.
local function lease_end(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return 0
  end
  return redis.call('DEL', tag .. ':lease')
end

-- in or back, fence, why: an entry that needs nothing (any more); counted under `why`.
local function drop(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  count(tag, a.why)
  return {'ok'}
end

-- in or back, fence, why, record: an entry that cannot be read is kept where somebody can look at it.
local function aside(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  return {'ok', put_aside(tag, a)}
end

redis.register_function('lease', lease)
redis.register_function('lease_keep', lease_keep)
redis.register_function('lease_end', lease_end)
redis.register_function('drop', drop)
redis.register_function('aside', aside)
end
