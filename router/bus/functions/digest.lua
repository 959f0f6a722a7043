-- What happened to consent as sums for reports, from the records of the ledger and from events only: each is folded
-- once, behind a cursor that is written in the same call. `digest:<day>` holds the sums of a day since 1970 (UTC) as
-- `<quarter of an hour> <figure> <ours> <scope> <language> <source> <rule>` with tabs between; EVENTS.md says what the
-- figures are. `digest:confirm` are the confirmations that nobody knows to have been sent, by when they were asked for.

local DAY_MS, QUARTER_MS = 86400000, 900000
local DAY_KEPT_S = 1100 * 86400
local CONFIRM_MS = 300000 -- 47 CFR 64.1200(a)(12)
local HOUR_MS = 3600000
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

-- What became of a message, which may be a confirmation that nobody knows to have been sent.
local function settled(f, m, st, at)
  local asked = st ~= 'sending' and redis.call('ZSCORE', f.tag .. ':digest:confirm', m)
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

local EVENTS = {
  mo = function(f, e, at)
    if e.k == 'HELP' then
      add(f, at, 'help', 1, {ours = e.ours})
    end
  end,
  consent = function(f, e, at)
    if e.k == 'OPT_OUT' and (e.m or '') ~= '' then
      add(f, at, 'confirm', 1, {ours = ours_of(f, e.m), scope = e.scope})
      redis.call('ZADD', f.tag .. ':digest:confirm', e.heard or at, e.m)
    end
  end,
  state = function(f, e, at)
    settled(f, e.m, e.st, at)
  end,
  states = function(f, e)
    for m, st, at in string.gmatch(e.rows, '([^\t\n]+)\t[^\t]*\t([^\t]*)\t[^\t]*\t[^\t]*\t(%d+)[^\n]*') do
      settled(f, m, st, tonumber(at))
    end
  end,
  blocked = function(f, e, at)
    add(f, at, 'blocked_' .. e.where, 1, {ours = e.ours, scope = e.scope, source = string.match(e.entry or '', '^%S+')})
  end,
}

-- Goes through a stream from its cursor on. → how many there were
local function fold(f, stream, limit, kinds, what)
  local cursor = f.tag .. ':digest:cursor:' .. stream
  local from = redis.call('GET', cursor)
  local rows = redis.call('XRANGE', f.tag .. ':' .. stream, from and '(' .. from or '-', '+', 'COUNT', limit)
  for _, row in ipairs(rows) do
    local e = named(row[2])
    local kind, at = kinds[e[what]], tonumber(e.at)
    if kind and at then
      kind(f, e, at)
    end
  end
  if #rows > 0 then
    redis.call('SET', cursor, rows[#rows][1])
  end
  return #rows
end

-- limit (entries of each stream) → {'more' or 'ok'}
local function digest_fold(keys, args)
  local tag, a = keys[1], named(args)
  local f = {tag = tag, days = {}}
  local records, events = fold(f, 'ledger', a.limit, RECORDS, 'what'), fold(f, 'events', a.limit, EVENTS, 'e')
  for day, fields in pairs(f.days) do
    local key = tag .. ':digest:' .. day
    for field, by in pairs(fields) do
      redis.call('HINCRBY', key, field, by)
    end
    redis.call('EXPIRE', key, DAY_KEPT_S)
  end
  return {(records == tonumber(a.limit) or events == tonumber(a.limit)) and 'more' or 'ok'}
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
