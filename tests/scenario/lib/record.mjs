// The records that cross between gateway and router (smpp/message.h), read and written by a test
// that stands in for the router. Redis speaks them in hex here, since they are not text.

import { EACH_ITEM } from './bundle.mjs';

const MO = { 6: 'ours', 7: 'customer', 14: 'esmClass', 16: 'dataCoding', 17: 'body', 19: 'tlvs' };
const RESULT = { 1: 'id', 6: 'outcome', 7: 'status', 8: 'smscId', 9: 'reason', 10: 'submittedMs' };
const TEXTS = new Set(['ours', 'customer', 'id', 'smscId', 'reason']);
const OCTETS = new Set(['body', 'tlvs']);
const OUTCOMES = { 1: 'sent', 2: 'failed', 3: 'unknown', 4: 'resent' };

function decode(octets) {
	const names = { 1: MO, 3: RESULT }[octets[1]];
	const record = names === MO ? { esmClass: 0, dataCoding: 0 } : { status: 0, smscId: '' };
	for (let at = 2; at < octets.length; ) {
		const name = names[octets[at]];
		const length = octets.readUInt32BE(at + 1);
		const value = octets.subarray(at + 5, at + 5 + length);
		if (TEXTS.has(name)) record[name] = value.toString('utf8');
		else if (OCTETS.has(name)) record[name] = value;
		else if (name) record[name] = length === 8 ? Number(value.readBigUInt64BE()) : value.readUIntBE(0, length);
		at += 5 + length;
	}
	if (record.outcome) record.outcome = OUTCOMES[record.outcome];
	return record;
}

// Of a bundle (smpp/bundle.h) what is of another kind is left, as entries of their own.
const TAKE = `${EACH_ITEM}
local out = {}
local function take(record)
  out[#out + 1] = {ARGV[1], (string.gsub(record, '.', function(c) return string.format('%02x', string.byte(c)) end))}
end
local function take_bundle(key, bundle)
  each_item(bundle, function(kind, customer, record)
    if kind == ARGV[1] then
      take(record)
    else
      redis.call('XADD', key, '*', 'k', kind, 'c', customer, 'r', record)
    end
  end)
end
for _, key in ipairs(redis.call('KEYS', '{c*}:[ib][na]*')) do
  for _, entry in ipairs(redis.call('XRANGE', key, '-', '+')) do
    local fields = {}
    for i = 1, #entry[2], 2 do
      fields[entry[2][i]] = entry[2][i + 1]
    end
    if fields.k == 'many' then
      take_bundle(key, fields.r)
    elseif fields.k == ARGV[1] then
      take(fields.r)
    end
    if fields.k == 'many' or fields.k == ARGV[1] then
      redis.call('XDEL', key, entry[1])
    end
  end
end
return out`;

// Takes what the gateway has written for the router, of one kind (mo, dr, rs): [{ kind, record }],
// the record decoded.
export async function heard(redis, kind) {
	const entries = await redis.call('EVAL', TAKE, 0, kind);
	return entries.map(([k, hex]) => ({ kind: k, record: decode(Buffer.from(hex, 'hex')) }));
}

function field(tag, value) {
	const header = Buffer.alloc(5);
	header[0] = tag;
	header.writeUInt32BE(value.length, 1);
	return Buffer.concat([header, value]);
}

const KINDS = ['interactive', 'transactional', 'bulk'];

// The record of a message to be sent.
export function mt({ id, carrier, ours, to, text, receipt = true, kind = 'interactive' }) {
	const accepted = Buffer.alloc(8);
	accepted.writeBigUInt64BE(BigInt(Date.now()));
	return Buffer.concat([
		Buffer.from([1, 2]),
		field(1, Buffer.from(id)),
		field(3, Buffer.from(carrier)),
		field(4, Buffer.from(ours)),
		field(5, Buffer.from(to)),
		field(6, Buffer.from(text)),
		field(7, Buffer.from([0, 0, 0, KINDS.indexOf(kind)])),
		...(receipt ? [field(8, Buffer.from([1]))] : []),
		field(9, accepted),
	]);
}

const PUT = `
local record = string.gsub(ARGV[6], '..', function(h) return string.char(tonumber(h, 16)) end)
redis.call('XADD', '{c0}:mt:' .. ARGV[1] .. ':' .. ARGV[7], '*', 'm', ARGV[2], 'c', ARGV[3],
  'o', ARGV[4], 's', 'all', 'x', '', 'n', ARGV[5], 'r', record)
redis.call('PUBLISH', 'mt:' .. ARGV[1], '0')`;

// Puts a message before the gateways, as the router does for an agent. `reference` is what its
// segments share.
export function submitted(redis, { reference = 1, ours = '+15557770100', text = 'Hello', ...rest }) {
	const { carrier, id, to, kind = 'interactive' } = rest;
	const record = mt({ ours, text, ...rest }).toString('hex');
	return redis.call('EVAL', PUT, 0, carrier, id, to, ours, reference, record, kind);
}
