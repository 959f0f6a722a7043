// Thousands of random calls on what waits for a carrier, with numbers that get a pace and lose it: no message is ever in no
// place or in two, what is of one conversation and class goes in its order, and in the end all has gone.

import assert from 'node:assert/strict';
import { it } from 'node:test';

import { Functions, Partition } from './lib/functions.mjs';
import { entryOf } from './lib/load.mjs';
import { Random } from './lib/random.mjs';

const CALLS = Number(process.env.BINDERY_MODEL_CALLS ?? 150);
const ROUNDS = Number(process.env.BINDERY_MODEL_ROUNDS ?? 1);
const NUMBERS = ['+15550100', '+15550101', '+15550102'];
const CLASSES = ['interactive', 'transactional', 'bulk'];

const functions = Functions.forTests();
const { redis } = functions;
const p = Partition.forTests(functions);

class Model {
	constructor(random, customers) {
		this.random = random;
		this.customers = customers;
		this.made = 0;
		this.accepted = new Map(); // by id: pair, class, n (which of them it is)
		this.flying = new Map(); // by id: pair
		this.over = new Set();
		this.last = new Map(); // by pair and class: the n that went last
		this.paced = [];
	}

	// As the router writes it, or as it did before.
	entry({ id, customer, ours, ref }) {
		return ref % 3 ? entryOf({ id, customer, ours, ref, scopes: 'all', record: 'rec', conv: 'c' })
			: ['m', id, 'c', customer, 'o', ours, 's', 'all', 'x', '', 'n', ref, 'r', 'rec'];
	}

	async accept() {
		const { random } = this;
		const ours = random.one(NUMBERS), kind = random.one(CLASSES);
		const customer = `+1555000${1000 + random.between(0, this.customers)}`;
		const pair = `${ours}:${customer}`;
		const count = random.between(0, 12) ? random.between(1, 4) : random.between(60, 120);
		await Promise.all(Array.from({ length: count }, () => {
			const id = `m${this.made}`;
			this.accepted.set(id, { pair, kind, n: this.made++ });
			return Promise.all([
				redis.call('HSET', `${p.tag}:msg:${id}`, 'state', 'queued', 'conv', 'c', 'at', '0-0', 'n', '1', 'carrier', 'acme',
					'pair', pair),
				redis.call('XADD', `${p.tag}:mt:acme:${kind}`, '*', ...this.entry({ id, customer, ours, ref: this.made }), 'v', 'acme|beta'),
			]);
		}));
	}

	async pace() {
		this.paced = NUMBERS.filter(() => this.random.between(0, 2));
		await p.call('mt_paced', { carrier: 'acme', numbers: this.paced.join('|') });
	}

	// As a gateway asks; with `all` of whatever there is.
	async take(all = false) {
		const { random } = this;
		const how = all ? 2 : random.between(0, 4);
		const numbers = this.paced.filter(() => all || random.between(0, 2)).map((each) => `${each} ${all ? 50 : random.between(1, 9)}`);
		const answer = await p.call('mt_take', {
			carrier: 'acme', paces: '1', max: all ? 50 : random.between(1, 20), numbers: numbers.join('|'),
			...(how === 0 ? { urgent: '1' } : how === 1 && numbers.length ? { only: '1' } : {}),
			...(random.between(0, 5) === 0 ? { all: '1' } : {}),
		});
		const told = answer.slice(1).findIndex((each) => each.length === 4);
		const ids = answer.slice(1).filter((each) => each.length === 3).map(([id]) => id);
		assert.ok(told < 0 || told === ids.length, 'what is told of numbers is behind the messages');
		for (const id of ids) this.hand(id);
		return ids.length;
	}

	hand(id) {
		const { pair, kind, n } = this.accepted.get(id);
		assert.ok(!this.flying.has(id) && !this.over.has(id), `${id} is taken twice`);
		assert.ok(![...this.flying.values()].includes(pair), `${id} is the second of ${pair} in flight`);
		const key = `${pair} ${kind}`;
		assert.ok((this.last.get(key) ?? -1) <= n, `${id} of ${key} is before ${this.last.get(key)}`);
		this.last.set(key, n);
		this.flying.set(id, pair);
	}

	async end(all = false) {
		for (const id of [...this.flying.keys()]) {
			if (!all && this.random.between(0, 2)) continue;
			if (!all && this.random.between(0, 4) === 0) {
				const [verdict] = await p.call('mt_reroute', { carrier: 'acme', id, back: '1' });
				assert.equal(verdict, 1);
			} else {
				await p.result(id, 'sent');
				this.over.add(id);
			}
			this.flying.delete(id);
		}
	}

	// All of it to another carrier, and back.
	async divert() {
		for (const [carrier, kind] of ['acme', 'beta'].flatMap((each) => CLASSES.map((kind) => [each, kind]))) {
			let from = '';
			do [, from] = await p.call('mt_divert', { carrier, class: kind, from, unbound: `|${carrier}|` });
			while (from);
		}
	}

	// What waits and flies in Redis is just what is not over.
	async check() {
		const streams = await redis.keys(`${p.tag}:mt:*`);
		const there = [];
		for (const stream of streams)
			for (const [, fields] of await redis.call('XRANGE', stream, '-', '+')) there.push(fields[0] === 'q' ? fields[1].split('\0')[3] : fields[1]);
		const flying = Object.keys(await p.hash('flight:acme'));
		assert.deepEqual(flying.sort(), [...this.flying.keys()].sort());
		const wanted = [...this.accepted.keys()].filter((id) => !this.over.has(id) && !this.flying.has(id));
		assert.deepEqual(there.sort(), wanted.sort());
		const busy = Object.values(await p.hash('busy')).filter((id) => this.over.has(id));
		assert.deepEqual(busy, [], 'pairs that are busy with what is over');
	}
}

const STEPS = [['accept', 6], ['take', 8], ['end', 5], ['pace', 1]];
const WEIGHED = STEPS.flatMap(([name, weight]) => Array(weight).fill(name));

async function walk(t, customers, diverts) {
	await redis.call('CONFIG', 'SET', 'appendfsync', 'no'); // nothing dies in here
	const model = new Model(new Random(t), customers);
	const steps = diverts ? [...WEIGHED, 'divert'] : WEIGHED;
	await model.pace();
	for (let i = 0; i < CALLS; i++) {
		const step = model.random.one(steps);
		// So that what waits stays a few hundred.
		if (step !== 'accept' || model.accepted.size - model.over.size < 600) await model[step]();
		if (i % 50 === 49) {
			await p.take();
			await model.check();
		}
	}
	for (let idle = 0; idle < 12; ) {
		const taken = await model.take(true);
		await model.end(true);
		idle = taken > 0 ? 0 : idle + 1;
	}
	await model.check();
	assert.equal(model.over.size, model.accepted.size);
	assert.deepEqual(await redis.keys(`${p.tag}:queued:*`), []);
}

const WALKS = [['a few long conversations', 3, false], ['many short ones', 400, false], ['what goes to another carrier and back', 20, true]];

for (let round = 0; round < ROUNDS; round++) {
	for (const [name, customers, diverts] of WALKS)
		it(`nothing is lost, doubled or out of order: ${name}`, (t) => walk(t, customers, diverts));
}
