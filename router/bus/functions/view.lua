-- What is read for a screen; nothing here writes.

local THREAD_MAX = 200

local LEGS_SHOWN = 20 -- of one conversation, the newest

-- Of the last legs of the conversation the newest that is in that agent's after-call work → {upto, the last row of the
-- thread that they may read; ended}, or nil. What was written since is for who has it now. One that ended before
-- `upto` was kept has its time.
local function wraps_up(tag, conv, agent, last)
  for leg = last, math.max(1, last - LEGS_SHOWN), -1 do
    if in_after_call(tag, conv, leg) then
      local l = redis.call('HMGET', leg_key(tag, conv, leg), 'agent', 'upto', 'ended')
      if l[1] == agent then
        return {upto = l[2] or l[3] .. '-0', ended = tonumber(l[3])}
      end
    end
  end
  return nil
end

-- conv reader? leg? → {state, agent (the reader, where they wrap up a leg of it), leg, ours, customer, queue
-- (that leg's), created, until (of one that is parked), when it is going to be closed (where that was said), scopes on the
-- customer's list…}, or nil.
local function conv_view(keys, args)
  local tag, a = keys[1], named(args)
  local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'agent', 'leg', 'ours', 'customer',
    'queue', 'created', 'until', 'warned', 'idle', 'active')
  if not c[1] then
    return false
  end
  if a.reader and c[2] ~= a.reader and wraps_up(tag, a.conv, a.reader, tonumber(c[3])) then
    c[2] = a.reader
  end
  c[6] = a.leg and redis.call('HGET', leg_key(tag, a.conv, a.leg), 'queue') or c[6]
  local out = {c[1], c[2] or '', c[3], c[4], c[5], c[6], c[7], c[1] == 'parked' and c[8] or '', ''}
  if c[1] == 'connected' and c[9] and idle_deadline(tag, a.conv, {idle = c[10], active = c[11]}) == tonumber(c[9]) then
    out[9] = c[9]
  end
  for _, scope in ipairs(redis.call('HKEYS', tag .. ':opt:' .. c[5])) do
    out[#out + 1] = scope
  end
  return bulk_scopes(tag, c[5], out)
end

-- A row with those of two fields that there are.
local function and_where(row, first, value, second, other)
  if value then
    row[#row + 1], row[#row + 2] = first, value
  end
  if other then
    row[#row + 1], row[#row + 2] = second, other
  end
  return row
end

-- One row of a thread as a flat array: at, d, t, n, p (partial), k (verdict), and for an outbound one
-- m, a, x, st, why, of (which it says once more), again (which says it once more), sch? (when it is to be delivered, ms).
-- Of both directions tlvs?, the carrier's own parameters.
local function thread_row(tag, conv, row)
  local at, m = row[1], named(row[2])
  if m.d == 'o' then
    local facts = redis.call('HMGET', tag .. ':msg:' .. m.m, 'state', 'reason', 'sch', 'tlvs', 'of', 'again')
    return and_where({'at', at, 'd', 'o', 't', m.t, 'n', m.n, 'm', m.m, 'a', m.a, 'x', m.x,
      'st', facts[1] or '', 'why', facts[2] or '', 'of', facts[5] or '', 'again', facts[6] or ''}, 'sch', facts[3],
      'tlvs', facts[4])
  end
  if m.d == 'n' then
    return {'at', at, 'd', 'n', 't', m.t, 'a', m.a}
  end
  if m.p == '1' then
    local late = redis.call('HMGET', tag .. ':conv:' .. conv .. ':late', at .. ' t', at .. ' p', at .. ' n', at .. ' k')
    m.t, m.p, m.n, m.k = late[1] or m.t, late[2] or m.p, late[3] or m.n, late[4] or m.k
  end
  return and_where({'at', at, 'd', 'i', 't', m.t, 'n', m.n, 'p', m.p, 'k', m.k}, 'tlvs', m.tlvs)
end

-- The rows before that one ('' = from the newest), none behind what `cut`, of wraps_up, leaves; one more than asked for
-- where there are earlier ones.
local function thread_rows(tag, conv, before, limit, cut)
  local from = before == '' and '+' or '(' .. before
  if cut and (before == '' or not string.find(before, '^%d+%-%d+$') or later(before, cut.upto)) then
    from = cut.upto
  end
  local out = {}
  local rows = redis.call('XREVRANGE', tag .. ':conv:' .. conv .. ':msgs', from, '-', 'COUNT',
    math.min(tonumber(limit), THREAD_MAX) + 1)
  for _, row in ipairs(rows) do
    out[#out + 1] = thread_row(tag, conv, row)
  end
  return out
end

-- conv reader? before ('' = from the newest) limit → rows, the newest first; one more than asked for where
-- there are earlier ones. None for a reader who neither has the conversation nor wraps up a leg of it.
local function thread(keys, args)
  local tag, a, cut = keys[1], named(args), nil
  if a.reader then
    local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'agent', 'leg')
    if c[1] ~= a.reader then
      cut = wraps_up(tag, a.conv, a.reader, tonumber(c[2] or '0'))
      if not cut then
        return {}
      end
    end
  end
  return thread_rows(tag, a.conv, a.before, a.limit, cut)
end

-- conv leg → {mode, until, conv_view of it} of a leg that is in after-call work, or nil.
local function leg_view(keys, args)
  local tag, a = keys[1], named(args)
  local view = conv_view(keys, args)
  if not view or not in_after_call(tag, a.conv, a.leg) then
    return false
  end
  local l = redis.call('HMGET', leg_key(tag, a.conv, a.leg), 'mode', 'until')
  return {l[1], l[2], view}
end

local SHOWN = {'state', 'epoch', 'until', 'queue', 'ours', 'customer', 'at', 'last', 'part', 'prio', 'skills', 'ring',
  'how', 'kind', 'from'}
local ASKED_SHOWN = {'state', 'agent', 'queue', 'entered', 'until', 'alone'}

-- Appended to `out`; '' of what there is not.
local function values_of(c, fields, out)
  for _, field in ipairs(fields) do
    out[#out + 1] = c[field] or ''
  end
  return out
end

-- agent → {routing, load, cap, {conv, state, epoch, until, queue, ours, customer, since, last, part, prio,
-- skills, ring, how, kind, from, asked?}…, {conv, 'after_call', leg, until, queue, ours, customer}…}; asked: {state, agent,
-- queue, at, until, alone} of who is asked beside whom has it. What is parked comes behind the rest.
local function agent_view(keys, args)
  local tag, a = keys[1], named(args)
  local f = agents.of(tag, a.agent)
  local out = {agents.routing(f), f.load + f.holds, tonumber(f.cap)}
  local key = tag .. ':agent:' .. a.agent
  local all = redis.call('SMEMBERS', key .. ':load')
  for _, conv in ipairs(redis.call('SMEMBERS', key .. ':parked')) do
    all[#all + 1] = conv
  end
  for _, conv in ipairs(all) do
    local c = conversation(tag, conv) or {}
    local row = values_of(c, SHOWN, {conv})
    local asked = c.state == 'connected' and conversation(tag, conv .. '~c')
    if asked then
      row[#row + 1] = values_of(asked, ASKED_SHOWN, {})
    end
    out[#out + 1] = row
  end
  local legs = redis.call('HGETALL', key .. ':acw')
  for i = 1, #legs, 2 do
    local conv, leg = string.match(legs[i], '^(%S+) (%d+)$')
    local till, queue, ours, customer = string.match(legs[i + 1], '^(%d+) %d*\t(.*)\t(.*)\t(.*)$')
    out[#out + 1] = {conv, 'after_call', leg, till or '', queue or '', ours or '', customer or ''}
  end
  return out
end

-- id limit → the events behind id, each as {event, text, segments, partial} with the message that it
-- is about.
local function events_after(keys, args)
  local tag, a = keys[1], named(args)
  local out = {}
  for _, row in ipairs(redis.call('XRANGE', tag .. ':events', '(' .. a.id, '+', 'COUNT', a.limit)) do
    local e, text, segments, partial = event_fields(row[2]), '', '0', ''
    local at = (e.e == 'mo' or e.e == 'amended') and e.m or e.p
    if e.c and at and at ~= '' then
      local found = redis.call('XRANGE', tag .. ':conv:' .. e.c .. ':msgs', at, at)
      if found[1] then
        local m = named(thread_row(tag, e.c, found[1]))
        text, segments, partial = m.t, m.n or '0', m.p or ''
      end
    end
    local told = row[2][1] == 'x' and row[1] .. '\0' .. row[2][2] or {row[1], unpack(row[2])}
    out[#out + 1] = {told, text, segments, partial}
  end
  return out
end

local function value_in(values, field)
  for i = 1, #values, 2 do
    if values[i] == field then
      return values[i + 1]
    end
  end
end

local GLANCE_ROWS = 40 -- of the end of a thread

-- conv → {text, how many, note}: the first of the customer's texts that no person has answered yet and how many these
-- are, where all are answered the newest and '0'; and what a colleague has noted since
local function glance(keys, args)
  local tag, a = keys[1], named(args)
  local first, answered, texts, note = nil, false, 0, ''
  for _, row in ipairs(redis.call('XREVRANGE', tag .. ':conv:' .. a.conv .. ':msgs', '+', '-', 'COUNT', GLANCE_ROWS)) do
    local m, d = row[2], value_in(row[2], 'd')
    if (d == 'o' and value_in(m, 'x') ~= '1' and first) or (d == 'i' and answered and first) then
      break
    elseif d == 'o' then
      answered = answered or value_in(m, 'x') ~= '1'
    elseif d == 'i' then
      first, texts = row, texts + (answered and 0 or 1)
    elseif note == '' and not answered then
      note = value_in(m, 't')
    end
  end
  local text = first and value_in(first[2], 't') or ''
  if first and value_in(first[2], 'p') == '1' then
    text = named(thread_row(tag, a.conv, first)).t
  end
  return {text, texts .. '', note}
end

-- The customer of a conversation that the agent has or wraps up, and what wraps_up says where they do; else nil.
local function customer_of(tag, a)
  local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'agent', 'customer', 'leg')
  if c[1] == a.agent then
    return c[2]
  end
  local cut = wraps_up(tag, a.conv, a.agent, tonumber(c[3] or '0'))
  return cut and c[2], cut
end

local function legs_of(tag, conv, last, cut)
  local legs = {}
  for leg = last, math.max(1, last - LEGS_SHOWN + 1), -1 do
    local l = redis.call('HMGET', leg_key(tag, conv, leg), 'agent', 'queue', 'ended', 'by', 'wrapup', 'notes')
    if l[1] and l[3] and not (cut and tonumber(l[3]) > cut.ended) then
      legs[#legs + 1] = {leg, l[1], l[2] or '', l[3], l[4] or '', l[5] or '', l[6] or ''}
    end
  end
  return legs
end

-- {id, ours, queue, state, created, legs} of a conversation
local function past_row(tag, id, cut)
  local c = redis.call('HMGET', tag .. ':conv:' .. id, 'ours', 'queue', 'state', 'created', 'leg')
  return {id, c[1] or '', c[2] or '', c[3] or '', c[4] or '0', legs_of(tag, id, tonumber(c[5] or '0'), cut)}
end

-- conv agent before (a conversation, '': from the newest) limit → the customer's conversations, the newest first, one
-- more than asked for where there are earlier ones: {id, ours, queue, state, created, {leg that has ended, agent, queue,
-- ended, by, wrapup, notes}…}; nil where that is not the agent's to read
local function history(keys, args)
  local tag, a = keys[1], named(args)
  local customer, cut = customer_of(tag, a)
  if not customer then
    return false
  end
  local out, list = {}, tag .. ':history:' .. customer
  local newest = cut and redis.call('ZCOUNT', list, '(' .. cut.ended, '+inf') or 0
  local from = math.max(newest, a.before ~= '' and (redis.call('ZREVRANK', list, a.before) or -1) + 1 or 0)
  for _, id in ipairs(redis.call('ZREVRANGE', list, from, from + a.limit)) do
    out[#out + 1] = past_row(tag, id, cut)
  end
  return out
end

local PAST_MAX = 20 -- conversations of one answer

-- conv agent along ('1': it need not be the agent's) of before limit: what was said to this customer before that
-- conversation, whichever it belongs to, as one thread. Without `of` from the conversation itself, of which the head alone
-- is told; else what lies in `of` before that position, and on from there. → {'1' where there is more, customer, the row of
-- `history` with '1' where it goes on before that, and rows as `thread` has them…}, all the newest first and no more than
-- `limit` of the latter; nil where it is not the agent's to read
local function past(keys, args)
  local tag, a = keys[1], named(args)
  local customer, cut
  if a.along == '1' then
    customer = redis.call('HGET', tag .. ':conv:' .. a.conv, 'customer')
  else
    customer, cut = customer_of(tag, a)
  end
  local list = tag .. ':history:' .. (customer or '')
  local rank = customer and redis.call('ZREVRANK', list, a.of ~= '' and a.of or a.conv)
  if not rank then
    return false
  end
  local out, left, before = {'', customer}, math.min(tonumber(a.limit), THREAD_MAX), a.before
  if a.of == '' then
    out[3] = past_row(tag, a.conv, cut)
    out[3][7], out[3][8] = '', {}
    rank, before = rank + 1, ''
  end
  local ids = redis.call('ZREVRANGE', list, rank, rank + PAST_MAX - 1)
  local more = redis.call('ZCARD', list) > rank + #ids
  for _, id in ipairs(ids) do
    if left == 0 then
      more = true
      break
    end
    local rows = thread_rows(tag, id, before, left, cut)
    local beyond = table.remove(rows, left + 1)
    if #rows > 0 or before == '' then
      local row = past_row(tag, id, cut)
      row[7], row[8] = beyond and '1' or '', rows
      out[#out + 1] = row
    end
    more = more or beyond ~= nil
    left, before = left - #rows, ''
  end
  out[1] = more and '1' or ''
  return out
end

-- conv agent of before limit → rows of the thread of `of`, another conversation of the same customer's; nil where that
-- is not the agent's to read
local function earlier(keys, args)
  local tag, a = keys[1], named(args)
  local customer, cut = customer_of(tag, a)
  local begun = customer and redis.call('ZSCORE', tag .. ':history:' .. customer, a.of)
  if not begun or (cut and tonumber(begun) > cut.ended) then
    return false
  end
  return thread_rows(tag, a.of, a.before, a.limit, cut)
end

redis.register_function('glance', glance)
redis.register_function('history', history)
redis.register_function('past', past)
redis.register_function('earlier', earlier)
redis.register_function('events_after', events_after)
redis.register_function('conv_view', conv_view)
redis.register_function('leg_view', leg_view)
redis.register_function('thread', thread)
agents_function('agent_view', agent_view)
