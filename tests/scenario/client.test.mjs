// The official client of Genesys Cloud, as it comes from npm, against this router.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { addClient } from './lib/api.mjs';
import { Agent } from './lib/agent.mjs';
import { OURS, PASSWORD, World } from './lib/index.mjs';
import { waitFor } from './lib/wait.mjs';

const require = createRequire(import.meta.url);
const CUSTOMER = '+447700900199';

test('purecloud-platform-client-v2 sets a floor up, sends a message and reads the conversation', async (t) => {
	const world = await World.start(t);
	const { id, secret } = await addClient(world, 'Setup', 'admin,conversations');
	const platform = require('purecloud-platform-client-v2');
	const client = platform.ApiClient.instance;
	client.config.live_reload_config = false;
	client.setGateway({ host: '127.0.0.1', protocol: 'http', port: world.ports.http });
	const token = await client.loginClientCredentialsGrant(id, secret);
	assert.match(token.accessToken, /^[0-9a-f]{64}$/);
	assert.ok(token.tokenExpiryTime > Date.now());

	const users = new platform.UsersApi();
	const routing = new platform.RoutingApi();
	const conversations = new platform.ConversationsApi();

	const made = {};
	for (const name of ['ann', 'bob']) {
		made[name] = await users.postUsers({ name: name.toUpperCase(), email: `${name}@example.com`,
			password: PASSWORD, divisionId: '*' });
		assert.equal(made[name].email, `${name}@example.com`);
	}
	const queue = await routing.postRoutingQueues({ name: 'Returns', description: 'What comes back',
		skillEvaluationMethod: 'BEST', acwSettings: { wrapupPrompt: 'OPTIONAL' },
		mediaSettings: { message: { alertingTimeoutSeconds: 45, serviceLevel: { percentage: 0.8, durationMs: 20000 } } } });
	assert.deepEqual([queue.name, queue.skillEvaluationMethod, queue.mediaSettings.message.alertingTimeoutSeconds],
		['Returns', 'BEST', 45]);
	const skill = await routing.postRoutingSkills({ name: 'French' });
	const refunded = await routing.postRoutingWrapupcodes({ name: 'Refunded' });
	await routing.postRoutingQueueWrapupcodes(queue.id, [{ id: refunded.id }]);
	await routing.postRoutingQueueMembers(queue.id, [{ id: made.ann.id }, { id: made.bob.id }]);
	const members = await routing.getRoutingQueueMembers(queue.id);
	assert.deepEqual(members.entities.map(({ name }) => name), ['ANN', 'BOB']);
	await routing.deleteRoutingQueueMember(queue.id, made.bob.id);
	const proficient = await users.postUserRoutingskills(made.ann.id, { id: skill.id, proficiency: 4 });
	assert.equal(proficient.proficiency, 4);
	await users.putUserRoles(made.bob.id, ['supervisor']);
	const bob = await users.patchUser(made.bob.id, { title: 'Lead', version: (await users.getUser(made.bob.id)).version });
	assert.deepEqual([bob.title, bob.roles], ['Lead', ['supervisor']]);
	const listed = await users.getUsers({ pageSize: 10, sortOrder: 'DESC' });
	assert.deepEqual(listed.entities.map(({ name }) => name), ['BOB', 'ANN']);

	const sent = await conversations.postConversationsMessagesAgentless({ fromAddress: OURS, toAddress: CUSTOMER,
		toAddressMessengerType: 'sms', textBody: 'Your refund is on its way.', useExistingActiveConversation: false });
	assert.equal((await world.carrier.expectSubmit({ to: CUSTOMER })).text, 'Your refund is on its way.');
	const conversation = await conversations.getConversation(sent.conversationId);
	assert.equal(conversation.id, sent.conversationId);
	assert.deepEqual(conversation.participants.map(({ purpose }) => purpose), ['customer', 'acd', 'agent']);
	await waitFor(async () => {
		const { participants } = await conversations.getConversationsMessage(sent.conversationId);
		return participants[1].messages[0].messageStatus === 'sent';
	});

	const contacts = new platform.ExternalContactsApi();
	const ida = await contacts.postExternalcontactsContacts({ firstName: 'Ida', lastName: 'Berg', workEmail: 'ida@example.com',
		cellPhone: { display: '+44 7700 900199', countryCode: 'GB' }, customFields: { tier: 'gold' } });
	assert.equal(ida.cellPhone.e164, CUSTOMER);
	const put = await contacts.putExternalcontactsContact(ida.id, { ...ida, title: 'Buyer' });
	assert.deepEqual([put.title, put.customFields], ['Buyer', { tier: 'gold' }]);
	const found = await contacts.getExternalcontactsContacts({ q: 'ber', pageSize: 10, pageNumber: 1, sortOrder: 'lastName:asc' });
	assert.deepEqual(found.entities.map((one) => one.id), [ida.id]);
	const known = await contacts.getExternalcontactsReversewhitepageslookup(CUSTOMER);
	assert.deepEqual(known.contacts, [await contacts.getExternalcontactsContact(ida.id)]);

	// Who was made so can work.
	const ann = await Agent.start(world.base, made.ann.id, PASSWORD);
	world.agents.push(ann);
	await ann.goOnQueue();
	await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'Merci' });
	assert.equal((await ann.acceptNext(CUSTOMER)).id, sent.conversationId);

	await assert.rejects(routing.getRoutingQueue('nowhere'), ({ status, code }) => status === 404 && code === 'not.found');
	await assert.rejects(conversations.postConversationsMessagesAgentless({ fromAddress: '+15550199',
		toAddress: CUSTOMER, toAddressMessengerType: 'sms', textBody: 'x' }), ({ code }) => code === 'from.address.unknown');
	await contacts.deleteExternalcontactsContact(ida.id);
	await assert.rejects(contacts.getExternalcontactsContact(ida.id), ({ status }) => status === 404);
	await users.deleteUser(made.bob.id);
	await routing.deleteRoutingQueue(queue.id);
	await assert.rejects(users.getUser(made.bob.id), ({ status }) => status === 404);
});
