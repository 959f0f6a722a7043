-- Suppression by lists of millions, in small hashes that Redis keeps packed. A number, as a whole one without its `+`,
-- is in `bulk:<number % BUCKETS>` under its quotient, so both are short; what it has there are the codes of the
-- lists that hold it, with blanks between. `bulk` says what a code means: `scope<tab>source<tab>batch<tab>at<tab>by<tab>reason`;
-- `<batch><tab><scope>` is its code, `next` the last one given. An entry of one person stands in `opt:<customer>` instead.

local BUCKETS = 16381 -- a prime, so that neighbours, and numbers that end alike, are spread

-- Where a number is → key, field; nil for what is no E.164 number, of which no list has any.
local function bulk_place(tag, customer)
  local digits = string.match(customer, '^%+([1-9]%d*)$')
  if not digits or #digits > 15 then
    return nil
  end
  local number = tonumber(digits)
  local bucket = number % BUCKETS
  return tag .. ':bulk:' .. bucket, string.format('%.0f', (number - bucket) / BUCKETS)
end

local function bulk_number(bucket, field)
  return '+' .. string.format('%.0f', field * BUCKETS + bucket)
end

local function bulk_meaning(tag, code)
  local row = redis.call('HGET', tag .. ':bulk', code)
  local scope, source, batch, at, by = string.match(row or '', '^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t')
  return {scope = scope, source = source, batch = batch, at = at, by = by}
end

-- The first of the scopes that a list suppresses the number in, or nil. A code of which nothing is known
-- suppresses everything.
local function bulk_covers(tag, customer, scopes)
  local key, field = bulk_place(tag, customer)
  local codes = key and redis.call('HGET', key, field)
  if not codes then
    return nil
  end
  for code in string.gmatch(codes, '%d+') do
    local scope = bulk_meaning(tag, code).scope or 'all'
    if string.find('|' .. scopes .. '|', '|' .. scope .. '|', 1, true) then
      return scope
    end
  end
  return nil
end

-- Every scope in which lists have the number, appended to `out`.
local function bulk_scopes(tag, customer, out)
  local key, field = bulk_place(tag, customer)
  for code in string.gmatch(key and redis.call('HGET', key, field) or '', '%d+') do
    out[#out + 1] = bulk_meaning(tag, code).scope or 'all'
  end
  return out
end

-- Every scope in which the number is on the list, and one `more` where there is one; sorted, with `|` between.
local function scopes_of(tag, customer, more)
  local there, names = {}, {}
  local all = bulk_scopes(tag, customer, redis.call('HKEYS', tag .. ':opt:' .. customer))
  all[#all + 1] = more
  for _, scope in ipairs(all) do
    if not there[scope] then
      there[scope], names[#names + 1] = true, scope
    end
  end
  table.sort(names)
  return table.concat(names, '|')
end

-- `scopes` has, for as long as the list is kept, each scope that anything was ever put into and the number of ours
-- ('' for none) to which the customer wrote, with a blank between: that is how the router knows of a programme that the
-- configuration has no more, or of a number that has left it (router/threading/scopes.c).
local function note_scope(tag, scope, ours)
  redis.call('SADD', tag .. ':scopes', scope .. ' ' .. (ours or ''))
end

-- The code of a batch in a scope, made where there is none.
local function bulk_code(tag, a)
  local name = a.batch .. '\t' .. a.scope
  local code = redis.call('HGET', tag .. ':bulk', name)
  if not code then
    code = redis.call('HINCRBY', tag .. ':bulk', 'next', 1) .. ''
    redis.call('HSET', tag .. ':bulk', name, code, code,
      table.concat({a.scope, a.source, a.batch, a.now, a.by, a.reason or ''}, '\t'))
    note_scope(tag, a.scope)
  end
  return code
end

-- What is to become of a number that is in lists already → '0' (this batch has it), '2' (another covers the
-- same), '1' (new in this scope), as bulk_add says.
local function bulk_found(codes, code, same_scope)
  local verdict = '1'
  for other in string.gmatch(codes, '%d+') do
    if other == code then
      return '0'
    elseif same_scope(other) then
      verdict = '2'
    end
  end
  return verdict
end

-- The customers with whom agents are talking, by their place.
local function bulk_talking(tag)
  local places, any = {}, false
  for _, customer in ipairs(redis.call('SMEMBERS', tag .. ':talking')) do
    local key, field = bulk_place(tag, customer)
    if key then
      places[key .. ' ' .. field], any = customer, true
    end
  end
  return any and places
end

-- batch scope source by reason now, rows (`bucket field` and a newline each), dry ('1': nothing is written), file and list (what
-- the ledger says of them: the file's hash, that of the numbers' HMACs in their order). → a digit for each row: 1 it is suppressed now, 2 it was by another entry and
-- is by this one too, 0 this batch has it already; or {'other'}, where the batch is somebody else's
local function bulk_add(keys, args)
  local tag, a = keys[1], named(args)
  local dry = a.dry == '1'
  local made = redis.call('HGET', tag .. ':bulk', a.batch .. '\t' .. a.scope)
  if made and bulk_meaning(tag, made).by ~= a.by then
    return {'other'}
  end
  local code = dry and (redis.call('HGET', tag .. ':bulk', a.batch .. '\t' .. a.scope) or '') or bulk_code(tag, a)
  local scopes, out, taken, talking = {}, {}, 0, not dry and bulk_talking(tag)
  local function same_scope(other)
    scopes[other] = scopes[other] or bulk_meaning(tag, other).scope or 'all'
    return scopes[other] == a.scope
  end
  for bucket, field in string.gmatch(a.rows, '(%d+) (%d+)\n') do
    local key, verdict = tag .. ':bulk:' .. bucket, '1'
    if dry or redis.call('HSETNX', key, field, code) == 0 then
      local codes = redis.call('HGET', key, field) or ''
      verdict = bulk_found(codes, code, same_scope)
      if not dry and verdict ~= '0' then
        redis.call('HSET', key, field, codes .. ' ' .. code)
      end
    end
    taken = taken + (verdict == '0' and 0 or 1)
    if talking and talking[key .. ' ' .. field] then
      tell_talks(tag, talking[key .. ' ' .. field])
    end
    out[#out + 1] = verdict
  end
  if not dry and taken > 0 then
    ledger_append(tag, {at = a.now, what = 'import', scope = a.scope, source = a.source, by = a.by, batch = a.batch,
      reason = a.reason, file = a.file, rows = taken .. '', list = a.list})
    redis.call('HINCRBY', tag .. ':count', 'bulk', taken)
  end
  return table.concat(out)
end

local function without(codes, gone)
  local left = {}
  for code in string.gmatch(codes, '%d+') do
    if not gone[code] then
      left[#left + 1] = code
    end
  end
  return table.concat(left, ' ')
end

-- Takes codes away from one number of a bucket → whether it had any.
local function bulk_take(key, field, codes, gone)
  local left = without(codes, gone)
  if left == codes then
    return false
  end
  if left == '' then
    redis.call('HDEL', key, field)
  else
    redis.call('HSET', key, field, left)
  end
  return true
end

-- Takes a number out of all lists of a scope → the batches that had it.
local function bulk_remove(tag, customer, scope)
  local key, field = bulk_place(tag, customer)
  local codes = key and redis.call('HGET', key, field)
  local gone, batches = {}, {}
  for code in string.gmatch(codes or '', '%d+') do
    local row = bulk_meaning(tag, code)
    if row.scope == scope then
      gone[code] = true
      batches[#batches + 1] = row.batch
    end
  end
  if #batches > 0 then
    bulk_take(key, field, codes, gone)
  end
  return batches
end

-- batch by approved now from count: a batch is taken back in buckets from..from+count-1, by two persons.
-- → how many numbers it was taken from, or 'own'
local function bulk_undo(keys, args)
  local tag, a = keys[1], named(args)
  if a.by == '' or a.approved == '' or string.lower(a.by) == string.lower(a.approved) then
    return 'own'
  end
  local gone, any, taken = {}, false, 0
  for name, code in pairs(named(redis.call('HGETALL', tag .. ':bulk'))) do
    if string.sub(name, 1, #a.batch + 1) == a.batch .. '\t' then
      gone[code], any = true, true
    end
  end
  for bucket = a.from + 0, any and math.min(a.from + a.count, BUCKETS) - 1 or -1 do
    local key = tag .. ':bulk:' .. bucket
    for field, codes in pairs(named(redis.call('HGETALL', key))) do
      if bulk_take(key, field, codes, gone) then
        taken = taken + 1
        tell_talks(tag, bulk_number(bucket, field))
      end
    end
  end
  if taken > 0 then
    ledger_append(tag, {at = a.now, what = 'release', source = 'import', by = a.by, approved = a.approved,
      batch = a.batch, rows = taken .. ''})
    redis.call('HINCRBY', tag .. ':count', 'bulk', -taken)
  end
  return taken
end

local READ_BUCKETS, READ_NUMBERS = 2048, 2000 -- that one call looks into, and tells about

-- from (a bucket) → {the next bucket that is to be read, or '' behind the last, {number, {scope, source, batch, at, by}…}…}
local function bulk_read(keys, args)
  local tag, bucket = keys[1], tonumber(named(args).from)
  local out, known, last = {''}, {}, math.min(bucket + READ_BUCKETS, BUCKETS)
  if redis.call('EXISTS', tag .. ':bulk') == 0 then
    return out -- no list was ever taken
  end
  while bucket < last and #out <= READ_NUMBERS do
    local flat = redis.call('HGETALL', tag .. ':bulk:' .. bucket)
    for i = 1, #flat, 2 do
      local row = {bulk_number(bucket, flat[i])}
      for code in string.gmatch(flat[i + 1], '%d+') do
        if not known[code] then
          local m = bulk_meaning(tag, code)
          known[code] = {m.scope or 'all', m.source or '', m.batch or '', m.at or '0', m.by or ''}
        end
        row[#row + 1] = known[code]
      end
      out[#out + 1] = row
    end
    bucket = bucket + 1
  end
  out[1] = bucket < BUCKETS and bucket .. '' or ''
  return out
end

-- from count → {numbers, octets} of those buckets, keys and all
local function bulk_measure(keys, args)
  local tag, a = keys[1], named(args)
  local numbers, octets = 0, 0
  for bucket = a.from + 0, math.min(a.from + a.count, BUCKETS) - 1 do
    local key = tag .. ':bulk:' .. bucket
    numbers = numbers + redis.call('HLEN', key)
    octets = octets + (redis.call('MEMORY', 'USAGE', key) or 0)
  end
  return {numbers, octets}
end

redis.register_function('bulk_add', bulk_add)
redis.register_function('bulk_undo', bulk_undo)
redis.register_function('bulk_read', bulk_read)
redis.register_function('bulk_measure', bulk_measure)
