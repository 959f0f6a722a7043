// What happened to consent, as figures: from the ledger's records and the events alone, whatever dies.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { person } from './lib/api.mjs';
import { readCsv } from './lib/csv.mjs';
import { OURS, settles, waitFor, World } from './lib/index.mjs';

const BASE = '/api/v2/compliance';
const FRENCH = '+15550101';

let world;
let kim;
let ann;
before(async () => {
	world = await World.start(null, {
		changes: {
			programmes: [{ name: 'shop', scope: 'programme', stop_text: 'Stopped.', help_text: 'Help.', start_text: 'Back.', hours: { preset: 'none' } }],
			numbers: [
				{ address: OURS, carrier: 'acme', queue: 'support', programme: 'shop' },
				{ address: FRENCH, carrier: 'acme', queue: 'support' },
			],
		},
	});
	kim = await person(world, 'compliance', 'kim');
	ann = await world.agent('ann', { capacity: 25 });
	await ann.goOnQueue();
});
after(() => world.finish());

const report = async (query = 'zone=UTC') => {
	const { status, body } = await kim('GET', `${BASE}/reports?${query}`);
	assert.equal(status, 200, JSON.stringify(body));
	return body;
};
// Waits until these of the totals are so.
async function totals(wanted) {
	let found;
	const pick = (of) => Object.fromEntries(Object.keys(wanted).map((name) => [name, of[name]]));
	await waitFor(async () => {
		found = await report();
		return JSON.stringify(pick(found.totals)) === JSON.stringify(wanted);
	}, { what: () => `${JSON.stringify(wanted)}; it is ${JSON.stringify(found.totals)}` });
	return found;
}
const group = (found, name, value) => found.groups[name].find(({ name: of }) => of === value) ?? {};
const text = (from, said, to = OURS) => world.carrier.deliver({ from, to, text: said });
const answered = async (from) => {
	const submit = await world.carrier.expectSubmit({ to: from });
	return submit;
};

// Makes what was heard of a customer, and waits for a router, older by so many ms.
const HEARD = `for _, key in ipairs(redis.call('KEYS', '{c*}:in')) do
	for _, entry in ipairs(redis.call('XRANGE', key, '-', '+')) do
		if entry[2][4] == ARGV[1] then
			return {key, entry[1], (string.gsub(entry[2][6], '.', function(c) return string.format('%02x', string.byte(c)) end))}
		end
	end
end`;
const PUT = `redis.call('XDEL', KEYS[1], ARGV[1])
return redis.call('XADD', KEYS[1], '*', 'k', 'mo', 'c', ARGV[2], 'r', (string.gsub(ARGV[3], '..', function(h) return string.char(tonumber(h, 16)) end)))`;
async function age(redis, from, by) {
	let found;
	await waitFor(async () => (found = await redis.call('EVAL', HEARD, 0, from)));
	const [key, id, hex] = found;
	const octets = Buffer.from(hex, 'hex');
	const HEARD_MS = 4; // as smpp/message.c numbers the fields
	let at = 2;
	while (octets[at] !== HEARD_MS) at += 5 + octets.readUInt32BE(at + 1);
	octets.writeBigUInt64BE(octets.readBigUInt64BE(at + 5) - BigInt(by), at + 5);
	await redis.call('EVAL', PUT, 1, key, id, from, octets.toString('hex'));
}
// Takes a customer off the list behind everybody's back; → how many keys that were.
const lose = async (from) => {
	const keys = (await Promise.all(['opt', 'stops'].map((what) => world.redis.call('KEYS', `{c*}:${what}:${from}`)))).flat();
	return world.redis.call('DEL', ...keys);
};
// Has every event been folded?
async function folded() {
	for (let i = 0; i < 16; i++) {
		const [last] = await world.redis.call('XREVRANGE', `{c${i}}:events`, '+', '-', 'COUNT', '1');
		if (last && (await world.redis.call('GET', `{c${i}}:digest:cursor:events`)) !== last[0]) return false;
	}
	return true;
}

describe('a report', () => {
	it('of nothing is nothing, day by day', async () => {
		const found = await report('zone=Europe/Paris');
		assert.equal(found.buckets.length, 7);
		assert.equal(found.buckets.at(-1).from, new Date().toLocaleDateString('sv', { timeZone: 'Europe/Paris' }));
		for (const bucket of found.buckets) assert.deepEqual(new Set(Object.values(bucket).slice(1)), new Set([0]));
		for (const rows of Object.values(found.groups)) assert.deepEqual(rows, []);
		assert.deepEqual(found.open, { confirmationsOverdue: 0, reviews: 0, reviewsEscalated: 0 });
	});

	it('counts opt-outs by number, programme, language, source and rule; opt-ins and HELP', async () => {
		for (const from of ['+15550100201', '+15550100202']) {
			await text(from, 'STOP');
			await answered(from);
		}
		await text('+15550100203', 'ARRÊT');
		await answered('+15550100203');
		await text('+15550100201', 'STOP');
		await text('+15550100202', 'START');
		await answered('+15550100202');
		await text('+15550100204', 'HELP');
		await answered('+15550100204');
		await text('+15550100205', 'Please remove me from your list', FRENCH);
		await kim('POST', `${BASE}/suppressions`, { number: '+15550100206', reason: 'called us', source: 'legal' });
		const found = await totals({ optOuts: 5, optOutsRepeated: 1, optIns: 1, help: 1, confirmations: 3, confirmationsSent: 3 });
		assert.equal(group(found, 'number', OURS).optOuts, 3);
		assert.equal(group(found, 'number', FRENCH).optOuts, 1);
		assert.equal(group(found, 'number', '').optOuts, 1);
		assert.equal(group(found, 'number', OURS).help, 1);
		assert.equal(group(found, 'programme', 'shop').optOuts, 3);
		assert.equal(group(found, 'source', 'legal').optOuts, 1);
		assert.equal(group(found, 'source', 'keyword').optOuts, 4);
		assert.equal(group(found, 'scope', 'programme:shop').optOuts, 3);
		assert.equal(group(found, 'language', 'fr').optOuts, 1);
		assert.equal(group(found, 'rule', '1').optOuts, 3);
		assert.equal(group(found, 'rule', '4').optOuts, 1);
		assert.equal(found.totals.confirmationsLate + found.totals.confirmationsMissing, 0);
		assert.ok(found.totals.confirmationsMs < 60_000);
		const today = found.buckets.at(-1);
		assert.equal(today.optOuts, 5);
	});

	it('counts what was unclear, how long it took to decide, and what', async () => {
		for (const from of ['+15550100301', '+15550100302', '+15550100302']) await text(from, 'wrong number');
		let open;
		await waitFor(async () => (open = (await kim('GET', `${BASE}/reviews`)).body.entities).length === 2);
		assert.equal((await totals({ unclear: 2, unclearMore: 1 })).open.reviews, 2);
		const decide = (number, decision) => kim('POST', `${BASE}/reviews/${open.find((one) => one.number === number).id}/decision`,
			{ decision, reason: 'I have called' });
		await decide('+15550100301', 'opt-out');
		await decide('+15550100302', 'release');
		const found = await totals({ decided: 2, decidedWithin1h: 2, decidedLater: 0, released: 1, optedOut: 1, optOuts: 6 });
		assert.ok(found.totals.decidedMs > 0 && found.totals.decidedMs < 120_000);
		assert.equal(group(found, 'source', 'review').optOuts, 1);
		assert.equal(found.open.reviews, 0);
	});

	it('counts blocked attempts, lists, removals, confirmations that failed', async () => {
		await text('+15550100401', 'Hello');
		const { id } = await ann.acceptNext('+15550100401');
		await kim('POST', `${BASE}/suppressions`, { number: '+15550100401', reason: 'called us' });
		for (let i = 0; i < 3; i++) await assert.rejects(ann.send(id, `Hm ${i}`), (error) => error.code === 'suppressed');
		const rows = Array.from({ length: 40 }, (_, i) => `+155501005${String(i).padStart(2, '0')}`).join('\n');
		const listed = await kim('POST', `${BASE}/imports`, { source: 'dnc', reason: 'list', file: 'a'.repeat(64), firstRow: 1, rows });
		assert.equal(listed.status, 200, JSON.stringify(listed.body));
		world.carrier.onSubmit = (submit) => submit.answer({ status: 0x0b });
		await text('+15550100402', 'STOP');
		const found = await totals({ blockedAtAccept: 3, blockedAtDispatch: 0, listed: 40, confirmationsMissing: 1, optOuts: 8 });
		assert.equal(group(found, 'source', 'dnc').listed, 40);
		assert.equal(group(found, 'source', 'staff').blockedAtAccept, 3);
		world.carrier.onSubmit = (submit) => submit.answer();
	});

	it('counts what was sent though an opt-out covered it: nothing, unless what keeps it from being sent is gone', async () => {
		const from = '+15550100421';
		await text(from, 'Hello');
		const { id } = await ann.acceptNext(from);
		await ann.send(id, 'Before it');
		await answered(from);
		await text(from, 'STOP');
		await answered(from);
		await waitFor(async () => (await report()).totals.optOuts > 0);
		assert.equal((await totals({ sentAfterOptOut: 0 })).totals.sentAfterOptOut, 0);
		// Redis loses who is on the list, and nothing else.
		assert.equal(await lose(from), 2);
		await ann.send(id, 'Though it is over');
		assert.equal((await answered(from)).text, 'Though it is over');
		const found = await totals({ sentAfterOptOut: 1 });
		assert.equal(group(found, 'number', OURS).sentAfterOptOut, 1);
		assert.equal(group(found, 'programme', 'shop').sentAfterOptOut, 1);
		assert.equal(group(found, 'source', 'keyword').sentAfterOptOut, 1);
		assert.equal(found.buckets.at(-1).sentAfterOptOut, 1);
		const { body } = await kim('GET', `${BASE}/exports/report?zone=UTC`);
		assert.deepEqual(readCsv(body).filter(({ figure }) => figure === 'sent_after').map(({ number, scope, source, count }) => [number, scope, source, count]),
			[[`'${OURS}`, 'programme:shop', 'keyword', '1']]);
		// START ends the episode: what is sent behind it is nobody's fault.
		await text(from, 'START');
		await waitFor(async () => (await report()).totals.optIns > 1);
		await ann.send(id, 'Welcome back');
		await waitFor(() => world.carrier.submits.all.some(({ text: said }) => said === 'Welcome back'));
		await waitFor(folded);
		assert.equal((await report()).totals.sentAfterOptOut, 1);
	});

	it('is the same as a file, cell by cell', async () => {
		const { totals: told } = await report();
		const answer = await kim('GET', `${BASE}/exports/report?zone=UTC`);
		assert.equal(answer.status, 200);
		const rows = readCsv(answer.body);
		const sum = (figure) => rows.filter((row) => row.figure === figure).reduce((all, { count }) => all + Number(count), 0);
		assert.deepEqual([sum('opt_out'), sum('opt_in'), sum('help'), sum('blocked_accept'), sum('listed')],
			[told.optOuts, told.optIns, told.help, told.blockedAtAccept, told.listed]);
		const french = rows.filter(({ language, figure }) => language === 'fr' && figure === 'opt_out');
		assert.deepEqual(french.map(({ number, programme, scope, source, count }) => [number, programme, scope, source, count]),
			[[`'${OURS}`, 'shop', 'programme:shop', 'keyword', '1']]);
		const counted = async () => (await kim('GET', '/api/v2/audits?kind=export&id=report')).body.entities[0].propertyChanges
			.find(({ property }) => property === 'rows').newValues[0];
		await settles(counted, String(rows.length), { what: 'the rows that the audit has of the file' });
	});

	const wrong = [
		['zone=Nowhere', /zone must be/], ['zone=../../etc/passwd', /zone must be/], ['by=week', /day or hour/], ['since=yesterday', /must be days/],
		['since=2026-02-02&until=2026-02-01', /in their order/], ['since=2001-01-01', /at most 400 days/], ['since=2026-01-01&until=2026-06-01&by=hour', /31 by the hour/],
	];
	for (const [query, pattern] of wrong)
		it(`is refused where it is wrong: ${query}`, async () => {
			for (const path of ['reports', 'exports/report']) {
				const { status, body } = await kim('GET', `${BASE}/${path}?${query}`);
				assert.equal(status, 400);
				assert.match(body.message, pattern);
			}
		});

	it('counts a confirmation that came too late to be sent as missing: heard more than five minutes ago', async () => {
		const from = '+15550100411';
		const before = (await report()).totals;
		await world.router.kill();
		await text(from, 'STOP');
		await age(world.redis, from, 301_000);
		await world.startRouter();
		await totals({ optOuts: before.optOuts + 1, confirmations: before.confirmations + 1, confirmationsMissing: before.confirmationsMissing + 1, confirmationsSent: before.confirmationsSent });
		assert.deepEqual(world.carrier.submits.all.filter(({ destination }) => `+${destination}` === from), []);
		assert.equal((await kim('GET', `${BASE}/suppressions?number=${encodeURIComponent(from)}`)).body.suppressed, true);
		// Four minutes are none too many.
		await world.router.kill();
		await text('+15550100412', 'STOP');
		await age(world.redis, '+15550100412', 240_000);
		await world.startRouter();
		await answered('+15550100412');
		await totals({ confirmationsSent: before.confirmationsSent + 1, confirmationsMissing: before.confirmationsMissing + 1 });
	});

	it('counts nothing twice and nothing not at all, though the router dies', async () => {
		const before = (await report()).totals;
		for (let round = 0; round < 3; round++) {
			for (let i = 0; i < 10; i++) await text(`+1555010${6 + round}${String(i).padStart(3, '0')}`, 'STOP');
			await world.router.kill();
			await world.startRouter();
		}
		await totals({ optOuts: before.optOuts + 30 });
		const records = (await Promise.all(Array.from({ length: 16 }, (_, i) => world.redis.stream(`{c${i}}:ledger`)))).flat();
		assert.equal(records.filter(({ fields }) => fields.what === 'revoke').length, before.optOuts + 30);
	});
});

it('a day of a hundred thousand events is folded beside everything else, and told at once', async () => {
	const MANY = 100_000;
	const { totals: had } = await report();
	const at = Date.now();
	for (let done = 0; done < MANY; done += 1000)
		await world.redis.call('EVAL', `
			for i = 1, 1000 do
				local n = ARGV[1] + i
				redis.call('XADD', '{c' .. (n % 16) .. '}:events', '*', 'e', 'blocked', 'where', 'dispatch', 'c', '', 'a', '', 'by', '',
					'ours', '+1555' .. (n % 40), 'customer', '+1' .. n, 'q', '', 'leg', '', 'm', '', 'scope', 'all', 'entry', 'dnc 1-0', 'at', ARGV[2])
			end`, '0', String(done), String(at));
	let worst = 0;
	await waitFor(async () => {
		const begun = performance.now();
		assert.equal((await fetch(`${world.base}/healthz`)).status, 200);
		worst = Math.max(worst, performance.now() - begun);
		return (await report()).totals.blockedAtDispatch === had.blockedAtDispatch + MANY;
	}, { timeout: 300_000, what: 'all of them are folded' });
	const begun = performance.now();
	const found = await report('zone=UTC&by=hour');
	const took = performance.now() - begun;
	assert.equal(found.totals.blockedAtDispatch, had.blockedAtDispatch + MANY);
	console.log(`# folded in ${Date.now() - at} ms, the longest answer beside it ${Math.round(worst)} ms; the report ${Math.round(took)} ms`);
	assert.ok(took < 5000);
});
