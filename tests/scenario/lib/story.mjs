// A long day on the floor with the real daemons, of which tests read what the events say. Who does what when is
// kept in `marks`: the span of the test's own clock within which it happened.

import assert from 'node:assert/strict';

import { person as userOf } from './api.mjs';
import { PASSWORD, Supervisor, waitFor, World } from './index.mjs';
import { apart } from './report.mjs';

export const QUEUES = ['front', 'billing', 'rings', 'slow'];
export const MODES = ['optional', 'mandatory', 'timeout', 'forced', 'agent_requested'];
const NUMBERS = {
	front: '+15550100', french: '+15550101', billing: '+15550102', rings: '+15550103', slow: '+15550104',
	...Object.fromEntries(MODES.map((mode, i) => [mode, `+1555011${i}`])),
};
const LONG = 'All of it. '.repeat(20).trim(); // two segments

function configuration() {
	const codes = { wrap_up_codes: ['Resolved', 'Later'] };
	const queue = (name, more = {}) => ({ name, alerting_timeout_s: 30, ...codes, ...more });
	const number = (name, queue, more = {}) => (
		{ address: NUMBERS[name], carrier: 'acme', queue, programme: 'shop', ...more });
	return {
		queues: [
			queue('front'), queue('billing'), queue('rings', { rings: [{ timeout_s: 2 }] }),
			queue('slow', { alerting_timeout_s: 7, last_agent: 'off' }), ...MODES.map((mode) => queue(mode)),
		],
		numbers: [
			number('front', 'front'), number('french', 'front', { skills: ['french'], priority: 5 }),
			number('billing', 'billing'), number('rings', 'rings'), number('slow', 'slow'),
			...MODES.map((mode) => number(mode, mode)),
		],
	};
}

// What a person takes to read, to think, to write.
const person = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Story {
	static async start(t) {
		const story = new Story();
		story.world = await World.start(t, { changes: configuration() });
		story.marks = {};
		story.people = {};
		for (const mode of MODES) await story.set(mode, { acw: mode, acw_timeout_s: '1' });
		await story.set('billing', { acw: 'timeout', acw_timeout_s: '1', acw_holds_slot: '1' });
		await story.set('rings', { service_level_s: '1' });
		await story.world.addUser('sue', { role: 'supervisor' });
		story.sue = await Supervisor.start(story.world.base, 'sue', PASSWORD);
		await story.staff();
		return story;
	}

	// Fields of a queue, as the API changes them.
	async set(queue, fields) {
		const named = Object.entries(fields).flatMap(([name, value]) => [`f:${name}`, value]);
		await this.world.redis.call('FCALL', 'entity_put', 1, '{acd}', 'kind', 'queue', 'id', queue, 'by', 'adam',
			'now', Date.now(), 'version', '', 'unique', queue, ...named);
		await this.world.redis.call('PUBLISH', 'directory', `queue ${queue}`);
	}

	async router(...words) {
		const { code, stderr, stdout } = await this.world.command('bindery-router', words, { input: `${PASSWORD}\n` });
		assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
		return stdout;
	}

	async staff() {
		const { world, people } = this;
		for (const name of ['ann', 'bob', 'cid']) people[name] = await world.agent(name, { capacity: 5 });
		await this.router('user', 'skill', 'ann', 'french', '4');
		await this.router('user', 'skill', 'bob', 'french', '2');
		for (const queue of ['front', ...MODES]) await this.router('queue', 'join', queue, 'ann');
		await this.router('queue', 'join', 'billing', 'bob');
		await this.router('queue', 'join', 'slow', 'bob');
		await this.router('queue', 'join', 'rings', 'cid', '--ring', '2');
		for (const name of ['ann', 'bob', 'cid']) {
			await people[name].goOnQueue();
			await people[name].routing('idle');
		}
	}

	// Does it, and keeps when.
	async mark(name, doing) {
		const before = Date.now();
		const result = await doing();
		this.marks[name] = [before, Date.now()];
		return result;
	}

	text(from, name, text) {
		return this.world.carrier.deliver({ from, to: NUMBERS[name], text });
	}

	// A customer's text comes, and rings at the agent. → the offer
	comes(label, from, name, agent, text = 'Hello') {
		return this.mark(`${label} comes`, async () => {
			await this.text(from, name, text);
			return this.people[agent].offer(from);
		});
	}

	takes(label, agent, offer) {
		return this.mark(`${label} taken`, async () => {
			await this.people[agent].accept(offer);
			const { conversation } = await this.people[agent].event(
				'connected', (event) => event.conversation.id === offer.conversation);
			return conversation.id;
		});
	}

	sends(label, agent, id, text) {
		return this.mark(`${label} answered`, () => this.people[agent].send(id, text));
	}

	closes(label, agent, id, code = 'Resolved', notes) {
		return this.mark(`${label} closed`, async () => {
			await this.people[agent].close(id, code, notes);
			await this.people[agent].event('closed', ({ conversation }) => conversation === id);
		});
	}

	// Everything of the day, in its order.
	async whole() {
		await this.plain();
		await this.again();
		await this.given();
		await this.consulted();
		await this.manual();
		await this.bullseye();
		await this.dropped();
		await this.waits();
		await this.afterCall();
		await this.operators();
		await this.abandoned();
		await this.sent();
		return this;
	}

	// Everything that was to be sent is.
	async sent() {
		await waitFor(async () => {
			const told = (await this.world.happened()).flatMap(({ fields }) => apart(fields));
			const sent = new Set(told.filter(({ st }) => st === 'sent').map(({ m }) => m));
			return told.every(({ e, m }) => (e !== 'mt' && e !== 'consent') || !m || sent.has(m));
		});
	}

	// Standard routing; a reply of two segments, delivered; another that fails; a note.
	async plain() {
		const { carrier } = this.world;
		const { ann } = this.people;
		const offer = await this.comes('plain', '+15550201', 'front', 'ann');
		await person(300);
		const id = await this.takes('plain', 'ann', offer);
		await person(400);
		const long = await this.sends('plain', 'ann', id, LONG);
		const parts = [await carrier.expectSubmit({ to: '+15550201' }), await carrier.expectSubmit({ to: '+15550201' })];
		await ann.state(long.id, 'sent');
		for (const part of parts) await part.receipt();
		await ann.state(long.id, 'delivered');
		await this.mark('plain asks again', async () => {
			await this.text('+15550201', 'front', 'And now? '.repeat(20));
			await ann.event('message', ({ message }) => message.text.startsWith('And now?'));
		});
		await person(200);
		const short = await this.mark('plain answered again', () => ann.send(id, 'No.'));
		const refused = await carrier.expectSubmit({ text: 'No.' });
		await ann.state(short.id, 'sent');
		await refused.receipt({ state: 'UNDELIV' });
		await ann.state(short.id, 'failed');
		await ann.request('note', { conversation: id, text: 'Asked twice' });
		await this.closes('plain', 'ann', id, 'Resolved', 'Told.');
		this.plainId = id;
	}

	// The same customer writes on: the last agent gets it.
	async again() {
		const offer = await this.comes('again', '+15550201', 'front', 'ann', 'One more thing');
		const id = await this.takes('again', 'ann', offer);
		await this.closes('again', 'ann', id);
	}

	// By skill; declined, taken; to a queue with a note, then to an agent; ends by itself.
	async given() {
		const { ann, bob } = this.people;
		const first = await this.comes('given', '+15550202', 'french', 'ann', 'Bonjour');
		await person(200);
		await this.mark('given declined', () => ann.decline(first));
		const again = await this.mark('given rings again', async () => {
			await ann.goOnQueue();
			return ann.offer('+15550202');
		});
		const id = await this.takes('given', 'ann', again);
		const second = await this.mark('given to billing', async () => {
			await ann.request('transfer', { conversation: id, queue: 'billing', note: 'Order 17', skills: ['french'], priority: 5 });
			return bob.offer('+15550202');
		});
		await this.mark('given wrapped', () => ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Later' }));
		await this.takes('given again', 'bob', second);
		await this.sends('given', 'bob', id, 'It is paid.');
		const third = await this.mark('given to ann', async () => {
			await bob.request('transfer', { conversation: id, agent: 'ann' });
			return ann.offer('+15550202');
		});
		await this.takes('given back', 'ann', third);
		await this.mark('given disconnected', () => ann.request('disconnect', { conversation: id }));
		const over = (e) => e.conversation === id && e.reason === 'timeout';
		await Promise.all([
			this.mark('given away over', () => bob.event('closed', over)),
			this.mark('given closed', () => ann.event('closed', over)),
		]);
	}

	// A colleague is asked beside it, and takes it; after-call work while the conversation goes on.
	async consulted() {
		const { ann, bob } = this.people;
		const id = await this.takes('consulted', 'ann', await this.comes('consulted', '+15550208', 'front', 'ann'));
		const offer = await this.mark('consulted asks', async () => {
			await ann.request('consult', { conversation: id, agent: 'bob', note: 'Yours?' });
			return bob.offer('+15550208');
		});
		await person(200);
		await this.mark('consulted handed over', async () => {
			await bob.accept(offer);
			await bob.event('connected', ({ conversation }) => conversation.id === id);
			await ann.event('disconnected', ({ conversation }) => conversation === id);
		});
		await person(300);
		await this.mark('consulted wrapped', () => ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Later' }));
		await this.sends('consulted', 'bob', id, 'It is mine.');
		await this.closes('consulted', 'bob', id);
	}

	// Nobody takes it in time; a supervisor gives it by hand; STOP, which locks the composer.
	async manual() {
		const { ann, bob } = this.people;
		const offer = await this.comes('manual', '+15550203', 'slow', 'bob');
		await this.mark('manual timed out', () => bob.event(
			'offer_ended', (e) => e.conversation === offer.conversation && e.reason === 'timeout'));
		await this.sue.agent('bob', ({ routing }) => routing === 'not_responding');
		const given = await this.mark('manual given', async () => {
			await this.sue.order('assign', { conversation: offer.conversation, agent: 'ann' });
			return ann.offer('+15550203');
		});
		const id = await this.takes('manual', 'ann', given);
		await this.sue.order('read', { conversation: id });
		const lead = await userOf(this.world, 'supervisor', 'lead');
		await lead('POST', '/api/v2/externalcontacts/contacts', { cellPhone: { e164: '+15550203' }, lastName: 'Berg' });
		await ann.event('customer_changed', ({ conversation }) => conversation === id);
		await this.text('+15550203', 'slow', 'STOP');
		await ann.event('opt', (e) => e.conversation === id && e.opted_out);
		await assert.rejects(ann.send(id, 'But why?'), { code: 'suppressed' });
		await this.closes('manual', 'ann', id);
		await bob.goOnQueue();
	}

	// The first ring is empty; the second is asked when it is its turn, later than promised.
	async bullseye() {
		const id = await this.takes('rings', 'cid', await this.comes('rings', '+15550204', 'rings', 'cid'));
		await this.closes('rings', 'cid', id);
	}

	// It rings at who loses their connection, and again when they are back.
	async dropped() {
		const { ann } = this.people;
		const window = await ann.window();
		await window.leave();
		await this.comes('dropped', '+15550205', 'front', 'ann');
		await this.mark('dropped', () => ann.drop());
		await ann.connect();
		const offer = await this.mark('dropped rings again', () => ann.offer('+15550205'));
		await this.closes('dropped', 'ann', await this.takes('dropped', 'ann', offer));
	}

	// Nobody is there: STOP and START while it waits, then a supervisor gives it to another queue.
	async waits() {
		const { ann, bob } = this.people;
		await bob.goOffQueue();
		await bob.routing('off_queue');
		const conversation = await this.mark('waits comes', async () => {
			await this.text('+15550206', 'slow', 'Anybody?');
			await this.sue.queue('slow', ({ waiting }) => waiting === 1);
			return (await this.world.floorEvents('waiting')).find(({ customer }) => customer === '+15550206').c;
		});
		for (const word of ['STOP', 'HELP', 'START']) await this.text('+15550206', 'slow', word);
		const consents = async () => (await this.world.happened()).filter(
			({ fields }) => fields.e === 'consent' && fields.c === conversation);
		await waitFor(async () => (await consents()).length === 3);
		const offer = await this.mark('waits moved', async () => {
			await this.sue.order('transfer', { conversation, queue: 'front' });
			return ann.offer('+15550206');
		});
		await this.closes('waits', 'ann', await this.takes('waits', 'ann', offer));
		await bob.goOnQueue();
	}

	// After-call work of each mode; the code comes a little later, or its time ends.
	async afterCall() {
		const { ann } = this.people;
		for (const [i, mode] of MODES.entries()) {
			const id = await this.takes(mode, 'ann', await this.comes(mode, `+1555021${i}`, mode, 'ann'));
			const ended = (e) => e.conversation === id;
			await this.mark(`${mode} ended`, async () => {
				await ann.request('disconnect', { conversation: id });
				return Promise.race(['disconnected', 'closed'].map((type) => ann.event(type, ended)));
			});
			if (mode === 'mandatory') {
				await person(400);
				await this.mark('mandatory over', () => ann.request('wrapup', { conversation: id, leg: 1, wrapup: 'Later' }));
			}
		}
		const over = async (mode) => (await this.world.happened()).some(
			({ fields }) => fields.e === 'wrapup' && fields.q === mode && fields.over === '1');
		const begun = Date.now(); // the time of both runs
		for (const mode of ['timeout', 'forced']) {
			await this.mark(`${mode} over`, () => waitFor(() => over(mode)));
			this.marks[`${mode} over`][0] = begun;
		}
	}

	// What is said on the command line, and of agents by a supervisor.
	async operators() {
		const { cid } = this.people;
		await this.router('user', 'skill', 'ann', 'french', '0');
		await this.router('queue', 'leave', 'rings', 'cid');
		await this.world.addUser('kim', { role: 'compliance' });
		await this.world.addUser('lee', { role: 'compliance' });
		const by = (name) => ['--by', name, '--password-stdin'];
		await this.router('suppression', 'add', '+15550299', '--reason', 'a letter', ...by('kim'));
		for (const [word, who] of [['refuse', 'lee'], ['approve', 'lee']]) {
			const asked = await this.router('suppression', 'remove', '+15550299', '--reason', 'a mistake',
				'--reference', 'case 7', ...by('kim'));
			await this.router('suppression', word, asked.split('\t')[0], ...by(who));
		}
		const ruth = await userOf(this.world, 'compliance', 'ruth');
		const [{ id: set }] = (await ruth('GET', '/api/v2/compliance/rule-sets')).body.entities;
		for (const decision of ['discard', 'activate']) {
			const path = `/api/v2/compliance/rule-sets/${encodeURIComponent(set)}`;
			const { body } = await ruth('PUT', `${path}/draft`, { reason: 'a new answer', set: { helpText: 'Call us.' } });
			await ruth('POST', `${path}/decision`, { decision, version: body.version, revision: body.revision });
		}
		for (const word of ['pause', 'drain', 'resume']) {
			const { code, stderr } = await this.world.command('bindery-gateway', [word, 'acme']);
			assert.equal(code, 0, stderr);
		}
		await this.sue.order('presence', { agent: 'cid', presence: 'Meal' });
		await this.sue.order('sign_out', { agent: 'cid' });
		await cid.closed;
		await this.sue.agent('cid', ({ connected }) => !connected);
	}

	// Given up before anybody took it.
	async abandoned() {
		await this.people.bob.goOffQueue();
		await this.people.bob.routing('off_queue');
		const conversation = await this.mark('abandoned comes', async () => {
			await this.text('+15550207', 'slow', 'Hello?');
			await this.sue.queue('slow', ({ waiting }) => waiting === 1);
			return (await this.world.floorEvents('waiting')).find(({ customer }) => customer === '+15550207').c;
		});
		await this.mark('abandoned', async () => {
			await this.sue.order('close', { conversation });
			await this.sue.queue('slow', ({ waiting }) => waiting === 0);
		});
	}
}
