-- From what waits to a gateway: a take. Names of keys as in outbound.lua.
--
-- A number with a pace of its own has queues of its own: streams by class as the carrier's, under `<carrier>:<number>` for
-- its name. A take moves what it meets of such a number into them, since a long backlog of it would stand in everybody
-- else's way, and takes from them no more than its gateway allows. `paced:<carrier>` names those numbers, `queued:<carrier>`
-- those of which something may wait there, `stray:<carrier>` those of them that have no pace any more: their queues
-- are emptied before anything else of them goes.

local PAGE, PAGES = 64, 16 -- outbound entries looked through in a take, at the front and behind it
local SPARE = 8 -- of them looked at beyond the slots there are, behind such as could not go
local SHARE = 8 -- one of so many slots goes to lower classes while higher ones wait
local PARKED = 64 -- entries moved into their numbers' queues in a take

-- A take in progress, over all classes: `skipped` names the pairs of which nothing (more) is taken, with
-- what may be taken all the same: the id of the message that a pair is busy with, or MOVED for those
-- that came from another carrier. `left_behind` are those of them that have something in the stream.
local MOVED = '>'

local function leave(take, pair, but)
  take.skipped[pair] = but
  take.left_behind[pair] = but
end

-- Messages that were moved here from a carrier without a bind are older than those accepted since.
local function behind_moved(take, m, pair)
  return take.moved and not m.y and redis.call('HEXISTS', take.tag .. ':moved', pair) == 1
end

-- Why this entry may not be taken now → what of its pair may be, or nil where nothing is in its way.
local function in_the_way(take, m, pair, class)
  if take.heard[m.c] then
    take.held = true
    return ''
  end
  local owner = take.owners[pair]
  if owner and owner ~= m.m then
    return owner
  end
  if take.holds and class ~= 'interactive' and held_for_review(take.tag, m.c) then
    return ''
  end
  return not owner and behind_moved(take, m, pair) and MOVED or nil -- what a gateway gave back is first of all
end

local function hand_over(take, m, class)
  local busy, flight, pair, n = take.busy, take.flight, m.pair, #take.busy
  busy[n + 1], busy[n + 2] = pair, m.m
  flight[n + 1] = m.m
  flight[n + 2] = m.q .. '\0' .. take.now .. '\0' .. class .. '\0' .. (m.v or '') .. '\0' .. (m.w or '') .. '\0' .. (m.t or '') ..
    '\0' .. (m.k or '') .. '\0' .. (m.e or '') .. '\0' .. m.r
  if m.k then
    local out, asked = string.match(m.k, '^(%S+) (1?)$')
    redis.call('HSET', take.tag .. ':thread:' .. pair, 'out', out, 'asked', asked == '1' and take.now or '')
  end
  take.out[#take.out + 1] = {m.m, tonumber(m.n), m.r}
  take.left = take.left - 1
  take.skipped[pair] = m.m
end

-- The pair is busy with it no more, though it did not go.
local function let_go(take, pair, id)
  if take.owners[pair] == id then
    redis.call('HDEL', take.tag .. ':busy', pair)
    take.owners[pair] = nil
  end
end

-- What covers it; of nearly everybody is known already that no entry does.
local function bars(take, m)
  if take.listed then
    return barred(take.tag, m.c, m.s, m.x, m.m)
  end
  return m.x == '' and take.lists and bulk_covers(take.tag, m.c, m.s)
end

-- The entry leaves the stream, at the end of the look.
local function remove(take, class, entry, expires)
  take.gone[#take.gone + 1] = entry
  if (expires or '') ~= '' then
    take.over[#take.over + 1] = waits_as(take.name, class, entry)
  end
end

-- An entry's fields without `y`, which says that it was moved here.
local function as_accepted(fields)
  for i = 1, #fields, 2 do
    if fields[i] == 'y' then
      table.remove(fields, i)
      table.remove(fields, i)
      break
    end
  end
  return fields
end

local function consider(take, class, entry, m)
  local tag, pair = take.tag, m.pair
  local but = take.skipped[pair]
  if but and but ~= m.m and not (m.y and but == MOVED) then
    leave(take, pair, but)
    return
  end
  but = in_the_way(take, m, pair, class)
  if but then
    leave(take, pair, but)
    return
  end
  remove(take, class, entry[1], m.e)
  moved_on(tag, m, pair)
  local early = scheduled(m, take.minute)
  local at = early and take.ahead and 0 or opens(m.w, take.minute)
  if at ~= 0 then
    put_off(tag, at or take.minute, take.carrier, class, pair, as_accepted(entry[2]), early and m, m.e)
    let_go(take, pair, m.m)
    leave(take, pair, '')
    return
  end
  local scope = bars(take, m)
  if scope then
    let_go(take, pair, m.m)
    end_suppressed(tag, m.c, m.m, scope, take.now)
  else
    hand_over(take, m, class)
  end
end

-- Reads these entries, and what has to be known of all of them, asked at once: with which message each pair is busy, and
-- whether any of the customers is on a list by an entry of their own. → what entry_of() says of each
local function look_ahead(take, entries)
  local names, keys, read, opt, stops = {}, {}, {}, take.tag .. ':opt:', take.tag .. ':stops:'
  take.owners = {}
  for i, entry in ipairs(entries) do
    local m = entry.m or entry_of(entry[2]) -- sort() has read it
    read[i], names[i] = m, m.pair
    keys[2 * i - 1], keys[2 * i] = opt .. m.c, stops .. m.c
  end
  if #entries > 0 then
    for i, owner in ipairs(redis.call('HMGET', take.tag .. ':busy', unpack(names))) do
      take.owners[names[i]] = owner or nil
    end
    take.listed = redis.call('EXISTS', unpack(keys)) > 0
  end
  return read
end

-- Has the number queues of its own?
local function is_paced(take, number)
  local known = take.paced[number]
  if known == nil then
    known = redis.call('SISMEMBER', take.tag .. ':paced:' .. take.carrier, number) == 1 or
      redis.call('SISMEMBER', take.tag .. ':queued:' .. take.carrier, number) == 1
    take.paced[number] = known
  end
  return known
end

-- Moves an entry into the queue of its number.
local function park(take, number, class, entry)
  remove(take, class, entry[1], entry.m.e)
  add_entry(take.tag, take.carrier .. ':' .. number, class, entry[2], entry.m.e)
  if not take.touched[number] then
    take.touched[number] = true
    redis.call('SADD', take.tag .. ':queued:' .. take.carrier, number)
  end
  local queue = take.queue_of[number]
  if queue then
    queue.waits[class], queue.more[class] = true, nil
  end
  take.parked = take.parked + 1
end

-- Parks what has to be of a page → the rest of it, as far as there was room for what is parked, and whether there was
local function sort(take, class, entries)
  local rest = {}
  for _, entry in ipairs(entries) do
    entry.m = entry_of(entry[2])
    local number = number_of(entry.m.pair, entry.m.c)
    if not is_paced(take, number) then
      rest[#rest + 1] = entry
    elseif take.parked >= PARKED then
      return rest, false
    else
      park(take, number, class, entry)
    end
  end
  return rest, true
end

-- Looks through the stream page by page, `from` on, as far as `take.left` goes.
-- → 'full' where there was no room left, 'end' where the stream ended, or where to go on.
local function look(take, stream, class, from)
  local looked, sorts = 0, take.sorts and take.name == take.carrier
  while looked < PAGE * PAGES do
    if take.left <= 0 and not sorts then
      return #redis.call('XRANGE', stream, from, '+', 'COUNT', 1) > 0 and 'full' or 'end'
    end
    local spare = (sorts or looked > 0) and SPARE or 0
    local wanted = sorts and take.parked > 0 and PAGE or math.min(PAGE, take.left + spare)
    local entries = redis.call('XRANGE', stream, from, '+', 'COUNT', wanted)
    local rest, whole = entries, true
    take.first = from == '-' and entries or take.first
    if sorts then
      rest, whole = sort(take, class, entries)
    end
    local read = look_ahead(take, rest)
    for i, entry in ipairs(rest) do
      if take.left <= 0 then
        return 'full'
      end
      consider(take, class, entry, read[i])
    end
    if not whole then
      return 'full'
    elseif #entries < wanted then
      return 'end'
    end
    looked = looked + wanted
    from = '(' .. entries[#entries][1]
  end
  return from
end

-- The same, and what was taken leaves the stream: what was the front of it at once, which costs a fifth of taking each off.
local function look_and_take(take, stream, class, from)
  local gone, front, rest = {}, 0, {}
  take.gone, take.first = gone, {}
  local at = look(take, stream, class, from)
  for i, entry in ipairs(take.first) do
    if gone[i] ~= entry[1] then
      break
    end
    front = i
  end
  if front > 0 then
    local ms, number = string.match(gone[front], '^(%d+)%-(%d+)$')
    redis.call('XTRIM', stream, 'MINID', ms .. '-' .. string.format('%.0f', number + 1))
  end
  for i = front + 1, #gone do
    rest[#rest + 1] = gone[i]
  end
  call_many('XDEL', stream, rest)
  return at
end

-- Takes from one class's stream, the carrier's or that of a number's queue, no more than `room`. Its front is looked
-- through each time; where that is not all, a walk through the rest goes on from take to take. `scan` keeps where it is,
-- under '', and the pairs of which something was left behind it: that is older, so no other message of such a pair
-- is taken by the walk until it has come to the end. → whether more may be there.
local function take_class(take, name, class, room)
  local stream = take.tag .. ':mt:' .. name .. ':' .. class
  local scan = take.tag .. ':scan:' .. name .. ':' .. class
  local rest = take.left - room
  take.left, take.left_behind, take.name = room, {}, name
  local at = look_and_take(take, stream, class, '-')
  if at ~= 'full' and at ~= 'end' then
    local kept = named(redis.call('HGETALL', scan))
    for pair, but in pairs(kept) do
      take.skipped[pair] = take.skipped[pair] or but
    end
    local walk = kept['']
    if walk and later(string.sub(walk, 2), string.sub(at, 2)) then
      at = walk
    end
    at = look_and_take(take, stream, class, at)
    if at ~= 'full' and at ~= 'end' then
      local fields = {'', at}
      for pair, but in pairs(take.left_behind) do
        if kept[pair] ~= but then
          fields[#fields + 1] = pair
          fields[#fields + 1] = but
        end
      end
      call_many('HSET', scan, fields)
    end
  end
  if at == 'end' then
    redis.call('DEL', scan)
  end
  take.left = take.left + rest
  return at ~= 'end'
end

-- Of which classes something waits under that name, by their names; only so many, the highest, are looked at.
local function waits_of(tag, name, classes)
  local waits = {}
  for i = 1, classes do
    waits[CLASSES[i]] = redis.call('XLEN', tag .. ':mt:' .. name .. ':' .. CLASSES[i]) > 0
  end
  return waits
end

-- What slots are handed out to: a number's queue, which has `left` of them, or all of a carrier.
local function drawer(name, waits, left)
  return {name = name, waits = waits, left = left, own = {}, owed = {}, kept = {}, more = {}}
end

-- A higher class goes first, but of every SHARE slots one is kept for what is below it while something waits there. What
-- a class was owed when the slots ran out is remembered in `share`. → how many are kept
local function kept_below(take, of, i)
  local class = CLASSES[i]
  if not of.waits[class] or not (of.waits[CLASSES[i + 1]] or of.waits[CLASSES[i + 2]]) then
    return 0
  end
  local owed = tonumber(redis.call('HGET', take.tag .. ':share', of.name .. ':' .. class) or 0)
  of.owed[i] = owed
  return math.min(of.left, math.floor((owed + of.left) / SHARE))
end

local function remember_owed(take, of)
  for i, class in ipairs(CLASSES) do
    local owed = of.owed[i]
    if owed then
      local lower = (of.own[i + 1] or 0) + (of.own[i + 2] or 0)
      local now = math.max(0, math.min(SHARE, owed + (of.own[i] or 0) + lower - SHARE * lower))
      if now ~= owed then
        redis.call('HSET', take.tag .. ':share', of.name .. ':' .. class, now)
      end
    end
  end
end

local function draw(of, i, count)
  of.left = of.left - count
  of.own[i] = (of.own[i] or 0) + count
end

-- Takes of the numbers' queues what they may have, `room` at most, of which each keeps some for its lower classes where
-- `keeps` says so.
local function take_numbers(take, i, room, keeps)
  local class, stop = CLASSES[i], take.left - room
  for _, queue in ipairs(take.queues) do
    if queue.waits[class] and queue.more[class] ~= false then
      queue.kept[i] = queue.kept[i] or kept_below(take, queue, i)
      local before = take.left
      local most = math.min(before - stop, queue.left - (keeps and queue.kept[i] or 0))
      if most > 0 then
        queue.more[class] = take_class(take, queue.name, class, most)
        draw(queue, i, before - take.left)
      end
    end
  end
end

local function some_number_waits(take, class)
  for _, queue in ipairs(take.queues) do
    if queue.waits[class] and queue.more[class] ~= false and queue.left > 0 then
      return true
    end
  end
  return false
end

-- Of one class, `room` at most: what is paced and what is not have half of it each, where there is enough of both. What is
-- odd of it goes to whoever did not have the last; `share` remembers that.
local function take_one(take, i, room, keeps)
  local class, before, all = CLASSES[i], take.left, take.all
  local stop, own = before - room, take.waits[class] and all.more[class] ~= false
  local odd = own and room % 2 == 1 and some_number_waits(take, class)
  local had = odd and redis.call('HGET', take.tag .. ':share', take.carrier .. ':number') == '1'
  take_numbers(take, i, own and math.floor((room + (odd and not had and 1 or 0)) / 2) or room, keeps)
  local of_numbers = before - take.left
  if own and take.left > stop then
    local left = take.left
    all.more[class] = take_class(take, take.carrier, class, left - stop)
    local of_others = left - take.left
    take_numbers(take, i, take.left - stop, keeps)
    of_numbers = before - take.left - of_others
    if odd and had and of_others > 0 and of_others >= of_numbers then
      redis.call('HDEL', take.tag .. ':share', take.carrier .. ':number')
    end
  end
  if odd and not had and of_numbers > before - take.left - of_numbers then
    redis.call('HSET', take.tag .. ':share', take.carrier .. ':number', '1')
  end
  draw(all, i, before - take.left)
end

-- → whether more waits beside the numbers' queues
local function take_classes(take)
  local all, more = take.all, false
  for i in ipairs(CLASSES) do
    take_one(take, i, take.left - kept_below(take, all, i), true)
  end
  for i in ipairs(CLASSES) do
    take_one(take, i, take.left, false)
  end
  remember_owed(take, all)
  for _, queue in ipairs(take.queues) do
    remember_owed(take, queue)
  end
  for _, class in ipairs(CLASSES) do
    more = more or (take.waits[class] and all.more[class] ~= false)
  end
  return more
end

-- The numbers' queues from which this take may have something: those that `numbers` names, as `+15550100 25|…`, how many
-- messages of each, and those that have no pace any more.
local function find_queues(take, a)
  local function add(number, allowance, stray)
    if not take.queue_of[number] then
      local name = take.carrier .. ':' .. number
      local queue = drawer(name, waits_of(take.tag, name, take.classes), allowance)
      queue.number, queue.stray = number, stray
      take.queue_of[number] = queue
      take.queues[#take.queues + 1] = queue
      for class, waits in pairs(queue.waits) do
        take.all.waits[class] = take.all.waits[class] or waits
      end
    end
  end
  for number, allowance in string.gmatch(a.numbers or '', '([^|]+) (%d+)|?') do
    add(number, tonumber(allowance))
  end
  for _, number in ipairs(redis.call('SMEMBERS', take.tag .. ':stray:' .. take.carrier)) do
    add(number, take.left, true)
  end
end

-- Is nothing of what waits there free to go, however much may?
local function is_stuck(take, queue)
  if take.held or take.classes < #CLASSES then
    return false
  end
  for _, class in ipairs(CLASSES) do
    if queue.waits[class] and queue.more[class] ~= false then
      return false
    end
  end
  return true
end

-- Tells what is left in the queues of the numbers that the take had to do with, or of all → whether more of one that has no
-- pace any more
local function tell_left(take, all)
  local more = false
  for _, number in ipairs(all and redis.call('SMEMBERS', take.tag .. ':queued:' .. take.carrier) or {}) do
    take.touched[number] = true
  end
  for _, queue in ipairs(take.queues) do
    take.touched[queue.number] = true
  end
  for number in pairs(take.touched) do
    local queue = take.queue_of[number]
    local left, urgent = left_of(take.tag, take.carrier, number)
    local stuck = left > 0 and queue and is_stuck(take, queue)
    take.out[#take.out + 1] = {number, left, stuck and 1 or 0, urgent and 1 or 0}
    more = more or (left > 0 and not stuck and queue and queue.stray)
  end
  return more
end

-- What most partitions have nothing of, asked at once → whether there are numbers with a pace; anything else; whether
-- the router says that more comes back than it applies. Bulk has to wait then, or it would pile up for as long as there is
-- something to send.
local function rarities(tag, carrier)
  local paced, queued, behind = tag .. ':paced:' .. carrier, tag .. ':queued:' .. carrier, tag .. ':behind'
  if redis.call('EXISTS', paced, queued, tag .. ':moved', tag .. ':bulk', tag .. ':reviews', behind) == 0 then
    return false, false, false
  end
  return redis.call('EXISTS', paced, queued) > 0, true, redis.call('EXISTS', behind) == 1
end

-- carrier run tenure now max, ahead ('1': the carrier takes messages before their time), urgent ('1': what is interactive
-- alone, and that is what more of is said), numbers (how many messages of which numbers with a pace, `+15550100 25|…`;
-- those of others stay in their queues), only ('1': of those numbers alone), all ('1': tells of every number's queue), paces
-- ('1': the gateway knows of such queues; one of before has nothing where there are such numbers)
-- → {status, {id, ref, record}…, {number, left, stuck, urgent}…}; status 0 nothing more, 1 more waits, 2 held back for a
-- moment. Of numbers with a pace: how much is left in their queues, 1 where nothing of it is free to go now, 1 where some of
-- it is interactive.
-- The check of suppression and the handing over are one step.
local function mt_take(keys, args)
  local tag, a = keys[1], named(args)
  if sending_locked(tag, a) or superseded(tag, a) then
    return {2}
  end
  local paced, rare, behind = rarities(tag, a.carrier)
  behind = behind and a.urgent ~= '1'
  local classes = a.urgent == '1' and 1 or behind and 2 or #CLASSES
  local waits = a.only == '1' and {} or waits_of(tag, a.carrier, classes)
  if paced and a.paces ~= '1' then
    return {2}
  end
  local any = waits[CLASSES[1]] or waits[CLASSES[2]] or waits[CLASSES[3]]
  if not any and not paced then
    return {behind and 2 or 0} -- without a look through what was heard, which may be much
  end
  local left = tonumber(a.max)
  local take = {tag = tag, carrier = a.carrier, now = a.now, left = left, out = {0}, waits = waits, classes = classes,
    all = drawer(a.carrier, {}, left), queues = {}, queue_of = {}, sorts = paced, paced = {}, parked = 0, touched = {},
    heard = unapplied(tag), skipped = {}, busy = {}, flight = {}, over = {},
    moved = rare and redis.call('EXISTS', tag .. ':moved') == 1, lists = rare and redis.call('EXISTS', tag .. ':bulk') == 1,
    ahead = a.ahead == '1', holds = rare and redis.call('EXISTS', tag .. ':reviews') == 1,
    minute = math.floor((tonumber(a.now) or 0) / 60000)}
  if not take.heard then
    return {2}
  end
  for class, some in pairs(waits) do
    take.all.waits[class] = some
  end
  if paced then
    find_queues(take, a)
  end
  local more = take_classes(take)
  call_many('ZREM', tag .. ':waits', take.over)
  call_many('HSET', tag .. ':busy', take.busy)
  call_many('HSET', tag .. ':flight:' .. take.carrier, take.flight)
  if paced then
    more = tell_left(take, a.all == '1') or more
  end
  take.out[1] = (take.held or behind) and 2 or more and 1 or 0
  return take.out
end

-- Are those numbers others than the members of the set?
local function differ(set, numbers)
  local before = redis.call('SMEMBERS', set)
  table.sort(before)
  table.sort(numbers)
  return table.concat(before, '|') ~= table.concat(numbers, '|')
end

-- carrier tenure numbers (`+15550100|…`): which numbers the carrier has to send at a pace of their own, all of them
-- → the numbers that have a queue, or had one. What waits of one that has no pace any more goes as it can. Where they are
-- others, a walk begins anew: it would move into a queue what is behind something older that it left behind it.
local function mt_paced(keys, args)
  local tag, a = keys[1], named(args)
  if superseded(tag, a) then
    return {}
  end
  local paced, queued, stray = tag .. ':paced:' .. a.carrier, tag .. ':queued:' .. a.carrier, tag .. ':stray:' .. a.carrier
  local numbers = {}
  for number in string.gmatch(a.numbers or '', '[^|]+') do
    numbers[#numbers + 1] = number
  end
  if differ(paced, numbers) then
    for _, class in ipairs(CLASSES) do
      redis.call('DEL', tag .. ':scan:' .. a.carrier .. ':' .. class)
    end
  end
  redis.call('DEL', paced)
  call_many('SADD', paced, numbers)
  redis.call('SDIFFSTORE', stray, queued, paced)
  return redis.call('SMEMBERS', queued)
end

-- carrier → how many messages wait for it here
local function mt_waiting(keys, args)
  local tag, carrier = keys[1], named(args).carrier
  local sum = waiting_under(tag, carrier)
  for _, number in ipairs(redis.call('SMEMBERS', tag .. ':queued:' .. carrier)) do
    sum = sum + (left_of(tag, carrier, number))
  end
  return sum
end

redis.register_function('mt_take', mt_take)
redis.register_function('mt_paced', mt_paced)
redis.register_function('mt_waiting', mt_waiting)
