-- The ledger of a partition: what happened to customers' consent, in the order in which it did, append only. The
-- fields of an entry of `ledger`, as they stand, are its record, and records are the leaves of the partition's
-- tree (router/compliance/merkle.h). `n` counts them from 0; `prev` is the SHA-1 of the record before, since
-- there is no SHA-256 here: the tree is grown by who follows the stream. `ledger:top` is what comes next.
-- By a record alone nobody is known: `who` is the number's HMAC, and what it is of stands in `beside:<n>`, which
-- can be erased. `seal` binds that to the record (router/compliance/seal.h). `trail:<who>` are a number's.

local LEDGER_FIELDS = {'at', 'what', 'who', 'scope', 'source', 'ours', 'conv', 'rule', 'by', 'approved', 'reason',
  'batch', 'file', 'rows', 'list', 'entry', 'before', 'after', 'seal'}

local function record_escape(c)
  return string.format('%%%02X', string.byte(c))
end

-- `p=3<tab>n=0<tab>prev=<tab>at=…`, as ledger_record() of router/compliance/record.h has it.
local function ledger_record(entry)
  local parts = {}
  for i = 1, #entry, 2 do
    parts[#parts + 1] = entry[i] .. '=' .. string.gsub(entry[i + 1], '[%c%z%%]', record_escape)
  end
  return table.concat(parts, '\t')
end

-- The id of the last entry, '0-0' where there is none.
local function ledger_end(tag)
  local last = redis.call('XREVRANGE', tag .. ':ledger', '+', '-', 'COUNT', 1)[1]
  return last and last[1] or '0-0'
end

-- m: what of LEDGER_FIELDS there is, and what stands beside: salt customer record note. → the entry's id
local function ledger_append(tag, m)
  local top = redis.call('HMGET', tag .. ':ledger:top', 'n', 'hash')
  local n = top[1] or '0'
  local entry = {'p', partition_of(tag), 'n', n, 'prev', top[2] or ''}
  for _, field in ipairs(LEDGER_FIELDS) do
    if (m[field] or '') ~= '' then
      entry[#entry + 1] = field
      entry[#entry + 1] = m[field] .. ''
    end
  end
  local id = redis.call('XADD', tag .. ':ledger', '*', unpack(entry))
  redis.call('HSET', tag .. ':ledger:top', 'n', string.format('%.0f', n + 1), 'hash',
    redis.sha1hex(ledger_record(entry)))
  if (m.salt or '') ~= '' then
    redis.call('HSET', tag .. ':beside:' .. n, 'salt', m.salt, 'customer', m.customer, 'record', m.record or '',
      'note', m.note or '')
  end
  if (m.who or '') ~= '' then
    redis.call('RPUSH', tag .. ':trail:' .. m.who, id)
  end
  return id
end

local TRAIL_MAX = 200 -- records of one number that one call looks at

-- A page of a number's records, the oldest first; `from` is its first, or as -200 counted from the end. → {id, {field,
-- value…}}…, and how many records it has
local function trail_page(tag, who, from, limit)
  local trail, rows = tag .. ':trail:' .. who, {}
  local first, count = tonumber(from), math.min(tonumber(limit), TRAIL_MAX)
  local last = first < 0 and math.min(first + count, 0) - 1 or first + count - 1
  for _, id in ipairs(count > 0 and redis.call('LRANGE', trail, first, last) or {}) do
    rows[#rows + 1] = redis.call('XRANGE', tag .. ':ledger', id, id)[1]
  end
  return rows, redis.call('LLEN', trail)
end

-- The newest first of the records of which make(row, fields) makes something. a: before ('' or an id; inclusive: '1' it
-- may be that one) limit; none before `since`. → {'' where the end was reached, or the id of the last that was looked
-- at, what was made…}
local function ledger_page(tag, a, since, make)
  local WALKED_MAX = 2000 -- records that one call looks through
  local from = a.before == '' and '+' or (a.inclusive == '1' and '' or '(') .. a.before
  local out, walked = {''}, 0
  repeat
    local rows = redis.call('XREVRANGE', tag .. ':ledger', from, since, 'COUNT', 100)
    for _, row in ipairs(rows) do
      out[#out + 1] = make(row, named(row[2])) or nil
      if #out > tonumber(a.limit) then
        out[1] = row[1]
        return out
      end
      walked, from = walked + 1, '(' .. row[1]
    end
    if #rows == 100 and walked >= WALKED_MAX then
      out[1] = rows[#rows][1]
      return out
    end
  until #rows < 100
  return out
end

do
-- after (an entry's id, or '') limit → {how many records there are, {id, field, value…}…}. What was written before
-- there was a tree begins with another field, and is no record.
local function ledger_read(keys, args)
  local tag, a = keys[1], named(args)
  local out = {redis.call('HGET', tag .. ':ledger:top', 'n') or '0'}
  local from = a.after == '' and '-' or '(' .. a.after
  repeat
    local rows = redis.call('XRANGE', tag .. ':ledger', from, '+', 'COUNT', a.limit)
    for _, row in ipairs(rows) do
      if row[2][1] == 'p' then
        out[#out + 1] = {row[1], unpack(row[2])}
      end
      from = '(' .. row[1]
    end
  until #out > 1 or #rows == 0
  return out
end

-- at (an entry's id) → the same as ledger_read, with that entry alone or none
local function ledger_at(keys, args)
  local tag, a = keys[1], named(args)
  local out = {redis.call('HGET', tag .. ':ledger:top', 'n') or '0'}
  for _, row in ipairs(redis.call('XRANGE', tag .. ':ledger', a.at, a.at)) do
    out[#out + 1] = {row[1], unpack(row[2])}
  end
  return out
end

-- from count → for each record of those numbers: {n, salt, customer, record, note}, where it was not erased
local function ledger_beside(keys, args)
  local tag, a = keys[1], named(args)
  local out = {}
  for n = tonumber(a.from), tonumber(a.from) + tonumber(a.count) - 1 do
    local b = redis.call('HMGET', tag .. ':beside:' .. string.format('%.0f', n), 'salt', 'customer', 'record', 'note')
    if b[1] then
      out[#out + 1] = {string.format('%.0f', n), b[1], b[2], b[3], b[4]}
    end
  end
  return out
end

redis.register_function('ledger_read', ledger_read)
redis.register_function('ledger_at', ledger_at)
redis.register_function('ledger_beside', ledger_beside)
end

-- Sending is allowed while `open` names the running Redis (its run id): one that was started, perhaps from an
-- older copy, has another, and until the router has held its ledger against the exported heads nothing is sent.
-- A caller that names no run is let through only where sending was never opened: there is no such gateway.
local function sending_locked(tag, a)
  return (redis.call('GET', tag .. ':open') or '') ~= (a.run or '')
end

-- fence run ('' to lock). → 'ok' | 'fenced'
local function ledger_open(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return 'fenced'
  end
  redis.call('SET', tag .. ':open', a.run == '' and 'locked' or a.run)
  return 'ok'
end

do
-- The texts of a review that are in no conversation, and what was remarked when it was decided, go; where and by which
-- rule each was read stays.
local function review_erase(tag, id)
  local key = tag .. ':review:' .. id
  for i, line in ipairs(redis.call('LRANGE', key .. ':said', 0, -1)) do
    local bare = string.match(line, '^(%- %- %S+ %S+) ')
    if bare then
      redis.call('LSET', key .. ':said', i - 1, bare)
    end
  end
  redis.call('HDEL', key, 'note')
end

-- who now by from: what stands beside a page of the records of a number is erased, the oldest first, and what reviews say
-- beyond that; what it asked for stays in force. The erasure is a record itself, of which nothing stands beside, and comes
-- with every page: what is missing is never unexplained. → {how many were erased, where the next page begins or ''}
local function ledger_erase(keys, args)
  local tag, a = keys[1], named(args)
  local rows, total = trail_page(tag, a.who, a.from, TRAIL_MAX)
  local erased, next = 0, a.from + TRAIL_MAX
  for _, row in ipairs(rows) do
    local e = named(row[2])
    local customer = redis.call('HGET', tag .. ':beside:' .. e.n, 'customer')
    if customer then
      redis.call('HDEL', tag .. ':digest:who', customer)
    end
    erased = erased + redis.call('DEL', tag .. ':beside:' .. e.n)
    if e.what == 'hold' and (e.entry or '') == '' then
      review_erase(tag, row[1])
    end
  end
  if erased > 0 then
    ledger_append(tag, {at = a.now, what = 'erase', who = a.who, by = a.by, rows = erased})
  end
  return {erased .. '', next < total and string.format('%.0f', next) or ''}
end

redis.register_function('ledger_erase', ledger_erase)
end

redis.register_function('ledger_open', ledger_open)
