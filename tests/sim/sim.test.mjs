import assert from 'node:assert/strict';
import { test } from 'node:test';

import { waitFor } from '../scenario/lib/wait.mjs';
import { Handsets } from './handset.mjs';
import { octetsOf, smpp } from './peer.mjs';
import { Smsc } from './smsc.mjs';
import { segmentsOf, textOf, udhElements } from './text.mjs';
import { Web } from './web.mjs';

const OURS = '+15550100';
const CUSTOMER = '+15550199';

async function carrier(t) {
	const smsc = new Smsc({ systemId: 'bindery', password: 'demo' });
	const handsets = new Handsets(smsc);
	const web = new Web({ smsc, handsets, numbers: [OURS] });
	const port = await smsc.listen(0);
	const base = `http://127.0.0.1:${await web.listen(0)}`;
	t.after(() => Promise.all([smsc.close(), web.close()]));
	return { smsc, handsets, port, base };
}

async function gateway(port, answer = () => 0) {
	const session = smpp.connect({ url: `smpp://127.0.0.1:${port}` });
	session.on('error', () => {});
	session.heard = [];
	session.on('deliver_sm', (pdu) => {
		session.heard.push(pdu);
		session.send(pdu.response({ command_status: answer(pdu) }));
	});
	await new Promise((resolve) => session.once('connect', resolve));
	const bound = await new Promise((resolve) =>
		session.bind_transceiver({ system_id: 'bindery', password: 'demo' }, resolve),
	);
	assert.equal(bound.command_status, 0);
	return session;
}

function submit(session, fields) {
	const pdu = { source_addr: '15550100', destination_addr: '15550199', registered_delivery: 1 };
	return new Promise((resolve) => session.submit_sm({ ...pdu, ...fields }, resolve));
}

const post = (base, path, body) =>
	fetch(base + path, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});

test('an escape pair and a surrogate pair are never parted', () => {
	const euros = segmentsOf('€'.repeat(100));
	assert.deepEqual(euros.map(({ short_message }) => short_message.length), [158, 54]);
	const faces = segmentsOf('😀'.repeat(60), { bits: 16 });
	assert.deepEqual(faces.map(({ short_message }) => short_message.length), [139, 115]);
	assert.equal(
		faces.map(({ short_message }) => textOf(short_message.subarray(7), 8)).join(''),
		'😀'.repeat(60),
	);
});

test('every character of the default alphabet survives the way there and back', () => {
	for (let code = 0; code < 128; code++) {
		if (code === 0x1b) continue;
		const text = textOf(Buffer.from([code]), 0);
		assert.equal([...text].length, 1);
		assert.deepEqual([...segmentsOf(text)[0].short_message], [code]);
	}
});

test('a long text leaves the phone in segments, and each is answered', async (t) => {
	const { handsets, port } = await carrier(t);
	const session = await gateway(port);
	const bubble = handsets.send(CUSTOMER, OURS, 'x'.repeat(200));
	await waitFor(() => bubble.state === 'sent');
	assert.equal(session.heard.length, 2);
	assert.deepEqual(udhElements(octetsOf(session.heard[1]).subarray(0, 6)), [
		{ id: 0, data: Buffer.from([1, 2, 2]) },
	]);
	session.close();
});

test('what the gateway does not take is kept and tried again', async (t) => {
	const { handsets, port } = await carrier(t);
	let full = true;
	const session = await gateway(port, () => (full ? smpp.ESME_RX_T_APPN : 0));
	const bubble = handsets.send(CUSTOMER, OURS, 'Hello');
	await waitFor(() => bubble.state === 'waiting');
	assert.equal(bubble.segments[0].status, 'ESME_RX_T_APPN');
	full = false;
	await waitFor(() => bubble.state === 'sent');
	session.close();
});

test('what is sent while no link is up goes when one is', async (t) => {
	const { handsets, port } = await carrier(t);
	const bubble = handsets.send(CUSTOMER, OURS, 'Hello');
	await waitFor(() => bubble.segments[0].status === 'no bind');
	const session = await gateway(port);
	await waitFor(() => bubble.state === 'sent');
	session.close();
});

test('segments of a reply are joined whatever their order, and receipts come back', async (t) => {
	const { handsets, port } = await carrier(t);
	const session = await gateway(port);
	const segments = segmentsOf('Ünïcödé ✓ '.repeat(12), { reference: 7 });
	assert.equal(segments.length, 2);
	const answers = [];
	for (const fields of segments.reverse()) answers.push(await submit(session, fields));
	const [bubble] = handsets.list();
	assert.equal(bubble.text, 'Ünïcödé ✓ '.repeat(12));
	assert.equal(bubble.state, 'received');
	await waitFor(() => session.heard.length === 2);
	assert.deepEqual(
		session.heard.map((pdu) => [pdu.esm_class, pdu.receipted_message_id, pdu.message_state]),
		answers.map(({ message_id }) => [4, message_id, 2]),
	);
	session.close();
});

test('troubles: a throttled submit, failed receipts, a receipt before its answer', async (t) => {
	const { base, port } = await carrier(t);
	const session = await gateway(port);
	const body = segmentsOf('Hi')[0];

	await post(base, '/trouble', { throttleEvery: 1 });
	assert.equal((await submit(session, body)).command_status, smpp.ESME_RTHROTTLED);

	await post(base, '/trouble', { throttleEvery: 0, receipts: 'failed', receiptFirst: true });
	let answered = false;
	const answer = submit(session, body).then(() => (answered = true));
	await waitFor(() => session.heard.length === 1);
	assert.equal(answered, false);
	assert.equal(session.heard[0].message_state, 5);
	await answer;
	session.close();
});

test('the page is served, sends a text and tells what became of it', async (t) => {
	const { base, port } = await carrier(t);
	const session = await gateway(port);
	for (const path of ['/', '/page.css', '/page.js'])
		assert.equal((await fetch(base + path)).status, 200);
	assert.equal((await post(base, '/send', { customer: CUSTOMER, ours: OURS, text: 'Hi' })).status, 202);
	await waitFor(async () => {
		const { bubbles, carrier: link } = await (await fetch(`${base}/state`)).json();
		return link.binds === 1 && bubbles[0]?.state === 'sent';
	});
	session.close();
});

test('the page is told how many were submitted', async (t) => {
	const { base, port } = await carrier(t);
	const session = await gateway(port);
	const events = await fetch(`${base}/events`);
	let told = '';
	const reading = (async () => {
		for await (const piece of events.body.pipeThrough(new TextDecoderStream())) told += piece;
	})();
	t.after(() => reading); // which ends with the page's server
	// Of the bind first, so that what is told next is told because of the submit.
	await submit(session, segmentsOf('Hi')[0]);
	await waitFor(() => /event: carrier\ndata: .*"submits":1/.test(told), { what: () => told });
	await submit(session, segmentsOf('Hi')[0]);
	await waitFor(() => /event: carrier\ndata: .*"submits":2/.test(told), { what: () => told });
	session.close();
});

test('the page refuses a number that is not ours and a body that is not JSON', async (t) => {
	const { base } = await carrier(t);
	const wrong = await post(base, '/send', { customer: CUSTOMER, ours: '+1', text: 'Hi' });
	assert.equal(wrong.status, 400);
	assert.equal((await fetch(`${base}/send`, { method: 'POST', body: '{}' })).status, 400);
});
