// The STOP race with kill -9: a campaign waits for many customers, half of whom send STOP at random moments, while the
// gateway and the router are killed and started again. Judged by the carrier's own log alone. BINDERY_RACE=full is
// the size that is promised: 100,000 messages for 1,000 customers, of whom 500 send STOP.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OURS, Random, waitFor, World } from './lib/index.mjs';
import { enqueue, partitionOf } from './lib/load.mjs';

const SIZES = {
	small: { customers: 100, each: 40, kills: 2, timeout: 120_000 },
	full: { customers: 1000, each: 100, kills: 6, timeout: 540_000 },
};
const { customers: CUSTOMERS, each: EACH, kills: KILLS, timeout: TIMEOUT } = SIZES[process.env.BINDERY_RACE ?? 'small'];
const BINDS = 2;
const WINDOW = 10;
const STOPPED = 'You are unsubscribed.';

// What the carrier saw of each customer, in the order of its wire.
class Log {
	constructor(carrier) {
		this.customers = new Map();
		this.count = 0;
		// STOPs on their way, by the PDU that the package numbers as it sends it.
		this.asked = new Set();
		const note = carrier.note;
		carrier.note = (direction, bind, pdu, ...rest) => {
			if (direction === 'out' && pdu.command === 'deliver_sm') this.asked.add({ bind, pdu });
			return note.call(carrier, direction, bind, pdu, ...rest);
		};
		carrier.on('pdu', (answer, bind) => {
			if (answer.command !== 'deliver_sm_resp' || answer.command_status !== 0) return;
			for (const one of this.asked) {
				if (one.bind !== bind || one.pdu.sequence_number !== answer.sequence_number) continue;
				this.asked.delete(one);
				this.of(`+${one.pdu.source_addr}`).push('answered');
			}
		});
		carrier.on('submit', (submit) => {
			this.count += 1;
			this.of(`+${submit.destination}`).push(submit.text === STOPPED ? 'confirmed' : 'sent');
		});
	}

	of(customer) {
		if (!this.customers.has(customer)) this.customers.set(customer, []);
		return this.customers.get(customer);
	}

	behind(customer) {
		const all = this.of(customer);
		return all.slice(all.lastIndexOf('answered') + 1);
	}
}

// Says STOP until it is taken, as an SMSC does.
const stop = (world, customer) => world.carrier.deliverUntilTaken({ from: customer, to: OURS, text: 'STOP', timeout: TIMEOUT });

// What our own record says of the confirmation to a customer: that of the message of their thread that is exempt.
async function stateOfConfirmation(world, customer) {
	const tag = `{c${partitionOf(customer)}}`;
	const conv = await world.redis.call('HGET', `${tag}:thread:${OURS}:${customer}`, 'conv');
	const rows = conv ? await world.redis.stream(`${tag}:conv:${conv}:msgs`) : [];
	const answers = rows.filter(({ fields }) => fields.x === '1');
	assert.ok(answers.length <= 1, `${customer} has ${answers.length} answers`);
	return answers.length ? world.redis.call('HGET', `${tag}:msg:${answers[0].fields.m}`, 'state') : 'none';
}

test(`the STOP race with kills: ${CUSTOMERS * EACH} messages wait for ${CUSTOMERS} customers`, { timeout: TIMEOUT + 60_000 }, async (t) => {
	const random = new Random(t);
	const world = await World.start(t, {
		changes: (w) => ({
			log: { level: 'info' },
			programmes: [{ name: 'shop', scope: 'number', stop_text: STOPPED }],
			carriers: [{
				name: 'acme', hosts: [{ host: '127.0.0.1', port: w.carrier.port }], system_id: w.carrier.systemId,
				password: w.carrier.password, binds: BINDS, window: WINDOW, backoff_min_ms: 50, backoff_max_ms: 500,
			}],
		}),
		carrier: { keepLog: false },
	});
	await world.carrier.bound(BINDS);
	const log = new Log(world.carrier);
	world.carrier.onSubmit = (submit) => setImmediate(() => submit.bind.open && submit.answer());

	const customers = Array.from({ length: CUSTOMERS }, (_, i) => `+1555${String(2_000_000 + i)}`);
	const messages = [];
	for (let n = 0; n < EACH; n++)
		for (const customer of customers) messages.push({ id: `m${messages.length}`, customer, text: `Sale ${n}` });
	const total = messages.length;
	// Half of the customers, each at a moment by how much has been sent.
	const leaving = customers.filter((_, i) => i % 2 === 0).map((customer) => ({ customer, at: random.between(1, Math.floor(total * 0.6)) }));
	leaving.sort((a, b) => a.at - b.at);
	const began = Date.now();
	await enqueue(world.redis, messages);

	const kills = Array.from({ length: KILLS }, (_, i) => Math.floor(((i + 1) * total * 0.55) / (KILLS + 1)));
	const stops = [];
	let killing = Promise.resolve();
	let turn = 0;
	await waitFor(
		() => {
			while (leaving[stops.length] && leaving[stops.length].at <= log.count)
				stops.push(stop(world, leaving[stops.length].customer));
			if (kills.length && kills[0] <= log.count) {
				kills.shift();
				const gateway = turn++ % 2 === 0;
				killing = killing.then(async () => {
					await world[gateway ? 'gateway' : 'router'].kill();
					await (gateway ? world.startGateway() : world.startRouter());
				});
			}
			return stops.length === leaving.length && kills.length === 0;
		},
		{ timeout: TIMEOUT, what: () => `${stops.length} STOPs of ${leaving.length} at ${log.count} sent` },
	);
	await Promise.all([...stops, killing]);

	// All has ended once nothing waits and nothing is under way.
	const left = async () => {
		let sum = 0;
		for (const key of [...(await world.redis.keys('{c*}:mt:acme:*')), ...(await world.redis.keys('{c*}:back'))])
			sum += Number(await world.redis.call('XLEN', key));
		for (const key of await world.redis.keys('{c*}:flight:acme')) sum += Number(await world.redis.call('HLEN', key));
		return sum;
	};
	let rest;
	await waitFor(async () => (rest = await left()) === 0, { timeout: TIMEOUT, what: () => `nothing waits; it is ${rest}` });
	await waitFor(
		async () => {
			for (const { customer } of leaving)
				if (!log.of(customer).includes('confirmed') && (await stateOfConfirmation(world, customer)) !== 'unknown') return false;
			return true;
		},
		{ what: 'every STOP is confirmed, or its confirmation is one of which nobody knows' },
	);

	let late = 0;
	const unclear = [];
	for (const { customer } of leaving) {
		assert.ok(log.of(customer).includes('answered'), customer);
		late += log.behind(customer).filter((what) => what === 'sent').length;
		const confirmed = log.of(customer).filter((what) => what === 'confirmed').length;
		// Never two, whatever a kill left unknown; and none only where our own record says that nobody knows.
		assert.ok(confirmed <= 1, `${customer} was sent ${confirmed} confirmations`);
		const state = await stateOfConfirmation(world, customer);
		if (state === 'unknown') unclear.push(confirmed);
		else assert.equal(confirmed, 1, `${customer}: the confirmation is ${state}`);
	}
	const resent = (await world.happened()).filter(({ fields }) => fields.e === 'resent').length;
	const stayed = customers.filter((_, i) => i % 2 === 1);
	for (const customer of stayed) assert.ok(log.of(customer).length >= EACH, `${customer} got ${log.of(customer).length}`);
	const stoppedShort = leaving.reduce((sum, { customer }) => sum + EACH - log.of(customer).filter((what) => what === 'sent').length, 0);
	t.diagnostic(`${log.count} submits, ${leaving.length} STOPs, ${KILLS} kills in ${((Date.now() - began) / 1000).toFixed(0)} s: ` +
		`${late} sent behind the answer, ${stoppedShort} never sent, no confirmation twice; a kill ate the answers of ${resent} other submits, which were sent again, and of ${unclear.length} confirmations, of which the carrier has ${unclear.filter(Boolean).length}`);
	// One bind's answer may be overtaken by what another has on the wire already, and by no more than its window.
	assert.ok(late <= BINDS * WINDOW, `${late} behind the answers`);
	for (const { customer } of leaving) assert.ok(log.behind(customer).filter((what) => what === 'sent').length <= WINDOW, customer);
	assert.ok(stoppedShort > 0);
});
