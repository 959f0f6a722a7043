-- From what waits to the gateways: a take, what holds a message back in it, and how it comes back from one. Names of
-- keys as in outbound.lua.

local CLASSES = {'interactive', 'transactional', 'bulk'}
local UNAPPLIED_MAX = 512 -- inbound entries looked through before a take
local PAGE, PAGES = 64, 16 -- outbound entries looked through in a take, at the front and behind it
local SPARE = 8 -- of them looked at beyond the slots there are
local SHARE = 8 -- one of so many slots goes to lower classes while higher ones wait

-- The highest class of which something waits for the carrier; nil for none.
local function anything_waits(tag, carrier)
  for _, class in ipairs(CLASSES) do
    if redis.call('XLEN', tag .. ':mt:' .. carrier .. ':' .. class) > 0 then
      return class
    end
  end
  return nil
end

-- Does another gateway than that of this tenure have the carrier (lease.h)? What says no tenure asks for a look only.
local function superseded(tag, a)
  local holder = a.tenure and redis.call('HGET', tag .. ':tenures', a.carrier)
  return holder and tonumber(holder) > tonumber(a.tenure)
end

-- The customers from whom something was heard that has not been applied: it may be a STOP, and its
-- deliver_sm may be answered already. nil where there is too much of it to look through.
local function unapplied(tag)
  local heard = {}
  local length = redis.call('XLEN', tag .. ':in')
  if length == 0 then
    return heard
  elseif length > UNAPPLIED_MAX then
    return nil
  end
  for _, entry in ipairs(redis.call('XRANGE', tag .. ':in', '-', '+')) do
    heard[entry[2][4]] = true -- k, its value, c, its value
  end
  return heard
end

-- Ends a message that the scope covers. The router hears of it as of results, by `back`.
local function end_suppressed(tag, customer, id, scope, now)
  local f = redis.call('HMGET', tag .. ':msg:' .. id, 'pair', 'conv', 'at')
  local ours, conv = string.match(f[1] or '', '^([^:]*):') or '', f[2] or ''
  local row = f[3] and redis.call('XRANGE', tag .. ':conv:' .. conv .. ':msgs', f[3], f[3])[1]
  blocked(tag, {at = now, where = 'dispatch', by = row and named(row[2]).a or '', customer = customer, ours = ours,
    conv = conv, m = id, scope = scope})
  redis.call('XADD', tag .. ':back', '*', 'k', 'sup', 'c', customer, 'r', id)
end

-- It came here from a carrier without a bind, and leaves the stream: where it waits for its hours it has their order.
local function moved_on(tag, m, pair)
  if m.y and redis.call('HINCRBY', tag .. ':moved', pair, -1) <= 0 then
    redis.call('HDEL', tag .. ':moved', pair)
  end
end

do
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
  return behind_moved(take, m, pair) and MOVED or nil
end

local function hand_over(take, m, pair, class)
  local busy, flight = take.busy, take.flight
  busy[#busy + 1], busy[#busy + 2] = pair, m.m
  flight[#flight + 1], flight[#flight + 2] = m.m,
    cmsgpack.pack({m.n, pair, m.c, m.s, m.x, take.now, m.r, class, m.v or '', m.w or '', m.t or '', m.k or '', m.e or ''})
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
local function remove(take, class, entry, m)
  take.gone[#take.gone + 1] = entry
  if (m.e or '') ~= '' then
    take.waits[#take.waits + 1] = waits_as(take.carrier, class, entry)
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

local function consider(take, stream, class, entry)
  local tag, m = take.tag, entry_of(entry[2])
  local pair = m.o .. ':' .. m.c
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
  remove(take, class, entry[1], m)
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
    hand_over(take, m, pair, class)
  end
end

-- Is an entry of a number that has to wait, or that the walk has passed over before? Nearly all of a long
-- backlog may be, so it is told before the entry is looked at any further. What the walk passes over is
-- remembered by its number, not by each pair: nothing of that number is taken by the walk until it ends.
local PASSED = '\1'

local function passes_over(take, number, walking)
  if not take.full[number] then
    return walking and take.passed[number]
  end
  take.waits_for_number = true
  if walking and not take.passed[number] then
    take.passed[number] = true
    take.left_behind[PASSED .. number] = ''
  end
  return true
end

-- What has to be known of all these entries, asked at once: with which message each pair is busy, and whether any of
-- the customers is on a list by an entry of their own.
local function look_ahead(take, entries)
  local names, keys = {}, {}
  take.owners = {}
  for i, entry in ipairs(entries) do
    local customer, ours = entry[2][4], entry[2][6] -- m, its value, c, its value, o, its value
    names[i] = ours .. ':' .. customer
    keys[2 * i - 1], keys[2 * i] = take.tag .. ':opt:' .. customer, take.tag .. ':stops:' .. customer
  end
  if #entries > 0 then
    for i, owner in ipairs(redis.call('HMGET', take.tag .. ':busy', unpack(names))) do
      take.owners[names[i]] = owner or nil
    end
    take.listed = redis.call('EXISTS', unpack(keys)) > 0
  end
end

-- Looks through the stream page by page, `from` on, as far as `take.left` goes; walking is behind its front.
-- → 'full' where there was no room left, 'end' where the stream ended, or where to go on.
local function look(take, stream, class, from, walking)
  local looked = 0
  while looked < PAGE * PAGES do
    local wanted = math.min(PAGE, take.left + SPARE)
    local entries = redis.call('XRANGE', stream, from, '+', 'COUNT', wanted)
    look_ahead(take, entries)
    for _, entry in ipairs(entries) do
      if take.left <= 0 then
        return 'full'
      end
      if not passes_over(take, entry[2][6], walking) then
        consider(take, stream, class, entry)
      end
    end
    if #entries < wanted then
      return 'end'
    end
    looked = looked + wanted
    from = '(' .. entries[#entries][1]
  end
  return from
end

-- The same, and what was taken leaves the stream.
local function look_and_take(take, stream, class, from, walking)
  take.gone = {}
  local at = look(take, stream, class, from, walking)
  call_many('XDEL', stream, take.gone)
  return at
end

-- Takes from one class's stream, no more than `room`. Its front is looked through each time; where that
-- is not all, a walk through the rest goes on from take to take. `scan` keeps where it is, under '',
-- and the pairs of which something was left behind it: that is older, so no other message of such a pair
-- is taken by the walk until it has come to the end. → whether more may be there.
local function take_class(take, class, room)
  local stream = take.tag .. ':mt:' .. take.carrier .. ':' .. class
  local scan = take.tag .. ':scan:' .. take.carrier .. ':' .. class
  local rest = take.left - room
  take.left, take.left_behind = room, {}
  take.passed = {}
  local at = look_and_take(take, stream, class, '-', false)
  if at ~= 'full' and at ~= 'end' then
    local kept = named(redis.call('HGETALL', scan))
    for pair, but in pairs(kept) do
      if string.sub(pair, 1, 1) == PASSED then
        take.passed[string.sub(pair, 2)] = true
      else
        take.skipped[pair] = take.skipped[pair] or but
      end
    end
    local walk = kept['']
    if walk and later(string.sub(walk, 2), string.sub(at, 2)) then
      at = walk
    end
    at = look_and_take(take, stream, class, at, true)
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

-- Hands the slots out: a higher class first, but of every SHARE of them one is kept for what is below it
-- while something waits there. What a class was owed when the slots ran out is remembered in `share`.
local function take_classes(take)
  local waits, more = {}, {}
  for i, class in ipairs(CLASSES) do
    waits[i] = redis.call('XLEN', take.tag .. ':mt:' .. take.carrier .. ':' .. class) > 0
  end
  for i, class in ipairs(CLASSES) do
    local below, kept = waits[i + 1] or waits[i + 2], 0
    local field, before = take.carrier .. ':' .. class, take.left
    local owed = below and waits[i] and
      tonumber(redis.call('HGET', take.tag .. ':share', field) or 0)
    if owed then
      kept = math.min(before, math.floor((owed + before) / SHARE))
    end
    more[i] = waits[i] and take_class(take, class, before - kept)
    take['own' .. i] = before - take.left
    take['owed' .. i] = owed
  end
  for i, class in ipairs(CLASSES) do
    if more[i] and take.left > 0 then
      local before = take.left
      more[i] = take_class(take, class, before)
      take['own' .. i] = take['own' .. i] + before - take.left
    end
  end
  for i, class in ipairs(CLASSES) do
    local owed = take['owed' .. i]
    if owed then
      local lower = (take['own' .. i + 1] or 0) + (take['own' .. i + 2] or 0)
      local now = math.max(0, math.min(SHARE, owed + take['own' .. i] + lower - SHARE * lower))
      if now ~= owed then
        redis.call('HSET', take.tag .. ':share', take.carrier .. ':' .. class, now)
      end
    end
  end
  return more[1] or more[2] or more[3]
end

-- carrier run tenure now max, full (numbers of ours, with | between them, that have to wait), ahead ('1': the carrier takes
-- messages before their time), urgent ('1': what is interactive alone, and that is what more of is said)
-- → {status, {id, ref, record}…}; status 0 nothing more, 1 more waits, 2 held back for a moment, 3 more waits of those
-- numbers alone. The check of suppression and the handing over are one step.
local function mt_take(keys, args)
  local tag, a = keys[1], named(args)
  if sending_locked(tag, a) or superseded(tag, a) then
    return {2}
  end
  local highest = anything_waits(tag, a.carrier)
  if not highest or (a.urgent == '1' and highest ~= CLASSES[1]) then
    return {0} -- without a look through what was heard, which may be much
  end
  local take = {tag = tag, carrier = a.carrier, now = a.now, left = tonumber(a.max), out = {0},
    heard = unapplied(tag), full = {}, skipped = {}, busy = {}, flight = {}, waits = {},
    moved = redis.call('EXISTS', tag .. ':moved') == 1, lists = redis.call('EXISTS', tag .. ':bulk') == 1,
    ahead = a.ahead == '1', holds = redis.call('EXISTS', tag .. ':reviews') == 1,
    minute = math.floor((tonumber(a.now) or 0) / 60000)}
  if not take.heard then
    return {2}
  end
  for number in string.gmatch(a.full or '', '[^|]+') do
    take.full[number] = true
  end
  local more
  if a.urgent == '1' then
    more = take_class(take, CLASSES[1], take.left)
  else
    more = take_classes(take)
  end
  call_many('ZREM', tag .. ':waits', take.waits)
  call_many('HSET', tag .. ':busy', take.busy)
  call_many('HSET', tag .. ':flight:' .. take.carrier, take.flight)
  take.out[1] = take.held and 2 or more and 1 or take.waits_for_number and 3 or 0
  return take.out
end

redis.register_function('mt_take', mt_take)
end

-- The message is in flight no more: the pair's next may go. Whoever calls it wakes the gateway.
local function land(tag, carrier, id, pair)
  if redis.call('HDEL', tag .. ':flight:' .. carrier, id) == 0 then
    return false
  end
  if redis.call('HGET', tag .. ':busy', pair) == id then
    redis.call('HDEL', tag .. ':busy', pair)
  end
  return true
end

-- A carrier's messages have landed: its gateway is told where more waits.
local function wake_landed(tag, carrier)
  local class = anything_waits(tag, carrier)
  if class then
    wake_gateway(tag, carrier, class)
  end
end

-- A message in flight as hand_over() wrote it: {ref, pair, customer, scopes, x, when, record, class, v, w, t, k, e};
-- nil where it is not.
local function in_flight(tag, carrier, id)
  local packed = redis.call('HGET', tag .. ':flight:' .. carrier, id)
  return packed and cmsgpack.unpack(packed) or nil
end

-- Ends a message in flight, f, that a scope covers → whether one does
local function end_barred(tag, a, f)
  local scope = barred(tag, f[3], f[4], f[5], a.id)
  if not scope then
    return false
  end
  if land(tag, a.carrier, a.id, f[2]) then
    wake_landed(tag, a.carrier)
  end
  end_suppressed(tag, f[3], a.id, scope, a.now or '0')
  return true
end

-- Segment states in the order in which they may follow one another; a final one stays.
local RANK = {sent = 1, unknown = 1, delivered = 2, failed = 2, expired = 2}

-- The segments' states of a message of n segments, false where nothing is known. That of an only one is the
-- message's.
local function segment_states(tag, id, n)
  if n == 1 then
    local f = redis.call('HMGET', tag .. ':msg:' .. id, 'state', 's0')
    return {RANK[f[1]] and f[1] or f[2]}
  end
  local fields = {}
  for i = 1, n do
    fields[i] = 's' .. (i - 1)
  end
  return redis.call('HMGET', tag .. ':msg:' .. id, unpack(fields))
end

-- A message in flight, f as it stands there, waits for a carrier again; its pair stays busy with it, so that
-- those behind it keep behind it.
local function wait_again(tag, from, id, f, to, tried)
  redis.call('HDEL', tag .. ':flight:' .. from, id)
  redis.call('HSET', tag .. ':msg:' .. id, 'state', 'queued', 'carrier', to, 'tried', tried or '')
  local fields = {'m', id, 'c', f[3], 'o', string.sub(f[2], 1, -2 - #f[3]), 's', f[4], 'x', f[5], 'n', f[1], 'r', f[7]}
  if (f[12] or '') ~= '' then
    fields[#fields + 1], fields[#fields + 2] = 'k', f[12]
  end
  wait_for(tag, to, f[8], fields, {v = f[9], w = f[10], t = f[11], e = f[13]})
end

-- Nothing of it has been accepted by a carrier.
local function not_begun(tag, id, n)
  for _, state in ipairs(segment_states(tag, id, tonumber(n) or 1)) do
    if state then
      return false
    end
  end
  return true
end

do
local UNAPPLIED_BACK_MAX = 4096 -- results and receipts looked through before a gateway that begins goes on

-- carrier run tenure id now ahead: may a message in flight be written, later than when it was taken? → 1 yes, 0 it was
-- ended, or waits again until the customer's text was read, or for its hours (what was begun is sent whole), 2 something of this customer has not been applied yet: ask again.
local function mt_check(keys, args)
  local tag, a = keys[1], named(args)
  if superseded(tag, a) then
    return 2
  end
  local f = in_flight(tag, a.carrier, a.id)
  if not f then
    return 0
  end
  if sending_locked(tag, a) then
    return 2
  end
  local customer = f[3]
  local heard = unapplied(tag)
  if not heard or heard[customer] then
    return 2
  end
  if end_barred(tag, a, f) then
    return 0
  end
  local minute = math.floor(a.now / 60000)
  local closed = f[10] and f[10] ~= '' and not (a.ahead == '1' and scheduled({t = f[11]}, minute)) and
    opens(f[10], minute) ~= 0
  if f[5] == '' and f[8] ~= 'interactive' and (closed or held_for_review(tag, customer)) then
    local m = redis.call('HMGET', tag .. ':msg:' .. a.id, 'n', 'tried')
    if not_begun(tag, a.id, m[1]) then
      wait_again(tag, a.carrier, a.id, f, a.carrier, m[2])
      return 0
    end
  end
  return 1
end

-- How often each segment was sent again, since nobody knew what became of it: `0,2`
local function resubmits(tag, id, n)
  local fields = {}
  for i = 1, n do
    fields[i] = 'u' .. (i - 1)
  end
  local counts = redis.call('HMGET', tag .. ':msg:' .. id, unpack(fields))
  for i = 1, n do
    counts[i] = counts[i] or 0
  end
  return table.concat(counts, ',')
end

-- carrier run tenure, which from here on is the carrier's → nil while results of the dead gateway wait in `back` (g, of a
-- result, is its carrier) or sending is locked, else {id, ref, record, done, cut, resubmits}…: the segments that have a state, how it was cut into them, how often each was sent again
local function mt_recover(keys, args)
  local tag, a = keys[1], named(args)
  if superseded(tag, a) then
    return false
  end
  if a.tenure then
    redis.call('HSET', tag .. ':tenures', a.carrier, a.tenure)
  end
  if sending_locked(tag, a) or redis.call('XLEN', tag .. ':back') > UNAPPLIED_BACK_MAX then
    return false
  end
  for _, entry in ipairs(redis.call('XRANGE', tag .. ':back', '-', '+')) do
    local f = entry[2] -- k, its value, c, its value, r, its value, g, its value
    if f[2] == 'rs' and (f[8] or a.carrier) == a.carrier then
      return false
    end
  end
  local out = {}
  local flight = redis.call('HGETALL', tag .. ':flight:' .. a.carrier)
  for i = 1, #flight, 2 do
    local id, f = flight[i], cmsgpack.unpack(flight[i + 1])
    local done = {}
    local facts = redis.call('HMGET', tag .. ':msg:' .. id, 'n', 'cut', 'resent')
    local n = tonumber(facts[1]) or 1
    for j, state in ipairs(segment_states(tag, id, n)) do
      if state then
        done[#done + 1] = j - 1
      end
    end
    out[#out + 1] = {id, tonumber(f[1]), f[7], table.concat(done, ','), facts[2] or '',
      facts[3] and resubmits(tag, id, n) or ''}
  end
  return out
end

redis.register_function('mt_check', mt_check)
redis.register_function('mt_recover', mt_recover)
end
