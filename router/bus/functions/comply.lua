-- What the compliance console reads of consent; nothing here writes but who took a copy.

local BACK = 200 -- messages of a thread that one call looks through

-- Does a record fit what is looked for? An empty wish fits all.
local function fits(e, a)
  return (a.what == '' or string.find('|' .. a.what .. '|', '|' .. e.what .. '|', 1, true)) and
    (a.scope == '' or e.scope == a.scope) and (a.source == '' or e.source == a.source)
end

-- Is the entry that this record made still what suppresses its number? '' where nobody knows whose it was.
local function in_force(tag, id, e, customer)
  if e.what ~= 'revoke' then
    return ''
  elseif customer == '' then
    return ''
  end
  local made_by = redis.call('HGET', tag .. ':opt:' .. customer, e.scope) or ''
  return string.match(made_by, '^%S+ (%S+)$') == id and '1' or '0'
end

local function page_row(tag, row, e)
  local beside = redis.call('HMGET', tag .. ':beside:' .. e.n, 'customer', 'note')
  local customer = beside[1] or ''
  return {row[1], e.n, e.what, e.scope or '', e.source or '', e.by or '', e.approved or '', e.at, customer,
    in_force(tag, row[1], e, customer), e.batch or '', e.rows or '', e.rule or '', e.ours or '',
    beside[2] or e.reason or ''}
end

-- before ('' or an id; inclusive: '1' it may be that one) since (an id) limit what (`revoke|grant`) scope source: records,
-- the newest first. → {'' where the end was reached, or the id of the last that was looked at, {id, n, what, scope, source, by, approved, at, number,
-- in force, batch, rows, rule, ours, note}…}
local function consent_page(keys, args)
  local tag, a = keys[1], named(args)
  return ledger_page(tag, a, a.since, function(row, e)
    return fits(e, a) and page_row(tag, row, e)
  end)
end

-- The rows of a thread before, at and behind the moment at which a message was applied.
local function message_row(tag, conv, row)
  local m = named(row[2])
  local f = m.m and redis.call('HMGET', tag .. ':msg:' .. m.m, 'state', 'reason', 'wat', 'dat', 'carrier') or {}
  return {row[1], m.t or '', m.a or '', m.x or '', m.m or '', f[1] or '', f[2] or '', f[3] or '', f[4] or '', f[5] or '',
    m.n or '', m.p or '', m.k or ''}
end

-- What a keyword's entry is about: its own message, the last that was sent before it, the answer to it.
local function around(tag, id, e)
  local own, before, answered = {}, {}, {}
  local key = tag .. ':conv:' .. (e.conv or '') .. ':msgs'
  -- All of one call may have come in one millisecond, in which ids of two streams say nothing of their order.
  for _, row in ipairs(redis.call('XREVRANGE', key, string.match(id, '^%d+'), '-', 'COUNT', BACK)) do
    local m = named(row[2])
    if not own[1] and m.d == 'i' and m.h == e.at then
      own = message_row(tag, e.conv, row)
      local late = redis.call('HMGET', tag .. ':conv:' .. e.conv .. ':late', row[1] .. ' t', row[1] .. ' n', row[1] .. ' p')
      own[2], own[11], own[12] = late[1] or own[2], late[2] or own[11], late[3] or own[12]
    elseif own[1] and m.d == 'o' then
      before = message_row(tag, e.conv, row)
      break
    end
  end
  for _, row in ipairs(redis.call('XRANGE', key, own[1] and '(' .. own[1] or id, '+', 'COUNT', BACK)) do
    local m = named(row[2])
    if m.d == 'i' then
      break -- what is sent behind another message answers that one
    elseif m.d == 'o' and m.x == '1' then
      answered = message_row(tag, e.conv, row)
      break
    end
  end
  return own, before, answered
end

-- at (an entry's id) → {{field, value…}, {salt, customer, record, note} or {}, in force, own, before, answered} with the last
-- three {at, text, agent, exempt, id, state, reason, written, done, carrier, segments, partial, keyword} or {}; {} where there is none
local function consent_entry(keys, args)
  local tag, a = keys[1], named(args)
  local row = redis.call('XRANGE', tag .. ':ledger', a.at, a.at)[1]
  if not row then
    return {}
  end
  local e = named(row[2])
  local b = redis.call('HMGET', tag .. ':beside:' .. e.n, 'salt', 'customer', 'record', 'note')
  local beside = b[1] and {b[1], b[2] or '', b[3] or '', b[4] or ''} or {}
  local own, before, answered = {}, {}, {}
  if b[1] and e.conv and (e.what == 'revoke' or e.what == 'revoke-again' or e.what == 'grant') then
    own, before, answered = around(tag, row[1], e)
  end
  return {row[2], beside, in_force(tag, row[1], e, b[2] or ''), own, before, answered}
end

-- who now id (which list) what (`field<tab><tab>value` each): somebody has taken a copy of it, or begins to. → {'ok', event}
local function copied(keys, args)
  local tag, a = keys[1], named(args)
  return {'ok', audited(tag, 'at', a.now, 'a', '', 'e', 'audit', 'who', a.who, 'action', 'export', 'kind', 'export',
    'id', a.id, 'version', '', 'what', a.what)}
end

redis.register_function('copied', copied)
redis.register_function('consent_page', consent_page)
redis.register_function('consent_entry', consent_entry)
