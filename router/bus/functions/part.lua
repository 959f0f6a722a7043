-- Parts of concatenated messages, `parts:<key>`: p<n> = a part's record, n from 0. Once the message is
-- in its conversation, `done` names it there; `partial` is '1' while parts of it are missing, and l<n>
-- is the entry that brought part n late: until amend() has acknowledged it, it is no repetition.

local function gathered(key, total)
  local out = {}
  for n = 0, total - 1 do
    local record = redis.call('HGET', key, 'p' .. n)
    if record then
      out[#out + 1] = n
      out[#out + 1] = record
    end
  end
  return out
end

-- in fence now parts (the key) n total record fp deadline ttl: one part was heard.
-- → {'kept'} | {'repeated'} | {'done'} | {'fenced'}, all of which acknowledge it; or, which do not:
-- {'whole', n, record, …}: with this part all are there, apply them with mo();
-- {'late', 'conv position', n, record, …}: it belongs to a partial message, apply it with amend();
-- {'clash', n, record, …}: the reference is used anew while a message is incomplete: apply the old
-- one as partial, then offer this part again.
local function part(keys, args)
  local tag, a = keys[1], named(args)
  if fenced(tag, a) then
    return {'fenced'}
  end
  if #redis.call('XRANGE', tag .. ':in', a['in'], a['in']) == 0 then
    return {'done'}
  end
  local key, field, total = tag .. ':parts:' .. a.parts, 'p' .. a.n, tonumber(a.total)
  local had = redis.call('HMGET', key, 'done', 'partial', 'f' .. a.n, 'l' .. a.n)
  if had[1] and had[3] ~= a.fp and (had[3] or had[2] ~= '1') then
    -- The message of that reference is in its conversation, and this part is none of it.
    redis.call('DEL', key)
    had = {false, false, false, false}
  end
  if had[3] == a.fp then
    if had[1] and had[4] ~= a['in'] or not had[1] and #gathered(key, total) / 2 < total then
      redis.call('XDEL', tag .. ':in', a['in'])
      count(tag, 'part_repeated')
      return {'repeated'}
    end
  elseif had[3] then
    return {'clash', unpack(gathered(key, total))}
  end
  redis.call('HSET', key, field, a.record, 'f' .. a.n, a.fp)
  local parts = gathered(key, total)
  if had[1] then
    redis.call('HSET', key, 'l' .. a.n, a['in'])
    return {'late', had[1], unpack(parts)}
  end
  if #parts / 2 == total then
    return {'whole', unpack(parts)}
  end
  redis.call('ZADD', tag .. ':due', 'NX', a.deadline, a.parts)
  redis.call('XDEL', tag .. ':in', a['in'])
  return {'kept'}
end

-- parts total → {n, record, …}: what there is of a message.
local function parts_of(keys, args)
  local a = named(args)
  return gathered(keys[1] .. ':parts:' .. a.parts, tonumber(a.total))
end

-- in fence now conv position text segs parts partial: a late part completes, or adds to, a
-- message that was shown as partial; with verdicts and what mo() has beside them, for the text may have
-- become a keyword only now. → {'ok', event, consent event?}
local function amend(keys, args)
  local tag, a = keys[1], named(args)
  local refusal = claim(tag, a)
  if refusal then
    return {refusal}
  end
  local key = tag .. ':parts:' .. a.parts
  if redis.call('EXISTS', key) == 1 then
    redis.call('HSET', key, 'partial', a.partial)
  end
  redis.call('HSET', tag .. ':conv:' .. a.conv .. ':late', a.position .. ' t', a.text,
    a.position .. ' p', a.partial, a.position .. ' n', a.segs)
  pick_verdict(tag, a)
  local c = redis.call('HMGET', tag .. ':conv:' .. a.conv, 'state', 'agent', 'queue', 'leg')
  local state, agent = c[1] or '', c[2] or ''
  local amended = event(tag, 'e', 'amended', 'c', a.conv, 'm', a.position, 's', state,
    'a', agent, 'q', c[3] or '', 'leg', c[4] or '', 'k', a.verdict, 'n', a.segs, 'partial', a.partial, 'at', a.now)
  if a.verdict == 'NONE' then
    return {'ok', amended}
  end
  redis.call('HSET', tag .. ':conv:' .. a.conv .. ':late', a.position .. ' k', a.verdict)
  return {'ok', amended, consent_event(tag, a, a.conv, state, agent, a.position)}
end

redis.register_function('part', part)
redis.register_function('parts_of', parts_of)
redis.register_function('amend', amend)
