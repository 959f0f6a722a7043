-- What a person has to read: a text that may or may not ask for no more. In the step that applies it automated
-- traffic to that customer is held, whichever number of ours it comes from: `hold:<customer>` names the review.
-- `review:<id>`, where the id is that of the ledger's record: customer ours conv scope rule at due late (ms: when
-- it is to be decided, when it is escalated) state (open; then who decided, and when) more (texts behind the first);
-- `review:<id>:said` has `conv position rule at` of each, or `- - rule at text` of one that is in no conversation.
-- `reviews` are those that are open, by when they are due, `reviews:due` by when somebody is to be reminded.

local put_on_list, stop_again
do
  local STOPS_MS = 31 * 86400000 -- as long as a message may wait

  -- Suppresses a scope, as `source` by that record of the ledger; `ours`: by a text to that number (nil for none).
  -- What waits is not sent, what was is cancelled, and whoever has a conversation with the customer is to hear of it.
  -- What was accepted when the number was another programme's, or its programme had another name, has scopes of that
  -- time: it is stopped by the number.
  function put_on_list(tag, customer, scope, source, entry, ours)
    note_scope(tag, scope, ours)
    redis.call('HSET', tag .. ':opt:' .. customer, scope, source .. ' ' .. entry)
    redis.call('HSET', tag .. ':stops:' .. customer, scope, entry)
    local number = string.sub(scope, 1, 2) ~= 'c:' and ours or ''
    if number ~= '' then
      redis.call('HSET', tag .. ':stops:' .. customer, 'n:' .. number, entry)
    end
    if source == 'keyword' then
      redis.call('HSET', tag .. ':stops:' .. customer, EPISODE .. scope, entry)
    end
    redis.call('PEXPIRE', tag .. ':stops:' .. customer, STOPS_MS)
    cancel_sent(tag, customer, scope, number)
    tell_talks(tag, customer)
  end

  -- What is on the list already, as made_by says, is said again, as a has it: customer scope ours. It may be said to
  -- that number for the first time since, of which there may be what has scopes of another time, as above.
  function stop_again(tag, a, made_by, entry)
    local stops = tag .. ':stops:' .. a.customer
    redis.call('HSET', stops, a.scope, entry)
    if string.sub(a.scope, 1, 2) ~= 'c:' and (a.ours or '') ~= '' then
      local before = redis.call('HGET', stops, 'n:' .. a.ours)
      redis.call('HSET', stops, 'n:' .. a.ours, entry)
      if not before or later(string.match(made_by, '%S+$'), before) then
        cancel_sent(tag, a.customer, a.scope, a.ours)
      end
    end
    redis.call('PEXPIRE', stops, STOPS_MS)
  end
end

local CONFIRM_MS = 300000 -- 47 CFR 64.1200(a)(12): in that time the confirmation is the only further message

-- Was this opt-out confirmed already, by what c says of it: customer ours scopes now? Where a keyword covers one of the
-- scopes, this episode's confirmation has been sent; where another opt-out that is in force was confirmed to the same
-- number, or out of a category of the same programme, it is still the only message ("STOP MARKETING", then "STOP").
local function confirmed(tag, c)
  local entries, now = redis.call('HGETALL', tag .. ':opt:' .. c.customer), tonumber(c.now)
  for i = 1, #entries, 2 do
    local scope, id = entries[i], string.match(entries[i + 1], '^keyword (.*)$')
    if id and string.find('|' .. c.scopes .. '|', '|' .. scope .. '|', 1, true) then
      return true
    end
    local row = id and redis.call('XRANGE', tag .. ':ledger', id, id)[1]
    local e = row and named(row[2])
    local age = e and now - tonumber(e.at) or CONFIRM_MS
    local programme = string.match(c.scopes, '|p:([^|]*)')
    if age < CONFIRM_MS and (e.ours == c.ours or (programme and string.sub(scope, 1, #programme + 3) == 'c:' .. programme .. ':')) then
      return true
    end
  end
  return false
end

-- The one message to a customer that a keyword is answered by, whatever suppresses them; a: answer and what comes
-- with it, ours customer carrier scopes. confirms: where it is the confirmation of an opt-out, its entry and scope with
-- a blank between; any other is over with the next opt-out. → its position, or nil
local function answer(tag, a, conv, confirms)
  if (a.answer or '') == '' then
    return nil
  end
  local position = enqueue(tag, {id = a.answer_id, conv = conv, ours = a.ours, customer = a.customer,
    text = a.answer, carrier = a.answer_carrier or a.carrier, route = a.answer_route, expires = a.answer_expires,
    class = 'interactive', record = a.answer_record, scopes = a.scopes, segs = a.answer_segs, agent = '', exempt = '1',
    after = confirms or ledger_end(tag)})
  return position
end

-- The customer's open review is over: nothing is held any more. → its id, or nil where there is none
local function hold_end(tag, customer, state, by, now)
  local id = redis.call('GET', tag .. ':hold:' .. customer)
  if not id then
    return nil
  end
  local key = tag .. ':review:' .. id
  local told = redis.call('HGET', key, 'told')
  redis.call('DEL', tag .. ':hold:' .. customer)
  redis.call('HSET', key, 'state', state, 'by', by, 'decided', now)
  redis.call('ZREM', tag .. ':reviews', id)
  redis.call('ZREM', tag .. ':reviews:due', id)
  local counts = tag .. ':count'
  redis.call('HINCRBY', counts, 'review_open', -1)
  for _, what in ipairs({'due', 'escalated'}) do
    if told and string.find(told, what, 1, true) then
      redis.call('HINCRBY', counts, 'review_' .. what, -1)
    end
  end
  event(tag, 'e', 'review', 'why', state, 'id', id, 'customer', customer, 'by', by, 'at', now)
  return id
end

-- An AMBIGUOUS text, at `position` of conv, '' where it is in none. a: as mo() has it, with review_due and review_late.
local function hold_open(tag, a, conv, position)
  local SAID_MAX = 50 -- texts of one review that are kept beside each other
  local key = tag .. ':hold:' .. a.customer
  local id = redis.call('GET', key)
  local entry = ledger_append(tag, {at = a.now, what = 'hold', who = a.who, scope = a.scope, source = 'keyword',
    ours = a.ours, conv = conv, rule = a.rule, entry = id or '', seal = a.seal, salt = a.salt, customer = a.customer,
    record = a.record})
  local fresh = not id
  if fresh then
    id = entry
    redis.call('SET', key, id)
    redis.call('HSET', tag .. ':review:' .. id, 'customer', a.customer, 'ours', a.ours, 'conv', conv, 'scope', a.scope,
      'scopes', a.scopes, 'rule', a.rule, 'at', a.now, 'due', a.review_due, 'late', a.review_late, 'state', 'open', 'more', '0')
    redis.call('ZADD', tag .. ':reviews', a.review_due, id)
    redis.call('ZADD', tag .. ':reviews:due', math.min(a.review_due, a.review_late), id)
    count(tag, 'review_open')
  else
    redis.call('HINCRBY', tag .. ':review:' .. id, 'more', 1)
  end
  local said = tag .. ':review:' .. id .. ':said'
  local where = conv ~= '' and conv .. ' ' .. position or '- -'
  redis.call('RPUSH', said, table.concat({where, string.match(a.rule, '^%d+'), a.now, conv == '' and a.text or nil}, ' '))
  redis.call('LTRIM', said, -SAID_MAX, -1)
  return event(tag, 'e', 'review', 'why', fresh and 'open' or 'more', 'id', id, 'c', conv, 'm', position, 'customer',
    a.customer, 'ours', a.ours, 'due', a.review_due, 'at', a.now)
end

do
-- One of `said` → {conv, position, rule, at, text}
local function said_row(tag, line)
  local conv, position, rule, at, text = string.match(line, '^(%S+) (%S+) (%S+) (%S+) ?(.*)$')
  if conv == '-' then
    return {'', '', rule, at, text}
  end
  local row = redis.call('XRANGE', tag .. ':conv:' .. conv .. ':msgs', position, position)[1]
  local late = redis.call('HGET', tag .. ':conv:' .. conv .. ':late', position .. ' t')
  return {conv, position, rule, at, late or row and named(row[2]).t or ''}
end

-- limit (all, unless it is said) → {id, due, id, due…} of those that nobody has decided, what is due first in front
local function reviews(keys, args)
  return redis.call('ZRANGE', keys[1] .. ':reviews', 0, (tonumber(named(args).limit) or 0) - 1, 'WITHSCORES')
end

-- id → {customer, ours, conv, scope, rule, at, due, late, state, by, decided, note, more, told,
-- {conv, position, rule, at, text}…}, or nothing
local function review_read(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':review:' .. a.id
  local fields = redis.call('HMGET', key, 'customer', 'ours', 'conv', 'scope', 'rule', 'at', 'due', 'late', 'state',
    'by', 'decided', 'note', 'more', 'told')
  if not fields[1] then
    return {}
  end
  for i = 1, 14 do
    fields[i] = fields[i] or ''
  end
  for _, line in ipairs(redis.call('LRANGE', key .. ':said', 0, -1)) do
    fields[#fields + 1] = said_row(tag, line)
  end
  return fields
end

-- before ('' or an id; inclusive: '1' it may be that one) limit → {'' where the end was reached, or the id of the last record
-- that was looked at, {id, what review_read() says}…}: all reviews there were, the newest first. The first text of each
-- is the record that names none.
local function reviews_page(keys, args)
  local tag, a = keys[1], named(args)
  return ledger_page(tag, a, '-', function(row, e)
    return e.what == 'hold' and (e.entry or '') == '' and {row[1], review_read(keys, {'id', row[1]})}
  end)
end

-- id by yes ('release', or 'opt_out' in the scope, or in that which its text asked for) scope now who salt seal note:
-- a person has read it. → {'ok', state} | {'missing'} | {'over', state, by}
local function review_decide(keys, args)
  local tag, a = keys[1], named(args)
  local r = named(redis.call('HGETALL', tag .. ':review:' .. a.id))
  if not r.state or a.by == '' or (a.yes ~= 'release' and a.yes ~= 'opt_out') then
    return {'missing'}
  end
  if r.state ~= 'open' then
    return {'over', r.state, r.by}
  end
  local scope = a.scope ~= '' and a.scope or r.scope
  local state = a.yes == 'release' and 'released' or 'opted_out'
  local entry = ledger_append(tag, {at = a.now, what = a.yes == 'release' and 'release' or 'revoke', who = a.who,
    scope = scope, source = 'review', ours = r.ours, conv = r.conv, by = a.by, entry = a.id, seal = a.seal,
    salt = a.salt, customer = r.customer, note = a.note, before = scopes_of(tag, r.customer),
    after = scopes_of(tag, r.customer, state == 'opted_out' and scope or nil)})
  hold_end(tag, r.customer, state, a.by, a.now)
  redis.call('HSET', tag .. ':review:' .. a.id, 'note', a.note)
  if state == 'opted_out' and redis.call('HEXISTS', tag .. ':opt:' .. r.customer, scope) == 0 then
    -- The customer's own words made it, so START lifts it; what staff or a carrier has put there stays theirs.
    local told = confirmed(tag, {customer = r.customer, ours = r.ours, scopes = r.scopes or r.scope, now = a.now})
    put_on_list(tag, r.customer, scope, 'keyword', entry, a.scope == '' and r.ours or nil)
    if not told then
      redis.call('HSET', tag .. ':review:' .. a.id, 'confirm', scope .. ' ' .. entry)
      redis.call('XADD', tag .. ':back', '*', 'k', 'cfm', 'c', r.customer, 'r',
        table.concat({a.id, r.ours, r.rule, r.at}, '\t'))
    end
  end
  return {'ok', state}
end

-- back fence now id, and as of mo() scopes answer answer_id answer_carrier answer_route answer_expires answer_record
-- answer_segs: the confirmation of what a person has read as an opt-out, composed by the router; unless the customer has
-- taken it back since. It is due five minutes after the first text that was read (`heard`), and expires where that is over.
-- A STOP that comes meanwhile is a repetition, which is answered nothing. → {'ok', event?}
local function review_confirm(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  local r = named(redis.call('HGETALL', tag .. ':review:' .. a.id))
  local scope, entry = string.match(r.confirm or '', '^(.*) (%S+)$')
  if not scope or redis.call('HGET', tag .. ':opt:' .. r.customer, scope) ~= 'keyword ' .. entry then
    return {'ok'}
  end
  a.ours, a.customer = r.ours, r.customer
  local position = answer(tag, a, r.conv, entry .. ' ' .. scope)
  if not position then
    count(tag, 'review_unconfirmed')
    return {'ok'}
  end
  local c = redis.call('HMGET', tag .. ':conv:' .. r.conv, 'state', 'agent')
  return {'ok', event(tag, 'e', 'consent', 'c', r.conv, 's', c[1] or '', 'a', c[2] or '', 'out', '1', 'changed', '0',
    'p', position, 'm', a.answer_id, 'k', 'OPT_OUT', 'scope', scope, 'n', a.answer_segs or '0', 'at', a.now,
    'heard', r.at)}
end

-- fence now: those whose time has come, each once for being due and once for being late: {why, event}…
local function reviews_due(keys, args)
  local tag, a = keys[1], named(args)
  local out, now = {}, tonumber(a.now)
  if fenced(tag, a) then
    return out
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', tag .. ':reviews:due', '-inf', a.now, 'LIMIT', 0, 100)) do
    local key = tag .. ':review:' .. id
    local r = redis.call('HMGET', key, 'due', 'late', 'told', 'customer')
    local told = r[3] or ''
    for what, at in pairs({due = tonumber(r[1]), escalated = tonumber(r[2])}) do
      if at <= now and not string.find(told, what, 1, true) then
        told = told .. ' ' .. what
        count(tag, 'review_' .. what)
        out[#out + 1] = event(tag, 'e', 'review', 'why', what, 'id', id, 'customer', r[4], 'at', a.now)
      end
    end
    redis.call('HSET', key, 'told', told)
    local next = math.max(tonumber(r[1]), tonumber(r[2]))
    if next <= now then
      redis.call('ZREM', tag .. ':reviews:due', id)
    else
      redis.call('ZADD', tag .. ':reviews:due', next, id)
    end
  end
  return out
end

redis.register_function('reviews', reviews)
redis.register_function('review_read', review_read)
redis.register_function('reviews_page', reviews_page)
redis.register_function('review_decide', review_decide)
redis.register_function('review_confirm', review_confirm)
redis.register_function('reviews_due', reviews_due)
end
