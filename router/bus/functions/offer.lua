-- Offers, all under `{acd}`: `conv:<id>` is a conversation that waits for or has an agent, with the
-- epoch that fences its offers; `agent:<name>:load` are the conversations an agent has, `…:alert`
-- those of them that still ring, `…:parked` those put aside, `…:acw` legs that are over but for their
-- after-call work. C chooses, these functions check and commit.

-- Agents as they are, each read once a call: whatever changes one changes it here, too.
local agents = {seen = {}}

-- A function that looks at agents.
local function agents_function(name, f)
  redis.register_function(name, function(keys, args)
    agents.seen = {}
    return f(keys, args)
  end)
end

-- The floor is worked by the router that holds its lease. What one that has lost it still asks for is
-- refused: its successor would not hear what came of it.
local function floor_function(name, f)
  agents_function(name, function(keys, args)
    if args[1] == '' then -- told in order: '' now fence
      return redis.call('GET', keys[1] .. ':lease') == args[3] and f(keys, args) or {'fenced'}
    end
    for i = 1, #args, 2 do
      if args[i] == 'fence' then
        if redis.call('GET', keys[1] .. ':lease') ~= args[i + 1] then
          return {'fenced'}
        end
        break
      end
    end
    return f(keys, args)
  end)
end

-- What somebody (a.by) orders with a ref is done once, and answered again. An order without one is an agent's
-- own doing.
local function ordered_before(tag, kind, a)
  return (a.ref or '') ~= '' and said_before(tag, kind, {agent = a.by, ref = a.ref})
end

local function remember_order(tag, kind, a)
  if (a.ref or '') ~= '' then
    remember_ref(tag, kind, {agent = a.by, ref = a.ref}, '1')
  end
end

-- `load` counts what rings, what is connected, and legs whose after-call work holds their slot.
function agents.read(tag, name)
  local key = tag .. ':agent:' .. name
  local h = redis.call('HMGET', key, 'on', 'nr', 'cap', 'since', 'routing', 'routing_since')
  local f = {key = key, on = h[1], nr = h[2], cap = h[3] or '0', since = h[4] or '0', told = h[5],
    told_since = h[6], load = redis.call('SCARD', key .. ':load'), alert = redis.call('SCARD', key .. ':alert'),
    after = redis.call('HLEN', key .. ':acw'), conns = redis.call('SCARD', key .. ':conns'), holds = 0}
  if f.after > 0 then
    for _, entry in ipairs(redis.call('HVALS', key .. ':acw')) do
      f.holds = f.holds + (string.match(entry, '^%d+ 1') and 1 or 0)
    end
  end
  return f
end

function agents.of(tag, name)
  local f = agents.seen[name] or agents.read(tag, name)
  agents.seen[name] = f
  return f
end

-- Somebody else than these functions' own helpers changes them: they are read anew.
function agents.changed(name)
  agents.seen[name] = nil
end

function agents.routing(f)
  if f.on ~= '1' then
    return 'off_queue'
  elseif f.nr == '1' then
    return 'not_responding'
  end
  return f.load + f.holds > f.alert and 'interacting' or 'idle'
end

-- For how long its agent has had it (`began`: since when), ms; '' where nobody has.
function agents.talk(c, now)
  return c.began and math.max(0, now - c.began) .. '' or ''
end

-- The conversation is in that set of the agent's (load, alert) from now on, or not any more.
function agents.add(tag, name, set, id)
  local f = agents.of(tag, name)
  f[set] = f[set] + redis.call('SADD', f.key .. ':' .. set, id)
end

function agents.remove(tag, name, set, id)
  local f = agents.of(tag, name)
  f[set] = f[set] - redis.call('SREM', f.key .. ':' .. set, id)
end

-- A small number as text: formatting one costs as much as a command.
agents.digits = {}
for i = 0, 99 do
  agents.digits[i] = i .. ''
end

-- How an event of the floor begins: when it was, and with an agent what that one is after it: ar routing, ars since
-- when, al load, ac capacity, an connections, as when it last got an offer or came on queue, aw legs in
-- after-call work.
function agents.stand(tag, now, name)
  if name == '' then
    return 'at\0' .. now .. '\0a\0\0'
  end
  local f, digits = agents.of(tag, name), agents.digits
  local routing, load = agents.routing(f), f.load + f.holds
  if f.told ~= routing then
    redis.call('HSET', f.key, 'routing', routing, 'routing_since', now)
    f.told, f.told_since = routing, now
  end
  return 'at\0' .. now .. '\0a\0' .. name .. '\0ar\0' .. routing .. '\0al\0' .. (digits[load] or load)
    .. '\0ac\0' .. f.cap .. '\0an\0' .. (digits[f.conns] or f.conns) .. '\0as\0' .. f.since .. '\0ars\0' .. f.told_since
    .. '\0aw\0' .. (digits[f.after] or f.after) .. '\0'
end

local function floor_event(tag, now, name, text)
  return packed_event(tag, agents.stand(tag, now, name) .. text)
end

-- A conversation is one text in Redis, these values in this order with a NUL behind each (none has one; a field that
-- crosses by itself costs five times as much), and until it is written anew a hash, where it was written before that.
local kept = {format = 'ssssssssssssssssssssssss'}

function kept.read(state, agent, queue, epoch, at, till, last, tried, leg, prio, skills, entered, kind, from, pref,
    pref_until, part, ours, customer, ring, how, alone, began, asked)
  return {state = state, agent = agent ~= '' and agent or nil, queue = queue, epoch = epoch, at = at,
    ['until'] = till ~= '' and till or nil, last = last ~= '' and last or nil, tried = tried ~= '' and tried or nil,
    leg = leg, prio = prio ~= '' and prio or nil, skills = skills ~= '' and skills or nil, entered = entered,
    kind = kind ~= '' and kind or nil, from = from ~= '' and from or nil, pref = pref ~= '' and pref or nil,
    pref_until = pref_until ~= '' and pref_until or nil, part = part, ours = ours, customer = customer,
    ring = ring ~= '' and ring or nil, how = how ~= '' and how or nil, alone = alone ~= '' and alone or nil,
    began = began ~= '' and began or nil, asked = asked ~= '' and asked or nil}
end

-- Its fields, or nil. Those that are empty are nil.
local function conversation(tag, id)
  local text = redis.pcall('GET', tag .. ':conv:' .. id)
  if type(text) == 'string' then
    return kept.read(struct.unpack(kept.format, text))
  elseif text then
    return named(redis.call('HGETALL', tag .. ':conv:' .. id))
  end
end

function kept.write(tag, id, c)
  redis.call('SET', tag .. ':conv:' .. id, struct.pack(kept.format, c.state, c.agent or '', c.queue, c.epoch, c.at,
    c['until'] or '', c.last or '', c.tried or '', c.leg, c.prio or '', c.skills or '', c.entered, c.kind or '',
    c.from or '', c.pref or '', c.pref_until or '', c.part, c.ours, c.customer, c.ring or '', c.how or '', c.alone or '',
    c.began or '', c.asked or ''))
end

local function change(c, fields)
  for field, value in pairs(fields) do
    c[field] = value ~= '' and value .. '' or nil
  end
end

local function keep(tag, id, c, fields)
  change(c, fields)
  kept.write(tag, id, c)
end

-- What happened to a conversation, with all that a report asks of it: queue, skills, priority, the ring
-- and the way of its (last) offer, what kind of entry it is and who asked for it.
local function conv_event(tag, now, name, e, id, c, more)
  return packed_event(tag, agents.stand(tag, now, name)
    .. 'e\0' .. e .. '\0c\0' .. id .. '\0q\0' .. c.queue .. '\0leg\0' .. c.leg .. '\0part\0' .. c.part
    .. '\0ours\0' .. c.ours .. '\0customer\0' .. c.customer .. '\0since\0' .. c.at .. '\0prio\0' .. (c.prio or '0')
    .. '\0skills\0' .. (c.skills or '') .. '\0entered\0' .. c.entered .. '\0ring\0' .. (c.ring or '0')
    .. '\0how\0' .. (c.how or '') .. '\0kind\0' .. (c.kind or '') .. '\0from\0' .. (c.from or '')
    .. (more and '\0' or '') .. (more or ''))
end

-- On queue, responding, connected, with room for one more.
local function fits(tag, name)
  local f = agents.of(tag, name)
  return f.on == '1' and f.nr ~= '1' and f.load + f.holds < tonumber(f.cap) and f.conns > 0
end

-- Appended to `out`.
local function accepted(tag, id, c, name, now, out)
  redis.call('ZREM', tag .. ':alerting', id)
  agents.remove(tag, name, 'alert', id)
  if c.kind ~= 'consult' then
    c.state, c['until'], c.began = 'connected', nil, now
    kept.write(tag, id, c)
    out[#out + 1] = conv_event(tag, now, name, 'accepted', id, c, 'epoch\0' .. c.epoch .. '\0talk\0')
    return out
  end
  -- Who was asked takes the conversation itself; until now it was the other's.
  local whole = string.sub(id, 1, -3)
  local w = conversation(tag, whole)
  local before, talk = w.queue, agents.talk(w, now)
  redis.call('DEL', tag .. ':conv:' .. id)
  agents.remove(tag, name, 'load', id)
  agents.remove(tag, c.from, 'load', whole)
  agents.add(tag, name, 'load', whole)
  keep(tag, whole, w, {agent = name, leg = tonumber(w.leg) + 1, epoch = c.epoch, queue = c.queue, from = c.from,
    how = c.how, ring = c.ring, asked = '1', began = now, skills = c.skills or '',
    prio = c.prio or '0'})
  out[#out + 1] = conv_event(tag, now, name, 'accepted', whole, w, joined('epoch', c.epoch, 'consult', id,
    'from_q', before, 'talk', talk))
  out[#out + 1] = floor_event(tag, now, c.from, joined('e', 'agent', 'why', 'handed_over'))
  return out
end

-- c, which waits, rings at the agent until a['until'], and is accepted at once where a.auto is '1';
-- appended to `out`.
local function ring(tag, id, c, name, a, how, out)
  c.epoch, c.state, c.agent, c['until'] = redis.call('INCR', tag .. ':epoch') .. '', 'alerting', name, a['until']
  c.ring, c.how, c.tried = a.ring or c.ring or '0', how or '', how == 'last' and '1' or c.tried
  kept.write(tag, id, c)
  redis.call('ZREM', tag .. ':waiting', id)
  redis.call('ZADD', tag .. ':alerting', a['until'], id)
  agents.add(tag, name, 'load', id)
  agents.add(tag, name, 'alert', id)
  local f = agents.of(tag, name)
  redis.call('HSET', f.key, 'since', a.now)
  f.since = a.now
  out[#out + 1] = conv_event(tag, a.now, name, 'offer', id, c, 'epoch\0' .. c.epoch .. '\0until\0' .. a['until']
    .. '\0last\0' .. (how == 'last' and '1' or '') .. '\0auto\0' .. (a.auto or '') .. '\0by\0' .. (a.by or '')
    .. '\0seen\0' .. (a.seen or '') .. '\0alone\0' .. (c.alone or ''))
  if a.auto == '1' then
    accepted(tag, id, c, name, a.now, out)
  end
  return out
end

-- Ends an offer that is alerting: the conversation goes back to its place. why: declined, timeout
-- (both make the agent not_responding) or rescinded.
local function offer_back(tag, id, c, why, now)
  local name = c.agent
  keep(tag, id, c, {state = 'waiting', agent = '', ['until'] = ''})
  redis.call('ZREM', tag .. ':alerting', id)
  redis.call('ZADD', tag .. ':waiting', c.at, id)
  agents.remove(tag, name, 'load', id)
  agents.remove(tag, name, 'alert', id)
  if why ~= 'rescinded' then
    local f = agents.of(tag, name)
    redis.call('HSET', f.key, 'nr', '1')
    f.nr = '1'
  end
  return conv_event(tag, now, name, 'unoffered', id, c, joined('epoch', c.epoch, 'why', why, 'last', c.last or '',
    'tried', c.tried or '', 'pref', c.pref or '', 'pref_until', c.pref_until or '', 'alone', c.alone or ''))
end

-- The same; what was asked of one agent alone (c.alone) is over with that. Appended to `out`.
local function offer_over(tag, id, c, why, now, out)
  out[#out + 1] = offer_back(tag, id, c, why, now)
  if c.alone then
    redis.call('ZREM', tag .. ':waiting', id)
    redis.call('DEL', tag .. ':conv:' .. id)
    out[#out + 1] = conv_event(tag, now, '', 'released', id, c, joined('why', why, 'was', 'alerting', 'alone', c.alone))
  end
  return out
end

-- Everything that rings at an agent goes back; appended to `out`.
local function rescind_all(tag, name, now, out)
  local ringing = redis.call('SMEMBERS', tag .. ':agent:' .. name .. ':alert')
  table.sort(ringing)
  for _, id in ipairs(ringing) do
    offer_over(tag, id, conversation(tag, id), 'rescinded', now, out)
  end
  return out
end

do
-- Is the agent one whom the conversation prefers, while it does?
local function is_preferred(c, a)
  if not c.pref or tonumber(a.now) >= tonumber(c.pref_until) then
    return false
  end
  for name in string.gmatch(c.pref, '([^,]+):%d+') do
    if name == a.agent then
      return true
    end
  end
  return false
end

-- May the agent be offered what waits in that queue, in that ring, and needs those skills? The last agent,
-- and whom the conversation prefers, need none of it.
local function may_serve(tag, a, c)
  if c.from == a.agent and c.kind == 'consult' then
    return false
  elseif a.how == 'last' then
    return c.last == a.agent and c.tried ~= '1'
  elseif a.how == 'preferred' then
    return is_preferred(c, a)
  end
  local members = tag .. ':queue:' .. c.queue .. ':members'
  local ring = redis.call('HGET', members, a.agent)
  if not ring and (a.members_only == '1' or redis.call('EXISTS', members) == 1) then
    return false
  elseif ring and ring ~= '1' and tonumber(ring) > tonumber(a.ring or '0') + 1 then
    return false
  end
  local needed = {}
  for skill in string.gmatch(a.need or '', '[^,]+') do
    needed[#needed + 1] = skill
  end
  if #needed == 0 then
    return true
  end
  for _, level in ipairs(redis.call('HMGET', tag .. ':agent:' .. a.agent .. ':skills', unpack(needed))) do
    if not level then
      return false
    end
  end
  return true
end

-- a, as offer_make takes it, is offered; its events are appended to `out`. → nil, or {'no', why}
function agents.offer(tag, a, out)
  local c = conversation(tag, a.conv)
  if not c or c.state ~= 'waiting' or (a.q and a.q ~= c.queue) then
    return {'no', 'conversation'}
  end
  local behind = (a.behind or '') ~= '' and conversation(tag, a.behind)
  if behind and behind.state == 'waiting' then
    return {'no', 'behind'}
  end
  if not may_serve(tag, a, c) then
    return {'no', 'membership'}
  end
  if not fits(tag, a.agent) then
    return {'no', 'agent'}
  end
  ring(tag, a.conv, c, a.agent, a, a.how, out)
end

local function offer_told(_, now, _, conv, agent, till, auto, how, q, ring, need, members_only, behind, seen)
  return {now = now, conv = conv, agent = agent, ['until'] = till, auto = auto, how = how, q = q, ring = ring, need = need,
    members_only = members_only, behind = behind, seen = seen}
end

-- conv agent until how (standard, bullseye, preferred or last) now; where the choice depends on them also q
-- (the queue that it was made for), ring (the conversation's, from 0), need (skills that every agent needs)
-- and members_only; auto ('1': accepted at once); behind (what is not to be overtaken by it); seen (the
-- newest event that the choice knew of, kept as evidence of it), by name or in the order of offer_told
-- → {'ok', event…} | {'no', why}
local function offer_make(keys, args)
  local out, a = {'ok'}, args[1] == '' and offer_told(unpack(args)) or named(args)
  return agents.offer(keys[1], a, out) or out
end

-- conv agent epoch now, by name or as '' now fence conv agent epoch → {'ok', event…} | {'again'} | {'conflict'}. What was
-- asked in a consultation is the conversation itself once it is accepted.
local function offer_accept(keys, args)
  local tag = keys[1]
  local a = args[1] == '' and {now = args[2], conv = args[4], agent = args[5], epoch = args[6]} or named(args)
  local c = conversation(tag, a.conv)
  local whole = not c and conversation(tag, string.match(a.conv, '^(.*)~c$') or '')
  local w = c or (whole and whole.asked == '1' and whole) or {}
  if w.agent ~= a.agent or w.epoch ~= a.epoch then
    return {'conflict'}
  end
  if w.state == 'connected' then
    return {'again'}
  end
  if not c or c.state ~= 'alerting' then
    return {'conflict'}
  end
  return accepted(tag, a.conv, c, a.agent, a.now, {'ok'})
end

-- conv agent ('' = whoever has it) epoch why now → {'ok', event…} | {'conflict'}. After a decline or a
-- timeout what else rings at that agent is rescinded.
local function offer_end(keys, args)
  local tag, a = keys[1], named(args)
  local c = conversation(tag, a.conv)
  if not c or c.state ~= 'alerting' or c.epoch ~= a.epoch or (a.agent ~= '' and c.agent ~= a.agent) then
    return {'conflict'}
  end
  local name = c.agent
  local out = offer_over(tag, a.conv, c, a.why, a.now, {'ok'})
  if a.why ~= 'rescinded' then
    rescind_all(tag, name, a.now, out)
  end
  return out
end

floor_function('offer_make', offer_make)
floor_function('offer_accept', offer_accept)
floor_function('offer_end', offer_end)
end
