-- Outbound messages of a partition. A message is in one of the streams `mt:<carrier>:<class>`, or, of a number with a pace
-- of its own, `mt:<carrier>:<number>:<class>` (`paced`, `queued` and `stray` say which numbers: take.lua); then in
-- `flight:<carrier>` while a gateway has it, then nowhere but in its own hash. `busy` keeps one message of a pair (our
-- number, customer) in flight, so that a retry holds back those behind it.

-- Is any of the scopes `all|p:demo|n:+1555` on the customer's list, or the customer on one of theirs?
local function suppressed(tag, customer, scopes)
  local key = tag .. ':opt:' .. customer
  if redis.call('EXISTS', key) == 1 then
    for scope in string.gmatch(scopes, '[^|]+') do
      if redis.call('HEXISTS', key, scope) == 1 then
        return scope
      end
    end
  end
  return bulk_covers(tag, customer, scopes)
end

-- The same for a message that was accepted, and then also whether an opt-out came behind it that has been
-- lifted since: what waited when the STOP came stays stopped. What was accepted of a customer of whom there was an opt-out
-- before (in force or not) has the ledger's end of then, `led`; to all else every opt-out is behind it.
local function covered(tag, customer, scopes, id)
  local stops = tag .. ':stops:' .. customer
  if redis.call('EXISTS', tag .. ':opt:' .. customer, stops) == 0 then
    return bulk_covers(tag, customer, scopes) -- for nearly everybody two looks, however long the lists
  end
  local scope = suppressed(tag, customer, scopes)
  if scope then
    return scope
  end
  local led = redis.call('HGET', tag .. ':msg:' .. id, 'led')
  for name in string.gmatch(scopes, '[^|]+') do
    local stop = redis.call('HGET', stops, name)
    if stop and (not led or later(stop, led)) then
      return name
    end
  end
  return nil
end

local EPISODE = '=' -- in front of a scope in `stops`: the entry with which its last episode of a keyword began

-- What ends an answer to a keyword, x as enqueue() has it, which is sent whatever suppresses its customer: an opt-out behind
-- it. The confirmation of one stands until the same scope has another episode, which has a confirmation of its own; where
-- it is only said again it stays the one.
local function overtaken(tag, customer, scopes, x)
  local behind, own = string.match(x, '^(%d+%-%d+) ?(.*)$')
  if not behind then
    return nil -- written before answers knew what they answer
  end
  local stops = tag .. ':stops:' .. customer
  if own ~= '' then
    local began = redis.call('HGET', stops, EPISODE .. own)
    return began and later(began, behind) and own or nil
  end
  for name in string.gmatch(scopes, '[^|]+') do
    local stop = redis.call('HGET', stops, name)
    if stop and later(stop, behind) then
      return name
    end
  end
  return nil
end

-- The scope that bars a message which was accepted, or nil.
local function barred(tag, customer, scopes, x, id)
  if x ~= '' then
    return overtaken(tag, customer, scopes, x)
  end
  return covered(tag, customer, scopes, id)
end

local blocked

do
-- What has put a scope on the customer's list: `keyword 1732-0`, `staff 1732-0`, or a list's `dnc <batch>`; `lifted 1732-0`
-- where it was lifted since.
local function blocker(tag, customer, scope)
  local entry = redis.call('HGET', tag .. ':opt:' .. customer, scope)
  if entry then
    return entry
  end
  local key, field = bulk_place(tag, customer)
  for code in string.gmatch(key and redis.call('HGET', key, field) or '', '%d+') do
    local row = bulk_meaning(tag, code)
    if (row.scope or 'all') == scope then
      return (row.source or '') .. ' ' .. (row.batch or '')
    end
  end
  return 'lifted ' .. (redis.call('HGET', tag .. ':stops:' .. customer, scope) or '')
end

-- A send that was blocked: b has at where ('accept', 'dispatch') by (who wanted it, or '') customer ours conv m (the message,
-- where it was accepted) scope. Kept in `blocked`, and told. → the event
function blocked(tag, b)
  local BLOCKED_KEPT = 100000 -- sends that were blocked, of a partition, about
  local entry = blocker(tag, b.customer, b.scope)
  redis.call('XADD', tag .. ':blocked', 'MAXLEN', '~', BLOCKED_KEPT, '*', 'at', b.at, 'where', b.where, 'by', b.by,
    'customer', b.customer, 'ours', b.ours, 'conv', b.conv, 'm', b.m, 'scope', b.scope, 'entry', entry)
  count(tag, 'blocked')
  local c = redis.call('HMGET', tag .. ':conv:' .. b.conv, 'queue', 'leg')
  local agent = string.sub(b.by, 1, 7) == 'client:' and '' or b.by
  return event(tag, 'e', 'blocked', 'where', b.where, 'c', b.conv, 'a', agent, 'by', b.by, 'ours', b.ours, 'customer',
    b.customer, 'q', c[1] or '', 'leg', c[2] or '', 'm', b.m, 'scope', b.scope, 'entry', entry,
    'at', b.at)
end
end

-- Is automated traffic to the customer held, until somebody has read what they wrote (review.lua)?
local function held_for_review(tag, customer)
  return redis.call('EXISTS', tag .. ':hold:' .. customer) == 1
end

-- Quiet hours: w are the windows in which a message may be sent, `from-to,…` in minutes since 1970, or nothing for
-- any hour. → 0 where one is open, else the minute in which the next one opens; nil where there is none any more
local function opens(w, minute)
  if (w or '') == '' then
    return 0
  end
  for from, to in string.gmatch(w, '(%d+)%-(%d+)') do
    if minute < tonumber(from) then
      return tonumber(from)
    elseif minute < tonumber(to) then
      return 0
    end
  end
  return nil
end

-- Is the entry m of a message whose time, the minute t, has not come?
local function scheduled(m, minute)
  return (m.t or '') ~= '' and minute < tonumber(m.t)
end

-- What waits for its window is in `later`, by that minute and then by when it came; `later:pairs` counts it by pair,
-- since nothing newer of a pair goes before it. What waits for a time of its own, early of fields, counts only once that
-- has come: `scheduled:<customer>` has it until then, with the scopes that end it. What is worth nothing any more before
-- that minute is looked at then.
local function put_off(tag, minute, carrier, class, pair, fields, early, expires)
  local n = redis.call('INCR', tag .. ':later:next')
  if (expires or '') ~= '' then
    minute = math.min(minute, math.ceil(expires / 60000))
  end
  redis.call('ZADD', tag .. ':later', minute,
    string.format('%016.0f', n) .. cmsgpack.pack({carrier, class, pair, fields, early and '1' or ''}))
  if early then
    redis.call('HSET', tag .. ':scheduled:' .. early.c, early.m, early.s)
    return
  end
  redis.call('HINCRBY', tag .. ':later:pairs', pair, 1)
end

-- How `waits` names an entry before a carrier's gateway, by when it is worth nothing any more.
local function waits_as(carrier, class, entry)
  return carrier .. ':' .. class .. ':' .. entry
end

local function add_entry(tag, carrier, class, fields, expires)
  local entry = redis.call('XADD', tag .. ':mt:' .. carrier .. ':' .. class, '*', unpack(fields))
  if (expires or '') ~= '' then
    redis.call('ZADD', tag .. ':waits', expires, waits_as(carrier, class, entry))
  end
end

-- The fields of an entry before a gateway: `q` and `r`, the record, behind which stands what there is of k, v, t, w, e and
-- y. Each element that crosses between Redis and Lua costs, so what every message has is one text, with a NUL between its
-- parts: pair, ref, facts, m, c, s and x (entry_of() has them). The facts are its conversation, a blank, and how many
-- segments it has; '' where that was not written.
local function entry_fields(m)
  local q = m.pair .. '\0' .. m.n .. '\0' .. m.facts .. '\0' .. m.m .. '\0' .. m.c .. '\0' .. m.s .. '\0' .. m.x
  return {'q', q, 'r', m.r}
end

-- Puts an entry before a carrier's gateway; of m what there is of its time t, hours w, route v and end e.
local function wait_for(tag, carrier, class, fields, m)
  for _, name in ipairs({'t', 'w', 'v', 'e'}) do
    if (m[name] or '') ~= '' then
      fields[#fields + 1], fields[#fields + 2] = name, m[name]
    end
  end
  add_entry(tag, carrier, class, fields, m.e)
end

-- An entry as wait_for() writes it, or as it was written before, with a field for each: its message m, customer c, pair,
-- scopes s, exemption x, ref n, record r, and `q` as entry_fields() has it.
local function entry_of(f)
  if f[1] == 'q' then
    local q = f[2]
    local pair, n, id, c, s, x = string.match(q, '^(%Z*)%z(%Z*)%z%Z*%z(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)$')
    local m = {m = id, c = c, pair = pair, s = s, x = x, n = n, r = f[4], q = q} -- no more than eight by name
    for i = 5, #f, 2 do
      m[f[i]] = f[i + 1]
    end
    return m
  end
  local m = named(f)
  m.pair, m.facts = m.o .. ':' .. m.c, ''
  m.q = entry_fields(m)[2]
  return m
end

-- Our number of a pair with that customer.
local function number_of(pair, customer)
  return string.sub(pair, 1, -2 - #customer)
end

-- Puts a message into its conversation and before the gateways. m: id conv ours customer text carrier
-- class record scopes segs, agent (who wrote it, or ''), exempt ('1' for a keyword's answer), after (of such
-- a one: the ledger's last entry when it was written, and with a blank the scope of the opt-out that it confirms), route (the
-- carriers that may take it, `a|b`, or nothing where there is one alone), expires (ms since 1970, after which it is
-- not sent; nothing for no end), w (when it may be sent; not of the class interactive) and now, marketing ('1': it
-- advertises), asked (when it was accepted, where it asks something), by which the customer's next text is understood;
-- schedule (ms, a whole minute: when it is to be delivered, where that is not at once), ahead ('1': the carrier is told
-- that time, and has it until then).
-- Returns its position in the thread.
local function enqueue(tag, m)
  local pair = m.ours .. ':' .. m.customer
  local ref = redis.call('HINCRBY', tag .. ':thread:' .. pair, 'ref', 1)
  local time = tonumber(m.schedule or '')
  local marketing = m.marketing == '1' or m.class == 'bulk'
  local out, asked = marketing and 'marketing' or m.class, not marketing and m.asked or ''
  if m.exempt ~= '1' and not time then
    redis.call('HSET', tag .. ':thread:' .. pair, 'out', out, 'asked', asked)
  end
  local position = redis.call('XADD', tag .. ':conv:' .. m.conv .. ':msgs', '*', 'd', 'o', 't', m.text,
    'm', m.id, 'a', m.agent, 'n', m.segs, 'x', m.exempt)
  redis.call('HSET', tag .. ':msg:' .. m.id, 'state', 'queued', 'conv', m.conv, 'at', position,
    'n', m.segs, 'carrier', m.carrier, 'pair', pair, 'scopes', m.exempt == '1' and '' or m.scopes)
  if m.exempt ~= '1' and redis.call('EXISTS', tag .. ':stops:' .. m.customer) == 1 then
    redis.call('HSET', tag .. ':msg:' .. m.id, 'led', ledger_end(tag))
  end
  local fields = entry_fields({pair = pair, n = ref, facts = m.conv .. ' ' .. m.segs, m = m.id, c = m.customer, s = m.scopes,
    x = m.exempt == '1' and m.after or m.exempt, r = m.record})
  local t = ''
  if time then
    redis.call('HSET', tag .. ':msg:' .. m.id, 'sch', m.schedule)
    t = string.format('%.0f', time / 60000)
    fields[#fields + 1], fields[#fields + 2] = 'k', out .. ' ' .. (asked ~= '' and '1' or '')
  end
  local minute = m.class ~= 'interactive' and (m.w or '') ~= '' and math.floor(m.now / 60000)
  local at = minute and (opens(m.w, minute) or minute) or 0
  if minute and at == 0 and redis.call('HEXISTS', tag .. ':later:pairs', pair) == 1 then
    at = minute
  end
  if at > 0 and not (time and m.ahead == '1') then
    for _, more in ipairs({'v', m.route or '', 'w', m.w, 't', t, 'e', m.expires or ''}) do
      fields[#fields + 1] = more
    end
    local entry = {m = m.id, c = m.customer, s = m.scopes, t = t}
    put_off(tag, at, m.carrier, m.class, pair, fields, scheduled(entry, minute) and entry, m.expires)
    return position
  end
  wait_for(tag, m.carrier, m.class, fields, {v = m.route, w = m.w, t = t, e = m.expires})
  wake_gateway(tag, m.carrier, m.class)
  return position
end

-- What this ref of the agent's came to, where it was said before; else nil. `kind` keeps apart what is asked.
local function said_before(tag, kind, a)
  return redis.call('GET', tag .. ':' .. kind .. ':' .. a.agent .. ':' .. a.ref)
end

local function remember_ref(tag, kind, a, what)
  local REF_MS = 3600000 -- as long as the same ref of an agent is known again
  redis.call('SET', tag .. ':' .. kind .. ':' .. a.agent .. ':' .. a.ref, what, 'PX', REF_MS)
end
