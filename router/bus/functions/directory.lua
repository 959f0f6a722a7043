-- People and things that are set up: queues, users, skills, wrap-up codes, canned responses, presences, clients
-- of the API. `<tag>:<kind>:<id>` is one of them (version, unique, created_ms, changed_ms and its own fields as
-- text; what is empty is not kept), `<tag>:<kind>s` the set of a kind's ids, `<tag>:<kind>:names` what is unique
-- of it → id. Members of queues and agents' skills are the floor's (agent.lua).
--
-- Customers are kept in the same way, in the partition of their number, which is what is unique of them. What somebody
-- changed of one (`customer:<id>:changes`, by the version that it made) goes with them when they are deleted; the
-- events themselves name fields only. `customer:order` has `<sort>\n<id>` of each, `customer:words` the same
-- behind each word that they are found by and `\n`: both are folded by who writes them, and kept with them.

local KIND_MAX = 100000 -- of a kind
local SKILLS_MAX = 1024 -- as many as routing tells apart (floor.h)
local OWN = {version = true, unique = true, created_ms = true, changed_ms = true, sort = true, words = true,
  leaving = true}
local CHANGES_KEPT = 100 -- of one customer
local WALKED_MAX = 500   -- entries of the words that one search looks through

local function entity(tag, kind, id)
  local flat = redis.call('HGETALL', tag .. ':' .. kind .. ':' .. id)
  return named(flat), flat
end

local function told(tag, verdict, kind, id)
  return {verdict, {id, redis.call('HGETALL', tag .. ':' .. kind .. ':' .. id)}}
end

-- Of a customer: what they are found by, as it was and as it is (a.words nil: not at all any more).
local function index(tag, a, before)
  local order, words = tag .. ':customer:order', tag .. ':customer:words'
  local place = (before.sort or '') .. '\n' .. a.id
  redis.call('ZREM', order, place)
  for word in string.gmatch(before.words or '', '[^\n]+') do
    redis.call('ZREM', words, word .. '\n' .. place)
  end
  if not a.words then
    return
  end
  place = a.sort .. '\n' .. a.id
  redis.call('ZADD', order, 0, place)
  for word in string.gmatch(a.words, '[^\n]+') do
    redis.call('ZADD', words, 0, word .. '\n' .. place)
  end
  redis.call('HSET', tag .. ':customer:' .. a.id, 'sort', a.sort, 'words', a.words)
end

-- The fields alone of `field<tab>before<tab>after`.
local function names_only(changed)
  local names = {}
  for i, line in ipairs(changed) do
    names[i] = string.match(line, '^[^\t]*') .. '\t\t'
  end
  return names
end

-- Who did what to what, and what it was before. Secrets are named only, and so is what is a customer's.
local function audit(tag, a, action, changed, version)
  local private = a.kind == 'customer'
  local shown = private and names_only(changed) or changed
  if not private then
    redis.call('PUBLISH', 'directory', a.kind .. ' ' .. a.id)
  elseif action ~= 'delete' then
    local changes = tag .. ':customer:' .. a.id .. ':changes'
    redis.call('HSET', changes, version, table.concat(changed, '\n'))
    redis.call('HDEL', changes, version - CHANGES_KEPT)
  end
  return audited(tag, 'at', a.now, 'a', '', 'e', 'audit', 'who', a.by, 'action', action, 'kind', a.kind,
    'id', a.id, 'version', version, 'what', table.concat(shown, '\n'))
end

-- Who has a conversation with the customer is to hear of it (base.lua).
local function tell(tag, a, number)
  if a.kind == 'customer' then
    tell_talks(tag, number, 'customer')
  end
end

-- What changes, `field<tab>before<tab>after` each, and the arguments with their prefix off.
local function differences(before, args)
  local changed, values = {}, {}
  for i = 1, #args, 2 do
    local field = string.match(args[i], '^f:(.+)$')
    local old = field and before[field] or ''
    if field and not OWN[field] and old ~= args[i + 1] then
      values[#values + 1] = {field, args[i + 1]}
      local shown = string.sub(field, 1, 6) == 'secret' and {'', ''} or {old, args[i + 1]}
      changed[#changed + 1] = audit_line(field, shown[1], shown[2])
    end
  end
  return changed, values
end

-- What stands in the way, as an answer, or nil.
local function obstacle(tag, a, before)
  local version = before.version or '0'
  if before.leaving then
    return {'leaving', a.id}
  elseif a.version ~= '' and a.version ~= version then
    return {version == '0' and 'missing' or 'conflict', version}
  end
  local holder = a.unique ~= '' and redis.call('HGET', tag .. ':' .. a.kind .. ':names', a.unique)
  if holder and holder ~= a.id then
    return {'taken', holder}
  end
  if version == '0' and a.kind == 'skill' and redis.call('SCARD', tag .. ':skills') >= SKILLS_MAX then
    return {'skills_full', SKILLS_MAX .. ''}
  elseif version == '0' and redis.call('SCARD', tag .. ':' .. a.kind .. 's') >= KIND_MAX then
    return {'full', KIND_MAX .. ''}
  end
  return nil
end

-- May that user set up the rest? Without a password nobody signs in, and who is leaving does not any more.
local function is_admin(user)
  return user.version and user.state ~= 'inactive' and not user.leaving and (user.secret_changed_ms or '') ~= ''
    and string.find(',' .. (user.roles or '') .. ',', ',admin,', 1, true) ~= nil
end

local function admin_fields(tag, id)
  local u = redis.call('HMGET', tag .. ':user:' .. id, 'version', 'state', 'roles', 'leaving', 'secret_changed_ms')
  return {version = u[1], state = u[2], roles = u[3], leaving = u[4], secret_changed_ms = u[5]}
end

-- Is `before` the only one who may?
local function is_last_admin(tag, id, before)
  if not is_admin(before) then
    return false
  end
  for _, other in ipairs(redis.call('SMEMBERS', tag .. ':users')) do
    if other ~= id and is_admin(admin_fields(tag, other)) then
      return false
    end
  end
  return true
end

-- Would nobody set up anything any more, with these changes? That there is no password is no change: it is found
-- out (seed.c), in whatever order users are looked at.
local function ends_admins(tag, a, before, values)
  local after = {version = before.version, state = before.state, roles = before.roles}
  for _, value in ipairs(values) do
    after[value[1]] = value[2]
  end
  after.secret_changed_ms = before.secret_changed_ms
  return a.kind == 'user' and not is_admin(after) and is_last_admin(tag, a.id, before)
end

-- What else knows it by its id.
local FORGET = {
  queue = function(tag, id)
    redis.call('DEL', tag .. ':queue:' .. id .. ':members')
    redis.call('SREM', tag .. ':staffed', id)
  end,
  skill = function(tag, id)
    for _, agent in ipairs(redis.call('SMEMBERS', tag .. ':agents')) do
      redis.call('HDEL', tag .. ':agent:' .. agent .. ':skills', id)
    end
  end,
  user = function(tag, id)
    for _, queue in ipairs(redis.call('SMEMBERS', tag .. ':staffed')) do
      redis.call('HDEL', tag .. ':queue:' .. queue .. ':members', id)
    end
    redis.call('DEL', tag .. ':agent:' .. id .. ':skills')
  end,
  customer = function(tag, id, before)
    index(tag, {id = id}, before)
    redis.call('DEL', tag .. ':customer:' .. id .. ':changes')
  end,
}

-- kind id by now, version ('': whatever it is; '0': it must be new), unique (what no other of the kind may have,
-- '' for none), forget ('1': what else knows it by its id does not any more), f:<field> value…, of a customer also sort and
-- words → {'ok' | 'same', {id, {field, value…}}, event} | {'conflict', version} | {'missing', '0'} | {'taken', id} |
-- {'full' | 'skills_full', limit} | {'last', id}: of the users who can sign in none would have the role admin |
-- {'leaving', id}: that user is half deleted (user_leaves)
local function entity_put(keys, args)
  local tag, a = keys[1], named(args)
  local before = entity(tag, a.kind, a.id)
  local refusal = obstacle(tag, a, before)
  if refusal then
    return refusal
  end
  local changed, values = differences(before, args)
  local unique = before.unique or ''
  if before.version and #values == 0 and unique == a.unique then
    return told(tag, 'same', a.kind, a.id)
  elseif ends_admins(tag, a, before, values) then
    return {'last', a.id}
  end
  local key, names = tag .. ':' .. a.kind .. ':' .. a.id, tag .. ':' .. a.kind .. ':names'
  if unique ~= '' then
    redis.call('HDEL', names, unique)
  end
  if a.unique ~= '' then
    redis.call('HSET', names, a.unique, a.id)
  end
  for _, value in ipairs(values) do
    if value[2] == '' then
      redis.call('HDEL', key, value[1])
    else
      redis.call('HSET', key, value[1], value[2])
    end
  end
  local version = (tonumber(before.version) or 0) + 1
  redis.call('HSET', key, 'version', version, 'unique', a.unique, 'changed_ms', a.now,
    'created_ms', before.created_ms or a.now)
  redis.call('SADD', tag .. ':' .. a.kind .. 's', a.id)
  if a.kind == 'customer' then
    index(tag, a, before)
  end
  if a.forget == '1' and FORGET[a.kind] then
    FORGET[a.kind](tag, a.id, before)
  end
  tell(tag, a, a.unique)
  local out = told(tag, 'ok', a.kind, a.id)
  out[3] = audit(tag, a, version == 1 and 'create' or 'update', changed, version)
  return out
end

-- id: that user is going to be deleted, and from now on is no admin, so that what signing in needs may go first: what
-- comes in between leaves nobody who could still sign in. Until they are gone nothing of them is changed; user_stays
-- takes it back.
-- → {'ok'} | {'missing', '0'} | {'last', id}
local function user_leaves(keys, args)
  local tag, a = keys[1], named(args)
  local before = entity(tag, 'user', a.id)
  if not before.version then
    return {'missing', '0'}
  elseif is_last_admin(tag, a.id, before) then
    return {'last', a.id}
  end
  redis.call('HSET', tag .. ':user:' .. a.id, 'leaving', '1')
  return {'ok'}
end

-- id: what that user signs in with is still there, so they are not going to be deleted after all. → {'ok'}
local function user_stays(keys, args)
  local tag, a = keys[1], named(args)
  if redis.call('HDEL', tag .. ':user:' .. a.id, 'leaving') == 1 then
    redis.call('PUBLISH', 'directory', 'user ' .. a.id)
  end
  return {'ok'}
end

-- kind id by now version: it is gone, and what knows it by its id. → {'ok', event} | {'missing', '0'} |
-- {'conflict', version} | {'last', id}
local function entity_delete(keys, args)
  local tag, a = keys[1], named(args)
  local before = entity(tag, a.kind, a.id)
  if not before.version then
    return {'missing', '0'}
  end
  if a.version ~= '' and a.version ~= before.version then
    return {'conflict', before.version}
  elseif a.kind == 'user' and is_last_admin(tag, a.id, before) then
    return {'last', a.id}
  end
  if (before.unique or '') ~= '' then
    redis.call('HDEL', tag .. ':' .. a.kind .. ':names', before.unique)
  end
  redis.call('DEL', tag .. ':' .. a.kind .. ':' .. a.id)
  redis.call('SREM', tag .. ':' .. a.kind .. 's', a.id)
  if FORGET[a.kind] then
    FORGET[a.kind](tag, a.id, before)
  end
  tell(tag, a, before.unique)
  return {'ok', audit(tag, a, 'delete', {'name\t' .. (before.name or '') .. '\t'}, before.version)}
end

-- kind cursor ('0': the first page) limit: what is there from the first page to the last is in one of them,
-- perhaps in two. → {next cursor ('0': that was the last), {id, {field, value…}}…}
local function entities(keys, args)
  local tag, a = keys[1], named(args)
  local page = redis.call('SSCAN', tag .. ':' .. a.kind .. 's', a.cursor, 'COUNT', a.limit)
  local out = {page[1]}
  for _, id in ipairs(page[2]) do
    local _, flat = entity(tag, a.kind, id)
    out[#out + 1] = {id, flat}
  end
  return out
end

-- kind id, or '' and unique → {id, {field, value…}}, without any where it is not there
local function entity_get(keys, args)
  local tag, a = keys[1], named(args)
  if a.id == '' then
    a.id = redis.call('HGET', tag .. ':' .. a.kind .. ':names', a.unique) or ''
  end
  local _, flat = entity(tag, a.kind, a.id)
  return {a.id, flat}
end

-- Whether each of the words, but the first, is the beginning of one that the customer is found by.
local function fits(tag, id, words)
  local kept = #words > 1 and redis.call('HGET', tag .. ':customer:' .. id, 'words') or ''
  for i = 2, #words do
    if not string.find('\n' .. kept, '\n' .. words[i], 1, true) then
      return false
    end
  end
  return true
end

-- words (folded, a line each, the one to look for first; '': all) also (what will do in place of the first, or '')
-- descending limit → {how many there are, '1' where there may be more that were not looked at, `<sort>\n<id>`…}; with
-- words in no order, and as many as there are
local function customers_find(keys, args)
  local tag, a = keys[1], named(args)
  if a.words == '' then
    local order = tag .. ':customer:order'
    local command = a.descending == '1' and 'ZREVRANGE' or 'ZRANGE'
    return {redis.call('ZCARD', order), '', unpack(redis.call(command, order, 0, a.limit - 1))}
  end
  local words, seen, out, more = {}, {}, {0, ''}, ''
  for word in string.gmatch(a.words, '[^\n]+') do
    words[#words + 1] = word
  end
  for _, first in ipairs({words[1], a.also ~= '' and a.also or nil}) do
    local rows = redis.call('ZRANGEBYLEX', tag .. ':customer:words', '[' .. first, '[' .. first .. '\255', 'LIMIT', 0,
      WALKED_MAX)
    more = #rows == WALKED_MAX and '1' or more
    for _, row in ipairs(rows) do
      local place = string.match(row, '\n(.*)$')
      local id = string.match(place, '\n(.*)$')
      if not seen[id] and fits(tag, id, words) then
        out[#out + 1] = place
      end
      seen[id] = true
    end
  end
  out[1], out[2] = #out - 2, more
  return out
end

-- in or back, fence, customer, now: what is known of them has changed. Each conversation with them that an agent has
-- says so. → {'ok', event…}
local function customer_changed(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  local out, talks = {'ok'}, redis.call('HKEYS', tag .. ':talks:' .. a.customer)
  for _, conv in ipairs(talks) do
    local c = redis.call('HMGET', tag .. ':conv:' .. conv, 'state', 'agent')
    if c[2] and c[2] ~= '' then
      out[#out + 1] = event(tag, 'at', a.now, 'a', c[2], 'e', 'customer', 'c', conv, 's', c[1])
    end
  end
  return out
end

redis.register_function('customers_find', customers_find)
redis.register_function('customer_changed', customer_changed)
redis.register_function('entity_put', entity_put)
redis.register_function('entity_delete', entity_delete)
redis.register_function('user_leaves', user_leaves)
redis.register_function('user_stays', user_stays)
redis.register_function('entities', entities)
redis.register_function('entity_get', entity_get)
