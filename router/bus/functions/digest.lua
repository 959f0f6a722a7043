-- What happened to consent as sums for reports, from the records of the ledger and from events only: each is folded
-- once, behind a cursor that is written in the same call. `digest:<day>` holds the sums of a day since 1970 (UTC) as
-- `<quarter of an hour> <figure> <ours> <scope> <language> <source> <rule>` with tabs between; EVENTS.md says what the
-- figures are. `digest:after` are messages that were sent after an opt-out, `digest:who` by which HMAC the ledger knows a
-- number that has opted out, `digest:confirm` the confirmations that nobody knows to have been sent, by when they were
-- asked for.
-- And how long customers waited for answers: `digest:today:<day>` has what today.lua has of a day (of the router's own
-- time) that only these events tell, as `q <queue> <figure>` and `a <agent> <figure>`; `digest:told` counts its changes.

local DAY_MS, QUARTER_MS = 86400000, 900000
local DAY_KEPT_S, TODAY_KEPT_S = 1100 * 86400, 172800
local HOUR_MS = 3600000
local SETTLES_MS = 5000 -- in which a text that was heard takes effect, whatever happens to the router
local LOOKBACK = 100 -- records of a number, the newest, by which that is told
local AFTER_KEPT = 1000 -- messages sent after an opt-out, by name
local WAITS = {{HOUR_MS, 'decided_1h'}, {4 * HOUR_MS, 'decided_4h'}, {24 * HOUR_MS, 'decided_24h'}}

-- d: ours scope language source rule, what of them there is
local function add(f, at, figure, by, d)
  local day = math.floor(at / DAY_MS)
  local field = table.concat({math.floor(at % DAY_MS / QUARTER_MS), figure, d.ours or '', d.scope or '', d.language or '',
    d.source or '', d.rule or ''}, '\t')
  local fields = f.days[day] or {}
  f.days[day] = fields
  fields[field] = (fields[field] or 0) + by
end

local function of_record(e)
  local rule, language = string.match(e.rule or '', '^(%d+) (%S*)')
  return {ours = e.ours, scope = e.scope, language = language, source = e.source, rule = rule}
end

-- A person has read what was unclear: how long that took, from the review's id.
local function decided(f, e, at)
  local since = tonumber(string.match(e.entry or '', '^(%d+)-')) or at
  local what = {ours = e.ours, scope = e.scope, source = e.what == 'release' and 'released' or 'opted_out'}
  local wait, kind = math.max(0, at - since), 'decided_late'
  for i = #WAITS, 1, -1 do
    kind = wait <= WAITS[i][1] and WAITS[i][2] or kind
  end
  add(f, at, 'decided', 1, what)
  add(f, at, 'decided_ms', wait, what)
  add(f, at, kind, 1, what)
end

local RECORDS = {
  revoke = function(f, e, at)
    add(f, at, 'opt_out', 1, of_record(e))
    local customer = redis.call('HGET', f.tag .. ':beside:' .. e.n, 'customer')
    if customer and e.who then
      redis.call('HSET', f.tag .. ':digest:who', customer, e.who)
    end
    if e.source == 'review' then
      decided(f, e, at)
    end
  end,
  ['revoke-again'] = function(f, e, at)
    add(f, at, 'opt_out_again', 1, of_record(e))
  end,
  grant = function(f, e, at)
    add(f, at, 'opt_in', 1, of_record(e))
  end,
  hold = function(f, e, at)
    add(f, at, (e.entry or '') == '' and 'unclear' or 'unclear_more', 1, of_record(e))
  end,
  release = function(f, e, at)
    if e.source == 'review' then
      decided(f, e, at)
    else
      add(f, at, 'removed', tonumber(e.rows) or 1, of_record(e))
    end
  end,
  import = function(f, e, at)
    add(f, at, 'listed', tonumber(e.rows) or 0, of_record(e))
  end,
}

local function ours_of(f, m)
  return string.match(redis.call('HGET', f.tag .. ':msg:' .. m, 'pair') or '', '^([^:]*):')
end

-- Was an opt-out of one of these scopes in force at that moment, by the number's own records? A keyword's is over with the
-- next START, any with its removal. → its scope, its source; or nil
local function in_force_at(tag, who, scopes, ms)
  local rows, granted, released = trail_page(tag, who, -LOOKBACK, LOOKBACK), false, {}
  for i = #rows, 1, -1 do
    local e, effective = named(rows[i][2]), tonumber(string.match(rows[i][1], '^%d+'))
    local scope = e.scope or ''
    if e.what == 'grant' then
      granted = granted or effective <= ms
    elseif e.what == 'release' and e.source == 'staff' then
      released[scope] = released[scope] or effective <= ms
    elseif (e.what == 'revoke' or e.what == 'revoke-again') and string.find('|' .. scopes .. '|', '|' .. scope .. '|', 1, true) then
      local lifted = released[scope] or (granted and (e.source == 'keyword' or e.source == 'review'))
      if not lifted and math.min(effective, tonumber(e.at) + SETTLES_MS) < ms then
        return scope, e.source
      end
    end
  end
  return nil
end

-- By whose records a number is known whose name in them was erased, while it is out.
local function listed_as(f, customer)
  local id = string.match(redis.call('HVALS', f.tag .. ':opt:' .. customer)[1] or '', '%S+$')
  local row = id and redis.call('XRANGE', f.tag .. ':ledger', id, id)[1]
  return row and named(row[2]).who
end

-- A message that a carrier has taken, and to whom: was it written though an opt-out covered it? Never, is promised; so
-- nothing is looked at by which that promise is kept. `digest:after` has each such message once, by when it was written.
local function sent_after(f, t)
  local scope, source = in_force_at(f.tag, t.who, t.scopes, tonumber(t.written))
  if scope and redis.call('ZADD', f.tag .. ':digest:after', 'NX', t.written, t.m) == 1 then
    add(f, tonumber(t.written), 'sent_after', 1, {ours = t.ours, scope = scope, source = source})
    redis.call('ZREMRANGEBYRANK', f.tag .. ':digest:after', 0, -AFTER_KEPT - 1)
  end
end

-- By which names the records know these customers, those that have opted out once, as hardly any have: customer → name.
local function known_as(f, customers)
  local known = {}
  for from = 1, #customers, 1000 do
    local lists, to = {}, math.min(from + 999, #customers)
    for i = from, to do
      lists[#lists + 1] = f.tag .. ':opt:' .. customers[i]
    end
    local names = redis.call('HMGET', f.tag .. ':digest:who', unpack(customers, from, to))
    local out = redis.call('EXISTS', unpack(lists)) > 0
    for i = from, to do
      known[customers[i]] = names[i - from + 1] or (out and listed_as(f, customers[i])) or nil
    end
  end
  return known
end

local ROW = '(%C+)\t%C*\t(%C*)\t%C*\t%C*\t(%d+)[^\n]*' -- of `states`: m, st, at
local TAKEN = {sent = true, delivered = true}

-- What carriers have taken of this folding: of those whose customers have opted out once each is looked at, once.
local function look_at_taken(f)
  local customers = {}
  for customer in pairs(f.customers) do
    customers[#customers + 1] = customer
  end
  local known, seen = known_as(f, customers), f.taken
  for _, rows in ipairs(next(known) and f.rows or {}) do
    for m, st in string.gmatch(rows, ROW) do
      seen[m] = seen[m] or TAKEN[st]
    end
  end
  for m in pairs(next(known) and seen or {}) do
    local x = redis.call('HMGET', f.tag .. ':msg:' .. m, 'pair', 'scopes', 'wat')
    local ours, customer = string.match(x[1] or '', '^([^:]*):(.*)$')
    local who = known[customer or '']
    if who and (x[2] or '') ~= '' and x[3] then
      sent_after(f, {m = m, ours = ours, who = who, scopes = x[2], written = x[3]})
    end
  end
end

local function confirming(f)
  if f.confirming == nil then
    f.confirming = redis.call('EXISTS', f.tag .. ':digest:confirm') == 1
  end
  return f.confirming
end

-- A message that a carrier has taken, of one by itself or of those whose event does not say their pairs.
local function took(f, m, st)
  local customer = TAKEN[st] and string.match(redis.call('HGET', f.tag .. ':msg:' .. m, 'pair') or '', ':(.*)$')
  if customer then
    f.customers[customer], f.taken[m] = true, true
  end
end

-- What became of a message, which may be a confirmation that nobody knows to have been sent.
local function settled(f, m, st, at)
  local asked = confirming(f) and st ~= 'sending' and redis.call('ZSCORE', f.tag .. ':digest:confirm', m)
  if not asked then
    return
  end
  local wait, ours = math.max(0, at - tonumber(asked)), ours_of(f, m)
  if st ~= 'sent' and st ~= 'delivered' then
    add(f, at, 'confirm_missing', 1, {ours = ours, source = st})
  else
    add(f, at, wait <= CONFIRM_MS and 'confirm_sent' or 'confirm_late', 1, {ours = ours})
    add(f, at, 'confirm_ms', wait, {ours = ours})
  end
  redis.call('ZREM', f.tag .. ':digest:confirm', m)
end

-- `digest:asked` has of a conversation whose customer waits for an answer since when, and since when for the first in
-- this contact (0: not for that).
local function asked_of(f, c)
  local w = f.asked[c]
  if w == nil then
    local since, first = string.match(redis.call('HGET', f.tag .. ':digest:asked', c) or '', '^(%d+) (%d+)')
    w = since and {since = tonumber(since), first = tonumber(first)} or false
    f.asked[c] = w
  end
  return w
end

local function add_today(f, e, at, figure, by)
  local day = math.floor((at + f.offset) / DAY_MS)
  local fields = f.today[day] or {}
  f.today[day] = fields
  for _, field in ipairs({'q ' .. e.q .. ' ' .. figure, 'a ' .. e.a .. ' ' .. figure}) do
    fields[field] = (fields[field] or 0) + by
  end
end

-- A response time is the agent's: it begins when they have it. The first one is the customer's.
local function responded(f, e, at)
  local w = asked_of(f, e.c)
  if not w then
    return
  end
  if w.first > 0 then
    add_today(f, e, at, 'first_responses', 1)
    add_today(f, e, at, 'first_response_ms', math.max(0, at - w.first))
  end
  if w.since > 0 then
    local began = tonumber(redis.call('HGET', leg_key(f.tag, e.c, e.leg or ''), 'connected') or '0')
    add_today(f, e, at, 'responses', 1)
    add_today(f, e, at, 'response_ms', math.max(0, at - math.max(w.since, began)))
  end
  f.asked[e.c] = false
end

local EVENTS = {
  mo = function(f, e, at)
    if e.k == 'HELP' then
      add(f, at, 'help', 1, {ours = e.ours})
    elseif e.k == 'NONE' or e.k == 'AMBIGUOUS' then
      local w = asked_of(f, e.c) or {since = 0, first = 0}
      w.since = w.since > 0 and w.since or at
      w.first = e.how == 'open' and w.first or at
      f.asked[e.c] = w
    end
  end,
  mt = function(f, e, at)
    if (e.a or '') ~= '' and (e.by or '') == '' then
      responded(f, e, at)
    end
  end,
  closed = function(f, e)
    f.asked[e.c] = false
  end,
  consent = function(f, e, at)
    if e.k == 'OPT_OUT' and (e.m or '') ~= '' then
      add(f, at, 'confirm', 1, {ours = ours_of(f, e.m), scope = e.scope})
      redis.call('ZADD', f.tag .. ':digest:confirm', e.heard or at, e.m)
      f.confirming = true
    end
  end,
  state = function(f, e, at)
    took(f, e.m, e.st)
    settled(f, e.m, e.st, at)
  end,
  states = function(f, e)
    if e.pairs then
      f.rows[#f.rows + 1] = e.rows
      for customer in string.gmatch(e.pairs, '[^:]*:([^\n]*)\n?') do
        f.customers[customer] = true
      end
      if not confirming(f) then
        return
      end
    end
    for m, st, at in string.gmatch(e.rows, ROW) do
      if not e.pairs then
        took(f, m, st)
      end
      settled(f, m, st, tonumber(at))
    end
  end,
  blocked = function(f, e, at)
    add(f, at, 'blocked_' .. e.where, 1, {ours = e.ours, scope = e.scope, source = string.match(e.entry or '', '^%S+')})
  end,
}

-- Of events that are kept as one text only one is of any interest here.
local CLOSED = '^e%zclosed%zc%z([^%z]*)'

-- Goes through a stream from its cursor on. → how many there were
local function fold(f, stream, limit, kinds, what)
  local cursor = f.tag .. ':digest:cursor:' .. stream
  local from = redis.call('GET', cursor)
  local rows = redis.call('XRANGE', f.tag .. ':' .. stream, from and '(' .. from or '-', '+', 'COUNT', limit)
  for _, row in ipairs(rows) do
    local fields = row[2]
    if fields[1] == 'x' then
      local closed = string.match(fields[2], CLOSED)
      if closed then
        EVENTS.closed(f, {c = closed})
      end
    else
      local e = named(fields)
      local kind, at = kinds[e[what] or ''], tonumber(e.at)
      if kind and at then
        kind(f, e, at)
      end
    end
  end
  if #rows > 0 then
    redis.call('SET', cursor, rows[#rows][1])
  end
  return #rows
end

local function write_asked(f)
  local set, gone = {}, {}
  for c, w in pairs(f.asked) do
    if w then
      set[#set + 1], set[#set + 2] = c, string.format('%.0f %.0f', w.since, w.first)
    else
      gone[#gone + 1] = c
    end
  end
  call_many('HSET', f.tag .. ':digest:asked', set)
  call_many('HDEL', f.tag .. ':digest:asked', gone)
end

-- → what is to be told of `day` to who was told of `told` changes: whether that is what has been added, or all of it;
-- and field, value, …
local function write_today(f, day, told)
  local added = {}
  for of, fields in pairs(f.today) do
    local key = f.tag .. ':digest:today:' .. of
    for field, by in pairs(fields) do
      redis.call('HINCRBY', key, field, by)
      if of == day then
        added[#added + 1], added[#added + 2] = field, by
      end
    end
    redis.call('EXPIRE', key, TODAY_KEPT_S)
  end
  local before = redis.call('GET', f.tag .. ':digest:told') or '0'
  local now = next(f.today) and redis.call('INCR', f.tag .. ':digest:told') .. '' or before
  if told == before then
    return {now, 'added', added}
  end
  return {now, 'all', redis.call('HGETALL', f.tag .. ':digest:today:' .. day)}
end

-- limit (entries of each stream) now offset (ms, of the time of day) told ('': nothing yet) → {'more' or 'ok', day, told,
-- 'added' or 'all', {field, value, …}}: of today, what has come to it since `told`, or all that there is
local function digest_fold(keys, args)
  local tag, a = keys[1], named(args)
  local f = {tag = tag, days = {}, today = {}, asked = {}, taken = {}, rows = {}, customers = {},
    offset = tonumber(a.offset)}
  local records, events = fold(f, 'ledger', a.limit, RECORDS, 'what'), 0
  if records < tonumber(a.limit) then -- whoever has opted out is known
    events = fold(f, 'events', a.limit, EVENTS, 'e')
    look_at_taken(f)
  end
  for day, fields in pairs(f.days) do
    local key = tag .. ':digest:' .. day
    for field, by in pairs(fields) do
      redis.call('HINCRBY', key, field, by)
    end
    redis.call('EXPIRE', key, DAY_KEPT_S)
  end
  write_asked(f)
  local day = math.floor((tonumber(a.now) + f.offset) / DAY_MS)
  return {(records == tonumber(a.limit) or events == tonumber(a.limit)) and 'more' or 'ok', day,
    unpack(write_today(f, day, a.told))}
end

-- day → {field, value, …}: at most what 96 quarters times all numbers, rules and so on are, however much happened
local function digest_read(keys, args)
  return redis.call('HGETALL', keys[1] .. ':digest:' .. named(args).day)
end

-- now → {confirmations that are overdue, texts that wait for a person, those of them that are late}
local function digest_open(keys, args)
  local tag, a = keys[1], named(args)
  local counts = redis.call('HMGET', tag .. ':count', 'review_open', 'review_escalated')
  return {redis.call('ZCOUNT', tag .. ':digest:confirm', '-inf', tonumber(a.now) - CONFIRM_MS),
    tonumber(counts[1] or '0'), tonumber(counts[2] or '0')}
end

redis.register_function('digest_fold', digest_fold)
redis.register_function('digest_read', digest_read)
redis.register_function('digest_open', digest_open)
