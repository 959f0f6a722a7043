-- The partition `{d<q>}`, which brings results and receipts together by the carrier's message id, whichever comes
-- first.

local EARLY_S = 600 -- a receipt comes so much before its submit_sm_resp at the most
local NAMED_MS = 21600000 -- ids named in so long are kept together
local PARKED_MAX = 16 -- receipts kept for an id that no submit_sm_resp has named yet
local EARLY_KEPT = 10000 -- ids of which receipts are kept, in a partition: an SMSC may say any it likes
local PARKED_BEFORE = '=' -- said of a receipt that comes again after it was parked

-- Where an id belongs is in `ids:<n>`, one hash for the ids of NAMED_MS, which goes as a whole: a key that expires
-- for each of them costs Redis five times as much. `id:<name>` has one that the carrier keeps until its time, and is
-- how all were written before.
local function ids_key(tag, n)
  return tag .. ':ids:' .. n
end

-- Where the ids of these names belong, for those that are known: name → target. The newest that was said counts.
local function targets_of(tag, names, at, ttl)
  local known, missing = {}, names
  for n = at, at - math.ceil(ttl / NAMED_MS), -1 do
    if #missing == 0 then
      return known
    end
    local still = {}
    for i, target in ipairs(redis.call('HMGET', ids_key(tag, n), unpack(missing))) do
      if target then
        known[missing[i]] = target
      else
        still[#still + 1] = missing[i]
      end
    end
    missing = still
  end
  for _, name in ipairs(missing) do
    known[name] = redis.call('GET', tag .. ':id:' .. name) or nil
  end
  return known
end

-- A submit_sm_resp named this id, of which receipts may be parked. → the states parked for it; of the first final one
-- among them the reason, behind a blank, and the carrier's own parameters, behind a line's end. Parked ones are left until
-- they expire, so that the same step done again says the same; what was parked long before the answer came (seconds since
-- 1970), or for another message of that id, says nothing of this one.
local function expect(tag, name, target, before, seconds)
  local key = tag .. ':early:' .. name
  local f = redis.call('HMGET', key, 'when', 'parked', 'why', 'tlvs')
  local at, parked, why, tlvs = f[1], f[2], f[3], f[4]
  if not at then
    return ''
  end
  redis.call('ZREM', tag .. ':parked', name)
  redis.call('HSET', key, 'met', '1')
  if seconds - tonumber(at) > EARLY_S or (before and before ~= target) then
    redis.call('DEL', key)
    return ''
  end
  return parked .. ((why or '') ~= '' and ' ' .. why or '') .. ((tlvs or '') ~= '' and '\n' .. tlvs or '')
end

-- Is the last word on a segment among these states? What is heard behind it changes nothing.
local function ended(states)
  for state in string.gmatch(states, '[^,]+') do
    if RANK[state] == 2 then
      return true
    end
  end
  return false
end

-- A receipt came whose id nobody has named.
local function park(tag, a, seconds)
  local key = tag .. ':early:' .. a.name
  local parked = redis.call('HGET', key, 'parked') or ''
  local _, commas = string.gsub(parked, ',', ',')
  local said = not ended(parked)
  if commas < PARKED_MAX - 1 and not string.find(',' .. parked .. ',', ',' .. a.state .. ',', 1, true) then
    parked = parked == '' and a.state or parked .. ',' .. a.state
  end
  redis.call('HSET', key, 'when', seconds, 'parked', parked)
  if said then
    redis.call('HSET', key, 'why', (string.gsub(a.reason or '', '%c', ' ')), 'tlvs', a.tlvs or '')
  end
  redis.call('PEXPIRE', key, a.ttl)
  redis.call('ZADD', tag .. ':early', seconds, a.name)
  if (a.now or '') ~= '' then
    redis.call('ZADD', tag .. ':parked', 'NX', a.now, a.name)
  end
end

-- Of what is kept of receipts no more than EARLY_KEPT stays, the oldest goes first: `receipt_crowded` counts those whose
-- answer had not come, which are orphans if they were not counted as such before.
local function crowd_out(tag)
  local over = redis.call('ZCARD', tag .. ':early') - EARLY_KEPT
  if over <= 0 then
    return
  end
  local crowded, orphans = 0, 0
  local gone = redis.call('ZPOPMIN', tag .. ':early', over)
  for i = 1, #gone, 2 do
    local key = tag .. ':early:' .. gone[i]
    local met = redis.call('HGET', key, 'met')
    if redis.call('DEL', key) == 1 and not met then
      crowded = crowded + 1
      orphans = orphans + redis.call('ZREM', tag .. ':parked', gone[i])
    end
  end
  if crowded > 0 then
    redis.call('HINCRBY', tag .. ':count', 'receipt_crowded', crowded)
    redis.call('HINCRBY', tag .. ':count', 'receipt_orphan', orphans)
  end
end

-- Whether receipts are parked for any of these names; of most partitions none are for any.
local function any_parked(tag, names)
  if #names == 0 or redis.call('EXISTS', tag .. ':early') == 0 then
    return false
  end
  local keys = {}
  for i, name in ipairs(names) do
    keys[i] = tag .. ':early:' .. name
  end
  return redis.call('EXISTS', unpack(keys)) > 0
end

-- The states parked for each of these names, with commas around; nothing where none are.
local function states_parked(tag, names)
  local states = {}
  if any_parked(tag, names) then
    for _, name in ipairs(names) do
      local parked = redis.call('HGET', tag .. ':early:' .. name, 'parked')
      states[name] = parked and ',' .. parked .. ','
    end
  end
  return states
end

-- Key {d<q>}; steps of k (rs or dr) name (account:id) ttl (one for all), of a result target ahead? (ms, where the
-- carrier keeps it until its time), of a receipt state reason tlvs; now: of a result when it was answered, of a receipt the
-- router's clock. → what each says: of a result as expect() has it, of a receipt where it belongs, '' where it was parked,
-- or PARKED_BEFORE: the answer, which came later, brings it and those parked before it in their order. A router that
-- died before that was applied would else let this one, which it reads again, go before them.
local function meet(keys, args)
  local tag, told, asked, named_now, fresh = keys[1], {}, {}, {}, {}
  local at, width, first = places_of(args, 1)
  local kind, name_at, target_at, ahead_at = at.k, at.name, at.target, at.ahead
  local time = redis.call('TIME')
  local ttl, now = tonumber(args[first + at.ttl]), math.floor(time[1] * 1000 / NAMED_MS)
  for f = first, #args, width do
    local names = args[f + kind] == 'rs' and named_now or asked
    names[#names + 1] = args[f + name_at]
  end
  local known, parked = targets_of(tag, asked, now, ttl), any_parked(tag, named_now)
  local before = parked and targets_of(tag, named_now, now, ttl) or {}
  local early, more_parked, alone = states_parked(tag, asked), false, #asked == 0 and not parked
  for f = first, #args, width do
    local name, said = args[f + name_at], ''
    if args[f + kind] == 'rs' then
      local target, ahead = args[f + target_at], args[f + ahead_at]
      if parked then
        local answered = tonumber(args[f + at.now])
        said = expect(tag, name, target, before[name], answered and answered / 1000 or time[1])
      end
      if not alone then -- somebody in this call may ask
        known[name], before[name], early[name] = target, target, nil
      end
      local n = #fresh
      fresh[n + 1], fresh[n + 2] = name, target
      if ahead and ahead ~= '' then
        redis.call('SET', tag .. ':id:' .. name, target, 'PX', ttl + ahead)
      end
    elseif early[name] and known[name] and string.find(early[name], ',' .. args[f + at.state] .. ',', 1, true) then
      said = PARKED_BEFORE
    elseif known[name] then
      said = known[name]
    else
      parked, more_parked = true, true
      park(tag, {name = name, ttl = ttl, state = args[f + at.state], reason = args[f + at.reason], tlvs = args[f + at.tlvs],
        now = args[f + at.now]}, time[1])
    end
    told[#told + 1] = said
  end
  if more_parked then
    crowd_out(tag)
  end
  if #fresh > 0 then
    local ids = ids_key(tag, now)
    redis.call('HSET', ids, unpack(fresh))
    if redis.call('PTTL', ids) < ttl then -- the first of it sets what is enough for all
      redis.call('PEXPIRE', ids, ttl + NAMED_MS)
    end
  end
  return told
end

-- Key {d<q>}; before: receipts parked since then belong to nothing that we sent, as it seems. They are
-- counted once and stay parked, since an answer may yet name their id; until `expired` (both ms), when they have
-- expired. → how many
local function receipt_orphans(keys, args)
  local tag, a = keys[1], named(args)
  redis.call('ZREMRANGEBYSCORE', tag .. ':early', '-inf', math.floor((tonumber(a.expired) or 0) / 1000))
  local names = redis.call('ZRANGEBYSCORE', tag .. ':parked', '-inf', a.before, 'LIMIT', 0, 1000)
  if #names > 0 then
    redis.call('ZREM', tag .. ':parked', unpack(names))
    redis.call('HINCRBY', tag .. ':count', 'receipt_orphan', #names)
  end
  return #names
end

redis.register_function('meet', meet)
redis.register_function('receipt_orphans', receipt_orphans)
