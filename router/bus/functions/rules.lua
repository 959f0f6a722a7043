-- What programmes and numbers of ours have of their own, as people of compliance edit it: keywords and answers by
-- language (router/compliance/ruleset.h), beside the rules that are built in. All of it is in the first partition, since a
-- change of it is a record of that partition's ledger, in the same step.
-- `rules` owner (`p:shop`, `n:+1555`) → the version in force; `rules:owners` everybody who has any; `rules:epoch` counts
-- what came into force. `rules:<owner>` next (the last version's number) draft (the number of one that is being written);
-- `rules:<owner>:<n>` text why by at state (draft, active, past, discarded) revision (how often the draft was saved)
-- editors (`|kim|lee|`) approved activated (ms) ended base (what was in force when it was begun).

local VERSION_FIELDS = {'state', 'by', 'at', 'why', 'approved', 'activated', 'ended', 'revision', 'editors', 'base', 'text'}
local ACTIVE_MAX = 100000 -- owners

-- Who did what to which version, `before` of what was in force.
local function told_of(tag, a, action, n, before, why)
  audited(tag, 'at', a.now, 'a', '', 'e', 'audit', 'who', a.by, 'action', action, 'kind', 'rules', 'id', a.owner,
    'version', n, 'what', audit_line('version', before, n) .. '\n' .. audit_line('reason', '', why))
end

-- → {n, the VERSION_FIELDS…}, without the text unless `whole`
local function version_row(tag, owner, n, whole)
  local row = redis.call('HMGET', tag .. ':rules:' .. owner .. ':' .. n, unpack(VERSION_FIELDS))
  for i = 1, #VERSION_FIELDS do
    row[i] = row[i] or ''
  end
  if not whole then
    row[#VERSION_FIELDS] = ''
  end
  return {n .. '', unpack(row)}
end

-- owner text why by now revision ('0': there is no draft yet): saved as the draft. → {'ok', n, revision} |
-- {'changed', n, revision, by} | {'full', limit}
local function rules_draft(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':rules:' .. a.owner
  local n = redis.call('HGET', key, 'draft')
  local draft = n and named(redis.call('HGETALL', key .. ':' .. n)) or {revision = '0', editors = '|'}
  if a.by == '' or draft.revision ~= a.revision then
    return {'changed', n or '0', draft.revision, draft.by or ''}
  end
  if not n then
    if redis.call('SCARD', tag .. ':rules:owners') >= ACTIVE_MAX then
      return {'full', ACTIVE_MAX .. ''}
    end
    n = redis.call('HINCRBY', key, 'next', 1) .. ''
    redis.call('HSET', key, 'draft', n)
    redis.call('SADD', tag .. ':rules:owners', a.owner)
    redis.call('HSET', key .. ':' .. n, 'state', 'draft', 'base', redis.call('HGET', tag .. ':rules', a.owner) or '0')
  end
  local by = string.lower(a.by) .. '|'
  local editors = string.find(draft.editors, '|' .. by, 1, true) and draft.editors or draft.editors .. by
  local revision = (tonumber(draft.revision) + 1) .. ''
  redis.call('HSET', key .. ':' .. n, 'text', a.text, 'why', a.why, 'by', a.by, 'at', a.now, 'revision', revision,
    'editors', editors)
  told_of(tag, a, 'draft', n, redis.call('HGET', tag .. ':rules', a.owner) or '0', a.why)
  return {'ok', n, revision}
end

-- The draft of that very number and revision → its fields, or nil and an answer
local function draft_of(tag, a)
  local key = tag .. ':rules:' .. a.owner
  local n = redis.call('HGET', key, 'draft')
  if not n or n ~= a.version or a.by == '' then
    return nil, {'missing'}
  end
  local draft = named(redis.call('HGETALL', key .. ':' .. n))
  if draft.revision ~= a.revision then
    return nil, {'changed', n, draft.revision, draft.by}
  end
  return draft
end

-- owner version revision by now base (the version in force with which it was compared, '0' for none) narrows ('1': with
-- it less is an opt-out, or more an opt-in: nobody who has written it puts it in force) file (the SHA-256 of its text)
-- → {'ok', epoch} | {'missing'} | {'changed', n, revision, by} | {'base', n} | {'own'}
local function rules_activate(keys, args)
  local tag, a = keys[1], named(args)
  local draft, refusal = draft_of(tag, a)
  if not draft then
    return refusal
  end
  local key, before = tag .. ':rules:' .. a.owner, redis.call('HGET', tag .. ':rules', a.owner) or '0'
  if before ~= a.base then
    return {'base', before}
  end
  local own = string.find(draft.editors, '|' .. string.lower(a.by) .. '|', 1, true)
  if own and a.narrows == '1' then
    return {'own'}
  end
  ledger_append(tag, {at = a.now, what = 'rules', scope = a.owner, source = 'staff', by = draft.by,
    approved = not own and a.by or '', reason = draft.why, rule = a.version, file = a.file})
  if before ~= '0' then
    redis.call('HSET', key .. ':' .. before, 'state', 'past', 'ended', a.now)
  end
  redis.call('HSET', key .. ':' .. a.version, 'state', 'active', 'approved', a.by, 'activated', a.now)
  redis.call('HDEL', key, 'draft')
  redis.call('HSET', tag .. ':rules', a.owner, a.version)
  local epoch = redis.call('INCR', tag .. ':rules:epoch')
  redis.call('PUBLISH', 'rules', epoch)
  told_of(tag, a, 'activate', a.version, before, draft.why)
  return {'ok', epoch .. ''}
end

-- owner version revision by now: the draft is none any more. → as of rules_activate
local function rules_discard(keys, args)
  local tag, a = keys[1], named(args)
  local draft, refusal = draft_of(tag, a)
  if not draft then
    return refusal
  end
  local key = tag .. ':rules:' .. a.owner
  redis.call('HDEL', key, 'draft')
  redis.call('HSET', key .. ':' .. a.version, 'state', 'discarded', 'ended', a.now, 'approved', a.by)
  told_of(tag, a, 'discard', a.version, '', draft.why)
  return {'ok', '0'}
end

-- owner before (a number, '' from the newest) limit → {version in force or '0', the draft's or '0', version_row…}, the newest first; of
-- those two with their texts, whether they are on the page or not, first
local function rules_history(keys, args)
  local tag, a = keys[1], named(args)
  local key = tag .. ':rules:' .. a.owner
  local active = redis.call('HGET', tag .. ':rules', a.owner) or '0'
  local known = redis.call('HMGET', key, 'draft', 'next')
  local draft = known[1] or '0'
  local out = {active, draft}
  for _, n in ipairs({active, draft}) do
    out[#out + 1] = n ~= '0' and version_row(tag, a.owner, n, true) or {}
  end
  local from = a.before == '' and tonumber(known[2] or 0) or tonumber(a.before) - 1
  for n = from, math.max(1, from - a.limit + 1), -1 do
    out[#out + 1] = version_row(tag, a.owner, n, false)
  end
  return out
end

-- owner version → version_row with its text, or nothing
local function rules_version(keys, args)
  local tag, a = keys[1], named(args)
  if redis.call('EXISTS', tag .. ':rules:' .. a.owner .. ':' .. a.version) == 0 then
    return {}
  end
  return version_row(tag, a.owner, a.version, true)
end

-- → {{owner, version in force or '0', the draft's or '0', version_row of what is in force, version_row of the draft}…}
local function rules_owners(keys)
  local tag, out = keys[1], {}
  for _, owner in ipairs(redis.call('SMEMBERS', tag .. ':rules:owners')) do
    local active = redis.call('HGET', tag .. ':rules', owner) or '0'
    local draft = redis.call('HGET', tag .. ':rules:' .. owner, 'draft') or '0'
    out[#out + 1] = {owner, active, draft, version_row(tag, owner, active, false), version_row(tag, owner, draft, false)}
  end
  return out
end

-- epoch (what is known, '' for nothing) → {epoch}, and where that is another {owner, version, text}… of all in force
local function rules_active(keys, args)
  local tag, a = keys[1], named(args)
  local out = {redis.call('GET', tag .. ':rules:epoch') or '0'}
  if out[1] == a.epoch then
    return out
  end
  local all = redis.call('HGETALL', tag .. ':rules')
  for i = 1, #all, 2 do
    out[#out + 1] = {all[i], all[i + 1], redis.call('HGET', tag .. ':rules:' .. all[i] .. ':' .. all[i + 1], 'text') or ''}
  end
  return out
end

redis.register_function('rules_draft', rules_draft)
redis.register_function('rules_activate', rules_activate)
redis.register_function('rules_discard', rules_discard)
redis.register_function('rules_history', rules_history)
redis.register_function('rules_version', rules_version)
redis.register_function('rules_owners', rules_owners)
redis.register_function('rules_active', rules_active)
