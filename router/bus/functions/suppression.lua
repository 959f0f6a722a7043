-- Suppression as staff keep it: one adds, two remove. Who asks for a removal and who agrees are never the same,
-- whichever way they come: that is decided here, in the step that removes.

local ANSWERED_KEPT = 1000 -- answered requests that a partition's list shows

-- Of two in the same scope the weightier is what stands on the list; a carrier's says nothing that another does not.
local WEIGHT = {carrier = 0, keyword = 1, staff = 2, dnc = 3, legal = 4}

-- customer scope source ('staff', 'dnc', 'legal', 'carrier') by now who salt seal note → {'ok', entry} | {'again', what there is}
local function suppress(keys, args)
  local tag, a = keys[1], named(args)
  local before = redis.call('HGET', tag .. ':opt:' .. a.customer, a.scope)
  local there = before and (WEIGHT[string.match(before, '^%S*')] or WEIGHT.legal)
  if there and (WEIGHT[a.source] or WEIGHT.staff) <= there then
    return {'again', before}
  end
  local entry = ledger_append(tag, {at = a.now, what = 'revoke', who = a.who, scope = a.scope, source = a.source,
    by = a.by, seal = a.seal, salt = a.salt, customer = a.customer, note = a.note,
    before = scopes_of(tag, a.customer), after = scopes_of(tag, a.customer, a.scope)})
  put_on_list(tag, a.customer, a.scope, a.source, entry)
  event(tag, 'e', 'suppression', 'why', 'add', 'customer', a.customer, 'scope', a.scope, 'entry', entry, 'by', a.by,
    'at', a.now)
  return {'ok', entry}
end

-- What is in force of one number → {scope, source, entry, at, by}… of one person, then {scope, source, batch, at, by}… of
-- lists
local function in_force_of(tag, customer)
  local now, lists = {}, {}
  local entries = redis.call('HGETALL', tag .. ':opt:' .. customer)
  for i = 1, #entries, 2 do
    local source, entry = string.match(entries[i + 1], '^(%S*) ?(.*)$')
    local row = redis.call('XRANGE', tag .. ':ledger', entry == '' and '0' or entry, entry == '' and '0' or entry)[1]
    now[#now + 1] = {entries[i], source, entry, string.match(entry, '^%d+') or '0', row and named(row[2]).by or ''}
  end
  local key, field = bulk_place(tag, customer)
  for code in string.gmatch(key and redis.call('HGET', key, field) or '', '%d+') do
    local m = bulk_meaning(tag, code)
    lists[#lists + 1] = {m.scope or 'all', m.source or '', m.batch or '', m.at or '0', m.by or ''}
  end
  return now, lists
end

-- customer who from (which of its records is the first of the page, from 0 on, or as -200 from the end) limit (200 at
-- most) → what is in force, as above, of one person and of lists; that page of how it came, the oldest first: {what, scope,
-- source, by, approved, at, entry, note}…; and how many records there are
local function suppression_of(keys, args)
  local tag, a = keys[1], named(args)
  local past, rows, total = {}, trail_page(tag, a.who, a.from, a.limit)
  for _, row in ipairs(rows) do
    local e = named(row[2])
    past[#past + 1] = {e.what, e.scope or '', e.source or '', e.by or '', e.approved or '', e.at, row[1],
      redis.call('HGET', tag .. ':beside:' .. e.n, 'note') or ''}
  end
  local now, lists = in_force_of(tag, a.customer)
  return {now, lists, past, total}
end

-- customer… → {number, {scope, source, entry, at, by}…}… of those that one person has put on the
-- list
local function suppression_rows(keys, args)
  local out = {}
  for _, customer in ipairs(args) do
    out[#out + 1] = {customer, unpack((in_force_of(keys[1], customer)))}
  end
  return out
end

-- Is there anything in that scope to be removed? Of a batch nobody knows before it is looked for.
local function anything_to_remove(tag, a)
  if (a.batch or '') ~= '' then
    return true
  end
  if redis.call('HEXISTS', tag .. ':opt:' .. a.customer, a.scope) == 1 then
    return true
  end
  for _, scope in ipairs(bulk_scopes(tag, a.customer, {})) do
    if scope == a.scope then
      return true
    end
  end
  return false
end

-- What stands in that scope → its entry, the last opt-out there (which is forgotten after a month), the lists that have
-- the number there.
local function what_stands(tag, customer, scope)
  local key, field = bulk_place(tag, customer)
  local lists = {}
  for code in string.gmatch(key and redis.call('HGET', key, field) or '', '%d+') do
    if (bulk_meaning(tag, code).scope or 'all') == scope then
      lists[#lists + 1] = code
    end
  end
  return redis.call('HGET', tag .. ':opt:' .. customer, scope) or '',
    redis.call('HGET', tag .. ':stops:' .. customer, scope) or '', table.concat(lists, ' ')
end

-- Has anything come into the scope, or gone, since it was asked for? What came was not read by who asked.
local function changed_since(tag, request)
  local entry, stop, lists = what_stands(tag, request.customer, request.scope)
  return entry ~= request.entry or lists ~= request.lists or (stop ~= '' and stop ~= request.stop)
end

-- id by now note ref and customer scope, or batch: somebody asks that it be removed; with narrow, that this
-- scope stay in its place. → {'ok'} | {'missing'}
local function removal_ask(keys, args)
  local tag, a = keys[1], named(args)
  if a.by == '' or not anything_to_remove(tag, a) then
    return {'missing'}
  end
  redis.call('HSET', tag .. ':removal:' .. a.id, 'customer', a.customer or '', 'scope', a.scope or '', 'batch',
    a.batch or '', 'by', a.by, 'at', a.now, 'note', a.note, 'ref', a.ref, 'state', 'asked', 'narrow', a.narrow or '')
  if (a.batch or '') == '' then
    local entry, stop, lists = what_stands(tag, a.customer, a.scope)
    redis.call('HSET', tag .. ':removal:' .. a.id, 'entry', entry, 'stop', stop, 'lists', lists)
    redis.call('SADD', tag .. ':asked:' .. a.customer, a.id)
  end
  redis.call('ZADD', tag .. ':removals', a.now, a.id)
  event(tag, 'e', 'suppression', 'why', 'ask', 'id', a.id, 'by', a.by, 'at', a.now)
  return {'ok'}
end

-- id → {customer, scope, batch, by, at, note, ref, state, answered by, narrow, numbers taken back of a batch, '1' where all
-- of it is, answered at}, or nothing
local function removal_read(keys, args)
  local row = redis.call('HMGET', keys[1] .. ':removal:' .. named(args).id, 'customer', 'scope', 'batch', 'by', 'at',
    'note', 'ref', 'state', 'answered', 'narrow', 'taken', 'done', 'answered_at')
  if not row[8] then
    return {}
  end
  for i = 9, 13 do
    row[i] = row[i] or ''
  end
  return row
end

-- → the ids of those that nobody has answered
local function removals(keys)
  return redis.call('ZRANGE', keys[1] .. ':removals', 0, -1)
end

-- state ('asked' | 'answered') limit (0: all) → {id, what removal_read says…}… of those, the newest first
local function removals_page(keys, args)
  local tag, a = keys[1], named(args)
  local out = {}
  local key = tag .. (a.state == 'asked' and ':removals' or ':answered')
  for _, id in ipairs(redis.call('ZREVRANGE', key, 0, a.limit - 1)) do
    out[#out + 1] = {id, unpack(removal_read(keys, {'id', id}))}
  end
  return out
end

-- → {'', {id, what removal_read says…}…}: all that are open, and the answered ones that are kept
local function removals_all(keys)
  local out = {''}
  for _, list in ipairs({':removals', ':answered'}) do
    for _, id in ipairs(redis.call('ZREVRANGE', keys[1] .. list, 0, -1)) do
      out[#out + 1] = {id, unpack(removal_read(keys, {'id', id}))}
    end
  end
  return out
end

-- Nobody answers what they have asked for themselves, nor is anything answered twice; but the removal of a batch
-- takes many steps, and where it was broken off anybody but who asked for it may let it go on: it is approved.
local function removal_refused(request, a)
  if not request.state then
    return {'missing'}
  end
  if a.by == '' or string.lower(request.by) == string.lower(a.by) then
    return {'own'}
  end
  local goes_on = request.batch ~= '' and request.state == 'approved' and a.yes == '1' and request.done ~= '1'
  if request.state ~= 'asked' and not goes_on then
    return {'over', request.state}
  end
  return nil
end

-- What was removed in a wide scope stays in a narrow one, as who made it: what a keyword made a keyword lifts.
local function narrow(tag, request, a, was)
  local key = tag .. ':opt:' .. request.customer
  if (request.narrow or '') == '' or redis.call('HEXISTS', key, request.narrow) == 1 then
    return
  end
  local source = was and string.match(was, '^%S+') or 'staff'
  local entry = ledger_append(tag, {at = a.now, what = 'revoke', who = a.who, scope = request.narrow, source = source,
    by = request.by, approved = a.by, seal = a.seal, salt = a.salt, customer = request.customer, note = a.note,
    before = scopes_of(tag, request.customer), after = scopes_of(tag, request.customer, request.narrow)})
  redis.call('HSET', key, request.narrow, source .. ' ' .. entry)
  note_scope(tag, request.narrow)
end

-- a: by now
local function close_request(tag, id, state, a)
  redis.call('HSET', tag .. ':removal:' .. id, 'state', state, 'answered', a.by, 'answered_at', a.now)
  redis.call('ZREM', tag .. ':removals', id)
  redis.call('ZADD', tag .. ':answered', a.now, id)
  redis.call('ZREMRANGEBYRANK', tag .. ':answered', 0, -ANSWERED_KEPT - 1)
  event(tag, 'e', 'suppression', 'why', state == 'approved' and 'approve' or 'refuse', 'id', id, 'by', a.by, 'at', a.now)
end

-- id by yes ('1' | '0') now who salt seal note: somebody else agrees, or not. → {'ok', asked by} | {'missing'} |
-- {'own'} | {'over', state} | {'changed'}: it is not approved, since what stands there is not what it was asked for
local function removal_answer(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':removal:' .. a.id
  local request = named(redis.call('HGETALL', key))
  local refusal = removal_refused(request, a)
  if refusal then
    return refusal
  end
  if request.state == 'approved' then
    return {'ok', request.by} -- the ledger says who let it go on, with what was taken
  end
  if a.yes == '1' and request.batch == '' and changed_since(tag, request) then
    return {'changed'}
  end
  close_request(tag, a.id, a.yes == '1' and 'approved' or 'refused', a)
  if a.yes == '1' and request.batch == '' then
    local was = redis.call('HGET', tag .. ':opt:' .. request.customer, request.scope)
    local before = scopes_of(tag, request.customer)
    redis.call('HDEL', tag .. ':opt:' .. request.customer, request.scope)
    local batches = bulk_remove(tag, request.customer, request.scope)
    ledger_append(tag, {at = a.now, what = 'release', who = a.who, scope = request.scope, source = 'staff',
      by = request.by, approved = a.by, batch = table.concat(batches, ' '), seal = a.seal, salt = a.salt,
      customer = request.customer, note = a.note, before = before, after = scopes_of(tag, request.customer)})
    narrow(tag, request, a, was)
    tell_talks(tag, request.customer)
  end
  return {'ok', request.by}
end

-- The requests about that customer: `asked:<customer>` has them, and before it was kept those that the lists show.
local function requests_about(tag, customer)
  local ids = redis.call('SMEMBERS', tag .. ':asked:' .. customer)
  for _, list in ipairs({':removals', ':answered'}) do
    for _, id in ipairs(redis.call('ZRANGE', tag .. list, 0, -1)) do
      ids[#ids + 1] = id
    end
  end
  return ids
end

-- customer by now: of the requests about the customer only that they were there is kept. One that nobody has answered is
-- refused by that: what the customer asked for stays in force, and nobody could read whose it is. → how many
local function removals_erase(keys, args)
  local tag, a = keys[1], named(args)
  local erased = 0
  for _, id in ipairs(requests_about(tag, a.customer)) do
    local key = tag .. ':removal:' .. id
    local request = redis.call('HMGET', key, 'customer', 'state')
    if request[1] == a.customer then
      if request[2] == 'asked' then
        close_request(tag, id, 'refused', a)
      end
      redis.call('HSET', key, 'customer', '', 'note', '', 'ref', '')
      erased = erased + 1
    end
  end
  redis.call('DEL', tag .. ':asked:' .. a.customer)
  return erased
end

-- back fence now customer: what each of their conversations' agents is to hear, where that is something new.
-- → {'ok', event…}
local function composers(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  local told, talks = {'ok'}, redis.call('HGETALL', tag .. ':talks:' .. a.customer)
  for i = 1, #talks, 2 do
    local conv = tag .. ':conv:' .. talks[i]
    local c = redis.call('HMGET', conv, 'state', 'agent', 'out')
    local out = suppressed(tag, a.customer, talks[i + 1]) and '1' or '0'
    if c[1] == 'connected' and c[3] ~= out then
      redis.call('HSET', conv, 'out', out)
      told[#told + 1] = event(tag, 'e', 'consent', 'c', talks[i], 's', c[1], 'a', c[2], 'out', out, 'changed', '1',
        'p', '', 'm', '', 'k', 'NONE', 'scope', '', 'n', '0', 'at', a.now)
    end
  end
  return told
end

-- id (of a message) customer now by (the carrier) note who salt seal: its carrier has refused the message since the
-- customer opted out there, which covers our number. → {'ok', entry} | {'again'} | {'missing'} | {'who', customer}: of
-- that one the record has to speak
local function carrier_stop(keys, args)
  local tag, a = keys[1], named(args)
  local ours, customer = string.match(redis.call('HGET', tag .. ':msg:' .. a.id, 'pair') or '', '^([^:]*):(.*)$')
  if not ours then
    return {'missing'}
  elseif customer ~= a.customer then
    return {'who', customer}
  end
  local flat = {'scope', 'n:' .. ours, 'source', 'carrier'}
  for i = 1, #args do
    flat[#flat + 1] = args[i]
  end
  local told = suppress(keys, flat)
  return told[1] == 'ok' and told or {'again'}
end

-- before ('' = from the newest; inclusive: '1' it may be that one) limit → {id, field, value…} of sends that were blocked
-- (outbound.lua), the newest first
local function blocked_read(keys, args)
  local tag, a = keys[1], named(args)
  local out = {}
  for _, row in ipairs(redis.call('XREVRANGE', tag .. ':blocked', a.before == '' and '+' or
    (a.inclusive == '1' and '' or '(') .. a.before, '-', 'COUNT', a.limit)) do
    out[#out + 1] = {row[1], unpack(row[2])}
  end
  return out
end

local BLOCKED_AT_ONCE = 1000

-- customer before ('' = from the newest): of a page of the sends that were blocked those to the customer are erased.
-- → {how many, where the next page begins or ''}
local function blocked_erase(keys, args)
  local tag, a = keys[1], named(args)
  local rows = redis.call('XREVRANGE', tag .. ':blocked', a.before == '' and '+' or '(' .. a.before, '-', 'COUNT',
    BLOCKED_AT_ONCE)
  local erased = 0
  for _, row in ipairs(rows) do
    if named(row[2]).customer == a.customer then
      erased = erased + redis.call('XDEL', tag .. ':blocked', row[1])
    end
  end
  return {erased .. '', #rows == BLOCKED_AT_ONCE and rows[#rows][1] or ''}
end

redis.register_function('blocked_erase', blocked_erase)
redis.register_function('composers', composers)
redis.register_function('carrier_stop', carrier_stop)
redis.register_function('blocked_read', blocked_read)

-- id taken done ('1' | ''): how far a batch has been taken back. → how many numbers so far
local function removal_undone(keys, args)
  local a = named(args)
  local key = keys[1] .. ':removal:' .. a.id
  if redis.call('EXISTS', key) == 1 then
    redis.call('HINCRBY', key, 'taken', a.taken)
    if a.done == '1' then
      redis.call('HSET', key, 'done', '1')
    end
  end
  return redis.call('HGET', key, 'taken')
end

redis.register_function('suppress', suppress)
redis.register_function('suppression_of', suppression_of)
redis.register_function('suppression_rows', suppression_rows)
redis.register_function('removal_ask', removal_ask)
redis.register_function('removal_read', removal_read)
redis.register_function('removals', removals)
redis.register_function('removals_page', removals_page)
redis.register_function('removals_all', removals_all)
redis.register_function('removals_erase', removals_erase)
redis.register_function('removal_undone', removal_undone)
redis.register_function('removal_answer', removal_answer)
