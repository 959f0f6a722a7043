// What an agent is shown of a customer: by number, as bindery.conf has it, and told when it changes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { person } from './lib/api.mjs';
import { OURS, World } from './lib/index.mjs';

const PATH = '/api/v2/externalcontacts/contacts';
const CUSTOMER = '+15550222';

async function begin(t, changes) {
	const world = await World.start(t, { ...(changes && { changes: () => changes }) });
	const lead = await person(world, 'supervisor');
	const ann = await world.agent('ann');
	return { world, lead, ann };
}

const make = async (lead, fields, e164 = CUSTOMER) => {
	const { status, body } = await lead('POST', PATH, { cellPhone: { e164 }, ...fields });
	assert.equal(status, 200, JSON.stringify(body));
	return body;
};
const asked = async (ann, customer = CUSTOMER) => (await ann.request('customer', { customer })).customer;

test('everything that is known is shown, with a label, where nothing is configured', async (t) => {
	const { lead, ann } = await begin(t);
	assert.equal(await asked(ann), null);
	const { id } = await make(lead, {
		firstName: 'Ida', lastName: 'Berg', title: 'Buyer', externalSystemUrl: 'https://crm.example/ida',
		customFields: { tier: 'gold', account: 'A-7' },
	});
	const found = await asked(ann, '001 555 0222');
	assert.deepEqual([found.id, found.name], [id, 'Ida Berg']);
	assert.deepEqual(found.facts, [
		{ field: 'firstName', value: 'Ida' },
		{ field: 'lastName', value: 'Berg' },
		{ field: 'title', label: 'Title', value: 'Buyer' },
		{ field: 'externalSystemUrl', label: 'Page', link: 'https://crm.example/ida' },
		{ field: 'account', label: 'account', value: 'A-7' },
		{ field: 'tier', label: 'tier', value: 'gold' },
	]);
	await assert.rejects(asked(ann, 'Ida'), { code: 'bad_number' });
});

test('what is configured is shown in its order, links with what they need, the rest for placeholders', async (t) => {
	const { lead, ann } = await begin(t, {
		screen_pop: [
			{ label: 'Level', field: 'tier' },
			{ label: 'CRM', link: 'https://crm.example/?p={{customer.number}}&n={{customer.name}}&x={{customer.none}}{{y' },
			{ label: 'Role', field: 'title' },
			{ label: 'Town', field: 'address.city' },
			{ label: 'Number again', field: 'unique' },
		],
	});
	await make(lead, { firstName: 'Ída', lastName: 'B&rg', title: 'Buyer', customFields: { tier: 'gold' } });
	const { facts } = await asked(ann);
	assert.deepEqual(facts, [
		{ field: 'tier', label: 'Level', value: 'gold' },
		{ field: '', label: 'CRM', link: 'https://crm.example/?p=%2B15550222&n=%C3%8Dda%20B%26rg&x={{y' },
		{ field: 'title', label: 'Role', value: 'Buyer' },
		{ field: 'firstName', value: 'Ída' },
		{ field: 'lastName', value: 'B&rg' },
	]);
});

test('an agent who has the conversation hears of every change, and others do not', async (t) => {
	const { world, lead, ann } = await begin(t);
	const bob = await world.agent('bob');
	const frames = { ann: [], bob: [] };
	for (const agent of [ann, bob]) agent.onEvent = (frame) => frames[agent.name].push(frame);
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	const changed = () => ann.event('customer_changed', ({ conversation }) => conversation === id);
	const made = await make(lead, { lastName: 'Berg' });
	await changed();
	assert.equal((await asked(ann)).name, 'Berg');
	await lead('PUT', made.selfUri, { cellPhone: made.cellPhone, lastName: 'Zorn' });
	await changed();
	assert.equal((await asked(ann)).name, 'Zorn');
	assert.equal((await lead('DELETE', made.selfUri)).status, 204);
	await changed();
	assert.equal(await asked(ann), null);
	assert.ok(!frames.bob.some(({ type }) => type === 'customer_changed'));
	// No event has what is known of them: it goes when they go.
	assert.equal(frames.ann.filter(({ type }) => type === 'customer_changed').length, 3);
	assert.ok(!JSON.stringify(frames.ann).match(/Berg|Zorn/));
});

test('a router that begins again tells what was changed while it was away', async (t) => {
	const { world, lead, ann } = await begin(t);
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Hello?' });
	const { id } = await ann.acceptNext(CUSTOMER);
	await make(lead, { lastName: 'Berg' });
	await ann.event('customer_changed', ({ conversation }) => conversation === id);
	await world.router.kill();
	const key = (await world.redis.keys('{c*}:customer:names'))[0];
	const tag = key.slice(0, key.indexOf('}') + 1);
	const [, customer] = await world.redis.call('HGETALL', key);
	await world.redis.call('FCALL', 'entity_put', 1, tag, 'kind', 'customer', 'id', customer, 'by', 'x', 'now', Date.now(),
		'version', '', 'unique', CUSTOMER, 'sort', 'a', 'words', 'a', 'f:lastName', 'Zorn');
	await world.startRouter();
	await ann.connect();
	await ann.event('customer_changed', ({ conversation }) => conversation === id);
	assert.equal((await asked(ann)).name, 'Zorn');
});
