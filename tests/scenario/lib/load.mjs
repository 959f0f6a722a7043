// Many outbound messages at once, written as the router writes them, without conversations and agents.

import { EACH_ITEM } from './bundle.mjs';

// The CRC of Redis Cluster, by which an address has its partition.
export function partitionOf(address, partitions = 16) {
	let crc = 0;
	for (const octet of Buffer.from(address)) {
		crc ^= octet << 8;
		for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
	}
	return crc % partitions;
}

function field(tag, value) {
	const octets = Buffer.isBuffer(value) ? value : Buffer.from(value);
	const head = Buffer.alloc(5);
	head[0] = tag;
	head.writeUInt32BE(octets.length, 1);
	return Buffer.concat([head, octets]);
}

const COUNT_ITEMS = `${EACH_ITEM}
local items = 0
local function count_one()
  items = items + 1
end
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
  local f = entry[2]
  if f[2] == 'many' then
    each_item(f[6], count_one)
  else
    count_one()
  end
end
return items`;

// How many results and receipts wait for the router, those in bundles (smpp/bundle.h) one by one.
export async function returned(redis, partitions = 16) {
	const counts = Array.from({ length: partitions }, (_, i) => redis.call('EVAL', COUNT_ITEMS, 1, `{c${i}}:back`));
	return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

// What an entry before a gateway has of a message: its fields as the router writes them (outbound.lua).
export function entryOf({ id, customer, ours, scopes, ref, record, conv = 'load', segments = 1 }) {
	return ['q', [`${ours}:${customer}`, ref, `${conv} ${segments}`, id, customer, scopes, ''].join('\0'), 'r', record];
}

const CLASSES = ['interactive', 'transactional', 'bulk'];

// A record of smpp/message.h that wants a receipt. Every octet is ASCII, so that it can be written as
// text: the times are the start of 1970 and the year 6400.
function record({ id, carrier, ours, customer, text, kind }) {
	const parts = [
		Buffer.from([1, 2]),
		field(1, id),
		field(3, carrier),
		field(4, ours),
		field(5, customer),
		field(6, text),
		field(7, Buffer.from([0, 0, 0, CLASSES.indexOf(kind)])),
		field(8, Buffer.from([1])),
		field(9, Buffer.from([0, 0, 0, 0, 0, 0, 0, 1])),
		field(10, Buffer.from([0, 0, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f])),
	];
	return Buffer.concat(parts).toString('latin1');
}

// So many messages, each to a customer of its own.
export const customers = (count, from = 0) =>
	Array.from({ length: count }, (_, i) => ({ id: `m${from + i}`, customer: `+1555${String(1000000 + from + i)}` }));

// Of times in ms from the first: how many went in the middle one of all whole seconds behind the first half, which a process
// that was not run for a moment does not change.
export function middleSecond(times) {
	const counts = Array(Math.floor((times.at(-1) - 500) / 1000)).fill(0);
	for (const each of times) if (each >= 500 && each < 500 + counts.length * 1000) counts[Math.floor((each - 500) / 1000)]++;
	return counts.sort((a, b) => a - b)[counts.length >> 1];
}

// Messages { id, customer, text?, w? (when they may be sent) } wait for `carrier`, in their order; `scopes` can be
// suppressed. The gateway is woken for all of them, or with `mark` as the router does it: for the partition of each.
export async function enqueue(redis, messages, { carrier = 'acme', ours = '+15550100', kind = 'bulk', route, mark } = {}) {
	const scopes = `all|n:${ours}`;
	for (let from = 0; from < messages.length; from += 1000) {
		const calls = messages.slice(from, from + 1000).flatMap(({ id, customer, text = `Text ${id}`, w }, i) => {
			const tag = `{c${partitionOf(customer)}}`;
			const written = record({ id, carrier, ours, customer, text, kind });
			const entry = entryOf({ id, customer, ours, scopes, ref: from + i, record: written });
			if (route) entry.push('v', route);
			if (w) entry.push('w', w);
			return [
				redis.call('HSET', `${tag}:msg:${id}`, 'state', 'queued', 'conv', 'load', 'at', '0-0', 'n', '1',
					'carrier', carrier, 'pair', `${ours}:${customer}`),
				redis.call('XADD', `${tag}:mt:${carrier}:${kind}`, '*', ...entry),
			];
		});
		await Promise.all(calls);
	}
	const woken = mark === undefined ? [''] : messages.map(({ customer }) => `${partitionOf(customer)}${mark}`);
	await Promise.all(woken.map((each) => redis.call('PUBLISH', `mt:${carrier}`, each)));
}
