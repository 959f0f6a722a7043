// A second SMSC that nobody here wrote: Perl's Net::SMPP. It binds us, gives us texts and receipts,
// and reads what we send by its own lights.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Inbox, OURS, World } from './lib/index.mjs';
import { heard, submitted } from './lib/record.mjs';

const SCRIPT = fileURLToPath(new URL('./lib/smsc.pl', import.meta.url));
const CUSTOMER = '+15550199';
const DELIVERED = '02';

class Peer {
	static async start(t, password = 'secret') {
		const peer = new Peer();
		peer.lines = new Inbox('Net::SMPP');
		peer.errors = '';
		peer.child = spawn('perl', [SCRIPT, password], { stdio: ['pipe', 'pipe', 'pipe'] });
		peer.child.stderr.on('data', (chunk) => (peer.errors += chunk));
		createInterface({ input: peer.child.stdout }).on('line', (line) =>
			peer.lines.push(JSON.parse(line)),
		);
		t.after(() => peer.child.kill());
		({ port: peer.port } = await peer.lines.take(({ port }) => port));
		return peer;
	}

	hears(what, fits = () => true) {
		return this.lines.take((line) => line.heard === what && fits(line), {
			what: `Net::SMPP hears ${what}; it said: ${this.errors}`,
		});
	}

	// Sends a request; resolves to the answer's { command, status }.
	async say(say, fields = {}) {
		this.child.stdin.write(`${JSON.stringify({ say, fields })}\n`);
		const { seq } = await this.lines.take(({ said }) => said === say);
		return this.hears('answer', (line) => line.seq === seq);
	}

	deliver(fields) {
		return this.say('deliver', {
			source_addr_ton: 1,
			source_addr_npi: 1,
			dest_addr_ton: 1,
			dest_addr_npi: 1,
			source_addr: CUSTOMER.slice(1),
			destination_addr: OURS.slice(1),
			...fields,
		});
	}
}

function hex(text) {
	return Buffer.from(text, 'latin1').toString('hex');
}

function carrier(name, peer, settings = {}) {
	return {
		name,
		hosts: [{ host: '127.0.0.1', port: peer.port }],
		system_id: 'bindery',
		password: 'secret',
		backoff_min_ms: 10,
		backoff_max_ms: 50,
		...settings,
	};
}

test('a conversation runs over Net::SMPP, with its receipt', async (t) => {
	const peer = await Peer.start(t);
	const world = await World.start(t, { changes: { carriers: [carrier('acme', peer)] } });
	const bind = await peer.hears('bind');
	assert.deepEqual(bind, {
		heard: 'bind', kind: 'transceiver', status: 0, system_id: 'bindery', version: 0x34,
	});

	const ann = await world.agent('ann');
	await ann.goOnQueue();
	const taken = await peer.deliver({ short_message: hex('Is it ready?') });
	assert.deepEqual([taken.command, taken.status], ['deliver_sm_resp', 0]);
	const conversation = await ann.acceptNext(CUSTOMER);
	assert.equal((await ann.thread(conversation.id))[0].text, 'Is it ready?');

	const answer = await ann.send(conversation.id, 'It is.');
	const submit = await peer.hears('submit');
	assert.equal(submit.body, hex('It is.'));
	assert.equal(submit.destination_addr, CUSTOMER.slice(1));
	assert.equal(submit.source_addr, OURS.slice(1));
	assert.equal(submit.registered_delivery, 1);
	await ann.state(answer.id, 'sent');
	await peer.deliver({
		esm_class: 4,
		short_message: hex(`id:${submit.id} sub:001 dlvrd:001 submit date:2601011200 ` +
			'done date:2601011201 stat:DELIVRD err:000 text:It is.'),
	});
	await ann.state(answer.id, 'delivered');

	const second = await ann.send(conversation.id, 'Bring a bag.');
	const { id } = await peer.hears('submit');
	await peer.deliver({
		esm_class: 4,
		short_message: '',
		receipted_message_id: `${hex(id)}00`,
		message_state: DELIVERED,
	});
	await ann.state(second.id, 'delivered');
});

test('Net::SMPP binds a transmitter and a receiver, each for its half', async (t) => {
	const peers = { tx: await Peer.start(t), rx: await Peer.start(t) };
	const world = await World.start(t, {
		router: 'gone',
		changes: {
			carriers: [
				carrier('acme', peers.tx, { bind_type: 'transmitter' }),
				carrier('rx', peers.rx, { bind_type: 'receiver' }),
			],
		},
	});
	assert.equal((await peers.tx.hears('bind')).kind, 'transmitter');
	assert.equal((await peers.rx.hears('bind')).kind, 'receiver');

	assert.equal((await peers.rx.deliver({ short_message: hex('In') })).status, 0);
	assert.equal((await peers.tx.deliver({ short_message: hex('In') })).status, 0x04);
	const byData = await peers.rx.say('data', {
		source_addr_ton: 1, source_addr_npi: 1, source_addr: CUSTOMER.slice(1),
		dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: OURS.slice(1),
		message_payload: hex('By data_sm'),
	});
	assert.deepEqual([byData.command, byData.status], ['data_sm_resp', 0]);
	const bodies = (await heard(world.redis, 'mo')).map(({ record }) => record.body.toString());
	assert.deepEqual(bodies, ['In', 'By data_sm']);

	const text = 'A'.repeat(161);
	await submitted(world.redis, { carrier: 'acme', id: 'm1', to: CUSTOMER, text, reference: 7 });
	const parts = [await peers.tx.hears('submit'), await peers.tx.hears('submit')];
	assert.deepEqual(
		parts.map(({ esm_class: esm, body }) => [esm, body]),
		[
			[0x40, `050003070201${hex('A'.repeat(153))}`],
			[0x40, `050003070202${hex('A'.repeat(8))}`],
		],
	);
});

test('Net::SMPP enquires and unbinds, and is bound to again', async (t) => {
	const peer = await Peer.start(t);
	const settings = { router: false, changes: { carriers: [carrier('acme', peer)] } };
	const world = await World.start(t, settings);
	await peer.hears('bind');
	const alive = await peer.say('enquire');
	assert.deepEqual([alive.command, alive.status], ['enquire_link_resp', 0]);
	const gone = await peer.say('unbind');
	assert.deepEqual([gone.command, gone.status], ['unbind_resp', 0]);
	await peer.hears('closed');
	assert.equal((await peer.hears('bind')).status, 0);

	assert.equal(await world.gateway.stop(), 0);
	await peer.hears('unbind');
});

test('a password that Net::SMPP refuses is tried again, and no message is sent', async (t) => {
	const peer = await Peer.start(t, 'another');
	const world = await World.start(t, {
		router: false,
		gateway: false,
		changes: { carriers: [carrier('acme', peer)] },
	});
	await world.startGateway({ ready: false });
	assert.equal((await peer.hears('bind')).status, 0x0e);
	assert.equal((await peer.hears('bind')).status, 0x0e);
	assert.equal(peer.lines.all.some(({ heard: what }) => what === 'submit'), false);
});
