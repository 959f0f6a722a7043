// Keywords and answers of a programme's own: by language, and for a category of its messages alone.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { person, program } from './lib/api.mjs';
import { OURS, settles, waitFor, World } from './lib/index.mjs';
import { partitionOf } from './lib/load.mjs';

const STOPPED = 'You are unsubscribed.';
const STOPPED_FR = 'Vous etes desabonne.';
const OFFERS = 'No more offers; orders go on.';
const HELPED = 'Call 555 0100.';
const HELPED_ES = 'Llame al 555 0100.';
const STARTED = 'Welcome back.';
const PLAIN = '+15550105'; // a number of a programme that has nothing of its own

const shop = (more = {}) => ({
	name: 'shop', scope: 'programme', stop_text: STOPPED, help_text: HELPED, start_text: STARTED,
	languages: [
		{ language: 'fr', stop_text: STOPPED_FR, opt_out: ['Ça suffit'], opt_in: ['REPRENDRE'] },
		{ language: 'es', help_text: HELPED_ES, help: ['SOCORRO'] },
	],
	categories: [{ name: 'marketing', words: ['offers', 'promoción'], stop_text: OFFERS, marketing: true }],
	...more,
});
const plain = { name: 'plain', scope: 'programme', stop_text: 'Plain.', help_text: 'Plain help.', start_text: 'Plain start.' };
const number = (address, programme) => ({ address, carrier: 'acme', queue: 'support', programme });
const changes = (programmes) => ({ programmes, numbers: [number(OURS, 'shop'), number(PLAIN, 'plain')] });

let world;
let ann;
before(async () => {
	world = await World.start(null, { changes: changes([shop(), plain]) });
	ann = await world.agent('ann', { capacity: 25 });
	await ann.goOnQueue();
});
after(() => world.finish());

let customers = 0;
const customer = () => `+155501040${String(customers++).padStart(2, '0')}`;

async function say(from, text, to = OURS) {
	const before = await world.metric(world.base, 'bindery_mo_total');
	await world.carrier.deliver({ from, to, text });
	await world.metricIs(world.base, 'bindery_mo_total', before + 1);
}
const scopes = async (from, of = world) => Object.keys(await of.redis.hash(`{c${partitionOf(from)}}:opt:${from}`)).sort();
const kept = async (from) => (await world.redis.stream(`{c${partitionOf(from)}}:ledger`)).map(({ fields }) => fields);

describe('the language of a keyword', () => {
	for (const [text, answer] of [
		['ARRET', STOPPED_FR], ['Arrêt', STOPPED_FR], ['STOP', STOPPED], ['Ça suffit !', STOPPED_FR], ['ALTO', STOPPED],
		['AYUDA', HELPED_ES], ['HELP', HELPED], ['socorro', HELPED_ES],
	])
		it(`answers ${text} by “${answer}”`, async () => {
			const from = customer();
			await say(from, text);
			await world.carrier.expectSubmit({ to: from, text: answer });
		});

	it('is kept with the rule and the version of what read it', async () => {
		const from = customer();
		await say(from, 'Ça suffit');
		const { rule } = (await kept(from)).at(-1);
		assert.match(rule, /^1 fr .*fr own/);
	});

	it('opts in again by a keyword of its own, exactly', async () => {
		const from = customer();
		await say(from, 'STOP');
		await say(from, 'reprendre svp');
		assert.deepEqual(await scopes(from), ['p:shop']);
		await say(from, 'Reprendre');
		assert.deepEqual(await scopes(from), []);
		await world.carrier.expectSubmit({ to: from, text: STARTED });
	});

	it('is of its programme alone', async () => {
		const from = customer();
		await say(from, 'Ça suffit', PLAIN);
		assert.deepEqual(await scopes(from), []);
		await say(from, 'ARRET', PLAIN);
		await world.carrier.expectSubmit({ from: PLAIN, to: from, text: 'Plain.' });
	});
});

describe('a category', () => {
	it('is left alone, while agents go on; STOP stops the rest, and START lifts both', async () => {
		const from = customer();
		await say(from, 'Where is my order?');
		const { id } = await ann.acceptNext(from);
		await say(from, 'Stop offers');
		await world.carrier.expectSubmit({ to: from, text: OFFERS });
		assert.deepEqual(await scopes(from), ['c:shop:marketing']);
		await ann.send(id, 'It is on its way.');
		await world.carrier.expectSubmit({ to: from, text: 'It is on its way.' });
		// The answer to the first is the only message of these five minutes.
		await say(from, 'STOP');
		assert.deepEqual((await scopes(from)).sort(), ['c:shop:marketing', 'p:shop']);
		await assert.rejects(ann.send(id, 'Still?'), (error) => error.code === 'suppressed');
		await say(from, 'START');
		await world.carrier.expectSubmit({ to: from, text: STARTED });
		assert.deepEqual(await scopes(from), []);
		assert.ok(!world.carrier.submits.all.some(({ destination, text }) => `+${destination}` === from && text === STOPPED));
		await ann.send(id, 'Hello again.');
		assert.deepEqual((await kept(from)).filter(({ ours }) => ours === OURS).slice(-3).map(({ what, scope }) => [what, scope]),
			[['revoke', 'c:shop:marketing'], ['revoke', 'p:shop'], ['grant', 'p:shop']]);
	});

	for (const [text, scope] of [
		['STOP OFFERS', 'c:shop:marketing'], ['offers stop', 'c:shop:marketing'], ['Please stop all your offers, thanks', 'c:shop:marketing'],
		['no more promocion', 'c:shop:marketing'], ['Baja promoción', 'c:shop:marketing'],
		['stop texting me offers', 'p:shop'], ['STOP. offers are boring', 'p:shop'], ['stop surveys', 'p:shop'],
	])
		it(`“${text}” is of ${scope}`, async () => {
			const from = customer();
			await say(from, text);
			assert.deepEqual(await scopes(from), [scope]);
		});
});

it('a STOP repeated is answered again where the programme says so, five times at most', async (t) => {
	const other = await World.start(t, { changes: changes([shop({ confirm_again: true }), plain]) });
	const from = '+15550104999';
	for (let i = 0; i < 8; i++) await other.carrier.deliver({ from, to: OURS, text: 'STOP' });
	await other.metricIs(other.base, 'bindery_mo_total', 8);
	await other.carrier.deliver({ from, to: PLAIN, text: 'HELP' });
	await waitFor(() => other.carrier.submits.all.length === 6, { what: () => `${other.carrier.submits.all.length} answers` });
	assert.deepEqual(other.carrier.submits.all.map(({ text }) => text), Array(6).fill(STOPPED));
});

it('an opt-out that the configuration does not know any more, or that has lost its number, is complained of and holds', async (t) => {
	const other = await World.start(t, { changes: changes([shop(), plain]) });
	const unknown = () => other.metric(other.base, 'bindery_scopes_unknown');
	const again = async (parts) => {
		await other.router.kill();
		other.configure(parts);
		await other.startRouter();
	};
	const told = () => [...other.router.output.matchAll(/event=scope_unknown scope=(\S+) number=(\S*)/g)].map(([, scope]) => scope).sort();
	for (const [from, text, to] of [['+15550104801', 'STOP', OURS], ['+15550104802', 'STOP', OURS], ['+15550104803', 'Stop offers', OURS], ['+15550104804', 'STOP', PLAIN]])
		await other.carrier.deliver({ from, to, text });
	await other.metricIs(other.base, 'bindery_mo_total', 4);
	const kim = await person(other, 'compliance', 'kim');
	const lee = await person(other, 'compliance', 'lee');
	await again(changes([shop(), plain]));
	assert.equal(await unknown(), 0);
	assert.deepEqual(told(), []);

	await again({ programmes: [shop({ name: 'store' }), plain], numbers: [number(OURS, 'store'), number(PLAIN, 'plain')] });
	await other.metricIs(other.base, 'bindery_scopes_unknown', 2);
	await settles(told, ['c:shop:marketing', 'p:shop'], { what: 'what is complained of, each of them once' });
	await other.carrier.deliver({ from: '+15550104801', to: OURS, text: 'Who is this?' });
	const ann = await other.agent('ann');
	await ann.goOnQueue();
	const { id } = await ann.acceptNext('+15550104801');
	await assert.rejects(ann.send(id, 'The store.'), { code: 'suppressed' });
	await other.carrier.deliver({ from: '+15550104801', to: OURS, text: 'START' });
	await ann.event('opt', ({ conversation, opted_out: out }) => conversation === id && !out);
	await ann.send(id, 'The store again.');
	await other.carrier.expectSubmit({ text: 'The store again.' });

	// Not all that a number sends is of the category: what is marketing, or may be, is held to it.
	const api = await program(other, 'conversations', 'Store');
	const send = (textBody, more = {}) => api('POST', '/api/v2/conversations/messages/agentless',
		{ fromAddress: OURS, toAddress: '+15550104803', toAddressMessengerType: 'sms', textBody, ...more });
	for (const more of [{ category: 'marketing' }, {}])
		assert.equal((await send('Two for one', more)).body.code, 'recipient.opted.out');
	await again({ programmes: [shop({ name: 'store', without_category: 'none' }), plain], numbers: [number(OURS, 'store'), number(PLAIN, 'plain')] });
	await other.metricIs(other.base, 'bindery_scopes_unknown', 2);
	assert.equal((await send('Two for one', { category: 'marketing' })).body.code, 'recipient.opted.out');
	assert.equal((await send('Your parcel is here')).status, 202);
	await other.carrier.deliver({ from: '+15550104803', to: OURS, text: 'START' });
	await other.carrier.expectSubmit({ to: '+15550104803', text: STARTED });
	assert.equal((await send('Two for one', { category: 'marketing' })).status, 202);

	// What the configuration does not know can be taken off the list, by two, and not put there.
	const base = '/api/v2/compliance';
	const about = { number: '+15550104802', reason: 'by letter', reference: 'case 7' };
	const { body: { inForce } } = await kim('GET', `${base}/suppressions?number=%2B15550104802`);
	assert.deepEqual(inForce.map(({ scope }) => scope), ['programme:shop']);
	assert.equal((await kim('POST', `${base}/suppressions`, { ...about, scope: 'programme:shop' })).status, 400);
	assert.match((await kim('POST', `${base}/removals`, { ...about, scope: 'category:shop:marketing', narrowTo: 'programme:store' })).body.message, /narrower/);
	const { body: { id: removal } } = await kim('POST', `${base}/removals`, { ...about, scope: 'programme:shop' });
	assert.equal((await lee('POST', `${base}/removals/${removal}/answer`, { answer: 'approve' })).status, 200);
	assert.deepEqual(await scopes('+15550104802', other), []);

	await again({ programmes: [shop(), plain], numbers: [number(OURS, 'shop'), number(PLAIN, 'shop')] });
	await other.metricIs(other.base, 'bindery_scopes_unknown', 1);
	assert.deepEqual(told(), ['p:plain']);
});

describe('a configuration that would switch a word off, or take one for what it is not', () => {
	for (const [more, pattern] of [
		[{ opt_in: ['stop'] }, /programme "shop": fr\.opt_in: "stop" means something else/],
		[{ opt_in: ['Yes'] }, /"Yes" means something else/],
		[{ help: ['arrêt'] }, /"arrêt" means something else/],
		[{ help: ['Non merci'] }, /fr\.help: "Non merci" means something else .*AMBIGUOUS/],
		[{ opt_out: ['START'] }, /"START" means something else/],
		[{ opt_out: ['!!'] }, /"!!" is no keyword: it has no letters/],
		[{ opt_out: ['a'.repeat(60)] }, /a word has 60 octets, allowed 1..39/],
		[{ language: 'FR' }, /language is "FR", allowed are two letters/],
	])
		it(`is refused: ${JSON.stringify(more).slice(0, 40)}`, async (t) => {
			const other = await World.start(t, { router: false, gateway: false, changes: changes([shop({ languages: [{ language: 'fr', ...more }] }), plain]) });
			const { code, stderr } = await other.command('bindery-router', ['check']);
			assert.equal(code, 1);
			assert.match(stderr, pattern);
		});
});
