-- People and things that are set up: queues, users, skills, wrap-up codes, canned responses, presences, clients
-- of the API. `<tag>:<kind>:<id>` is one of them (version, unique, created_ms, changed_ms and its own fields as
-- text; what is empty is not kept), `<tag>:<kind>s` the set of a kind's ids, `<tag>:<kind>:names` what is unique
-- of it → id. Members of queues and agents' skills are the floor's (agent.lua).

local KIND_MAX = 100000 -- of a kind
local OWN = {version = true, unique = true, created_ms = true, changed_ms = true}

local function entity(tag, kind, id)
  local flat = redis.call('HGETALL', tag .. ':' .. kind .. ':' .. id)
  return named(flat), flat
end

local function told(tag, verdict, kind, id)
  return {verdict, {id, redis.call('HGETALL', tag .. ':' .. kind .. ':' .. id)}}
end

-- Who did what to what, and what it was before. Secrets are named only.
local function audit(tag, a, action, changed, version)
  redis.call('PUBLISH', 'directory', a.kind .. ' ' .. a.id)
  return audited(tag, 'at', a.now, 'a', '', 'e', 'audit', 'who', a.by, 'action', action, 'kind', a.kind,
    'id', a.id, 'version', version, 'what', table.concat(changed, '\n'))
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
      changed[#changed + 1] = field .. '\t' .. shown[1] .. '\t' .. shown[2]
    end
  end
  return changed, values
end

-- What stands in the way, as an answer, or nil.
local function obstacle(tag, a, before)
  local version = before.version or '0'
  if a.version ~= '' and a.version ~= version then
    return {version == '0' and 'missing' or 'conflict', version}
  end
  local holder = a.unique ~= '' and redis.call('HGET', tag .. ':' .. a.kind .. ':names', a.unique)
  if holder and holder ~= a.id then
    return {'taken', holder}
  end
  if version == '0' and redis.call('SCARD', tag .. ':' .. a.kind .. 's') >= KIND_MAX then
    return {'full', KIND_MAX .. ''}
  end
  return nil
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
}

-- kind id by now, version ('': whatever it is; '0': it must be new), unique (what no other of the kind may have,
-- '' for none), forget ('1': what else knows it by its id does not any more), f:<field> value… → {'ok' | 'same', {id, {field, value…}}, event} | {'conflict', version} |
-- {'missing', '0'} | {'taken', id} | {'full', limit}
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
  if a.forget == '1' and FORGET[a.kind] then
    FORGET[a.kind](tag, a.id)
  end
  local out = told(tag, 'ok', a.kind, a.id)
  out[3] = audit(tag, a, version == 1 and 'create' or 'update', changed, version)
  return out
end

-- kind id by now version: it is gone, and what knows it by its id. → {'ok', event} | {'missing', '0'} |
-- {'conflict', version}
local function entity_delete(keys, args)
  local tag, a = keys[1], named(args)
  local before = entity(tag, a.kind, a.id)
  if not before.version then
    return {'missing', '0'}
  end
  if a.version ~= '' and a.version ~= before.version then
    return {'conflict', before.version}
  end
  if (before.unique or '') ~= '' then
    redis.call('HDEL', tag .. ':' .. a.kind .. ':names', before.unique)
  end
  redis.call('DEL', tag .. ':' .. a.kind .. ':' .. a.id)
  redis.call('SREM', tag .. ':' .. a.kind .. 's', a.id)
  if FORGET[a.kind] then
    FORGET[a.kind](tag, a.id)
  end
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

-- kind id → {id, {field, value…}}, without any where it is not there
local function entity_get(keys, args)
  local tag, a = keys[1], named(args)
  local _, flat = entity(tag, a.kind, a.id)
  return {a.id, flat}
end

redis.register_function('entity_put', entity_put)
redis.register_function('entity_delete', entity_delete)
redis.register_function('entities', entities)
redis.register_function('entity_get', entity_get)
