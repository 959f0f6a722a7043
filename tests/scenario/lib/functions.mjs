// The Redis Functions as the product loads them, called on a private Redis.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Redis } from './redis.mjs';

const BUS = fileURLToPath(new URL('../../../router/bus', import.meta.url));

// The library in the order that the build joins it in.
export function library() {
	const lists = readFileSync(join(BUS, 'CMakeLists.txt'), 'utf8');
	const list = (pattern) => lists.match(pattern)[1].trim().split(/\s+/);
	const closed = list(/set\(closed ([^)]+)\)/);
	const texts = list(/foreach\(part ([^)]+)\)/).map((part) => {
		const text = readFileSync(join(BUS, 'functions', `${part}.lua`), 'utf8');
		return closed.includes(part) ? `do\n${text}end\n` : text;
	});
	return `#!lua name=bindery\n${texts.join('\n')}\n`;
}

// What a function answers, with each event as {id, field, value…}: many are told as one text, a NUL between the values.
function unpacked(reply) {
	if (Array.isArray(reply)) return reply.map(unpacked);
	return typeof reply === 'string' && /^\d+-\d+\0/.test(reply) ? reply.split('\0') : reply;
}

// [field, value, …] as an object.
export function fieldsOf(flat) {
	const fields = {};
	for (let i = 0; i < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
	return fields;
}

// The i-th of what a function has answered, as an event.
export const eventOf = (reply, i = 1) => ({ id: reply[i][0], ...fieldsOf(reply[i].slice(1)) });

export class Functions {
	constructor() {
		this.folder = mkdtempSync(join(tmpdir(), 'bindery-functions-'));
		this.redis = new Redis(this.folder);
	}

	static async start() {
		const functions = new Functions();
		await functions.begin();
		return functions;
	}

	// For all tests of a file: there from the first to the last, and everything else forgotten before each.
	static forTests() {
		const functions = new Functions();
		before(() => functions.begin());
		after(() => functions.stop());
		beforeEach(() => functions.forget());
		return functions;
	}

	async begin() {
		await this.redis.start();
		try {
			await this.redis.call('FUNCTION', 'LOAD', 'REPLACE', library());
		} catch (error) {
			await this.stop(); // or the tests would wait for it to end
			throw error;
		}
	}

	async stop() {
		await this.redis.kill();
		rmSync(this.folder, { recursive: true, force: true });
	}

	// Everything but the functions is forgotten.
	forget() {
		return this.redis.call('FLUSHALL');
	}

	// One call with the tag as its key and named arguments; those that are undefined are left out.
	async call(name, tag, named = {}) {
		const flat = Object.entries(named).filter(([, value]) => value !== undefined);
		return unpacked(await this.redis.call('FCALL', name, 1, tag, ...flat.flat()));
	}

	// One call of many steps: arguments, then steps of the same fields, a missing one is empty.
	steps(name, tag, before, steps) {
		const names = [...new Set(steps.flatMap((step) => Object.keys(step)))].filter(
			(field) => steps.some((step) => step[field] !== undefined),
		);
		const values = steps.flatMap((step) => names.map((field) => step[field] ?? ''));
		return this.redis.call('FCALL', name, 1, tag, ...before, names.length, ...names, ...values);
	}

	// The fields of the events of a tag, each with its `id`.
	async events(tag) {
		const entries = await this.redis.stream(`${tag}:events`);
		return entries.map(({ id, fields }) => ({ id, ...fields }));
	}
}

// What may suppress a message of the one number that these tests speak of.
export const SCOPES = 'all|p:shop|n:+15550100';

// One partition as the router and the gateway see it, with the arguments that every call needs.
export class Partition {
	constructor(functions, number = 3) {
		this.functions = functions;
		this.redis = functions.redis;
		this.tag = `{c${number}}`;
		this.begin();
	}

	begin() {
		this.now = 1_700_000_000_000;
		this.made = 0;
	}

	// For all tests of a file: new before each, and router1 has it.
	static forTests(functions) {
		const partition = new Partition(functions);
		beforeEach(() => {
			partition.begin();
			return partition.take();
		});
		return partition;
	}

	// The same, and ann has its conversation `conv`.
	static connectedForTests(functions) {
		const partition = Partition.forTests(functions);
		beforeEach(async () => {
			partition.conv = await partition.connected();
		});
		return partition;
	}

	async take(owner = 'router1') {
		const [verdict, token] = await this.functions.call('lease', this.tag, { owner, ttl: 60000 });
		if (verdict === 'ok') this.fence = token;
		return verdict;
	}

	name(kind) {
		this.made += 1;
		return `${kind}${this.made}`;
	}

	// An entry of `in`, as the gateway writes them; returns its id.
	heard(kind, customer = '+15550199', record = 'record') {
		const stream = `${this.tag}:${kind === 'mo' ? 'in' : 'back'}`;
		return this.redis.call('XADD', stream, '*', 'k', kind, 'c', customer, 'r', record);
	}

	call(name, named) {
		return this.functions.call(name, this.tag, { fence: this.fence, now: this.now, ...named });
	}

	// A whole text of the customer's, heard (unless its parts are `due`) and applied.
	async mo(named = {}) {
		const entry = named.due ? '' : (named.in ?? (await this.heard('mo', named.customer)));
		return this.call('mo', {
			in: entry,
			ours: '+15550100',
			customer: '+15550199',
			conv: this.name('conv'),
			queue: 'front',
			window: 1000,
			text: 'Hello',
			segs: 1,
			partial: '',
			fp: 'fp1',
			broken: 0,
			dupwin: 60000,
			verdict: 'NONE',
			carrier: 'acme',
			...named,
		});
	}

	// One part of a message of two.
	part(named) {
		const n = named.n ?? 0;
		return this.call('part', {
			parts: 'key', n, total: 2, record: `record ${n}`, fp: `fp ${n}`, deadline: this.now + 5000,
			ttl: 9000, ...named,
		});
	}

	// What comes with a keyword.
	consent(verdict) {
		return {
			verdict,
			text: verdict,
			scope: 'p:shop',
			scopes: SCOPES,
			rule: '1',
			record: 'evidence',
			who: 'who',
			salt: 'salt',
			seal: 'seal',
			answer: `answer to ${verdict}`,
			answer_id: this.name('answer'),
			answer_record: 'answer record',
			answer_segs: 1,
			review_due: this.now + 1000,
			review_late: this.now + 2000,
		};
	}

	// A text that is a keyword.
	keyword(verdict, named = {}) {
		return this.mo({ ...this.consent(verdict), ...named });
	}

	// A conversation that `agent` has; returns its id.
	async connected(agent = 'ann', named = {}) {
		const [, happened] = await this.mo(named);
		const { c, leg } = fieldsOf(happened.slice(1));
		await this.call('connect', { conv: c, leg, agent, scopes: SCOPES });
		return c;
	}

	// An agent's reply.
	accept(named = {}) {
		return this.call('mt_accept', {
			agent: 'ann',
			ref: this.name('ref'),
			id: this.name('m'),
			text: 'Hi',
			carrier: 'acme',
			class: 'interactive',
			record: 'mt record',
			scopes: SCOPES,
			segs: 1,
			...named,
		});
	}

	// A customer with a conversation, to whom replies are accepted in the order of their names; its id.
	async waiting(names, { customer = '+15550199', ...named } = {}) {
		const conv = (await this.hash(`thread:+15550100:${customer}`)).conv ?? (await this.connected('ann', { customer }));
		for (const id of names) {
			const [verdict] = await this.accept({ conv, id, ...named });
			if (verdict !== 'ok') throw new Error(`${id} was answered ${verdict}`);
		}
		return conv;
	}

	taken(max = 10, carrier = 'acme') {
		return this.call('mt_take', { carrier, max });
	}

	// Many steps of the function that takes many in one call, in the tenure of the first one's `fence` or
	// this one; → what each says.
	async outcomes(...steps) {
		const { fence = this.fence } = steps[0];
		const all = steps.map((step) => ({ now: this.now, ...step, fence: undefined }));
		const told = await this.functions.steps('outcomes', this.tag, [fence], all);
		return told.map((said) => [said].flat());
	}

	// A segment's result, heard and applied.
	async result(id, outcome, named = {}) {
		const back = named.back ?? (await this.heard('rs'));
		const step = { k: 'rs', back, id, segment: 0, outcome, reason: '', receipts: '', ...named };
		return (await this.outcomes(step))[0];
	}

	// A receipt that came by another partition.
	async receipt(id, state, named = {}) {
		const step = { k: 'dr', back: '', id, segment: 0, outcome: state, reason: '', ...named };
		return (await this.outcomes(step))[0];
	}

	hash(name) {
		return this.redis.hash(`${this.tag}:${name}`);
	}

	stream(name) {
		return this.redis.stream(`${this.tag}:${name}`);
	}

	// The entries before a gateway, what they have in `q` (outbound.lua) apart: m c o s x n and facts.
	async entries(name) {
		return (await this.stream(name)).map(({ id, fields: { q, ...fields } }) => {
			const [pair, n, facts, m, c, s, x] = q.split('\0');
			return { id, fields: { m, c, o: pair.slice(0, -1 - c.length), s, x, n, facts, ...fields } };
		});
	}

	// What `back` says of messages that were ended.
	async ended() {
		return (await this.stream('back')).filter(({ fields }) => fields.k === 'sup');
	}

	async count(what) {
		return Number((await this.redis.call('HGET', `${this.tag}:count`, what)) ?? 0);
	}

	events() {
		return this.functions.events(this.tag);
	}
}
