// Messages that are to be delivered later: they wait with us or with the carrier, and an opt-out ends them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { program } from './lib/api.mjs';
import { OURS, waitFor, World } from './lib/index.mjs';

const PATH = '/api/v2/conversations/messages/agentless';
const MINUTE = 60_000;
const CUSTOMER = '+447700900199';
const message = (more = {}) => ({
	fromAddress: OURS, toAddress: CUSTOMER, toAddressMessengerType: 'sms', textBody: 'Tomorrow at nine.', ...more,
});
const accepted = ({ status, body }) => {
	assert.equal(status, 202, JSON.stringify(body));
	return body;
};
const two = (number) => String(number).padStart(2, '0');
// SMPP 3.4 §7.1.1
const absolute = (ms) => {
	const at = new Date(ms + 2 * 3_600_000); // two hours east
	return `${two(at.getUTCFullYear() % 100)}${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}` +
		`${two(at.getUTCHours())}${two(at.getUTCMinutes())}${two(at.getUTCSeconds())}008+`;
};
const relative = (seconds) =>
	`000000${two(Math.floor(seconds / 3600))}${two(Math.floor((seconds / 60) % 60))}${two(seconds % 60)}000R`;

async function start(t, carrier = {}) {
	const world = await World.start(t, {
		changes: (made) => ({
			carriers: [
				{ name: 'acme', hosts: [{ host: '127.0.0.1', port: made.carrier.port }], system_id: made.carrier.systemId,
					password: made.carrier.password, cancel: true, ...carrier },
			],
		}),
	});
	const shop = await program(world, 'conversations');
	const statusOf = async ({ conversationId, id }) => {
		const { body } = await shop('GET', `/api/v2/conversations/${conversationId}/messages`);
		return body.entities.find((each) => each.id === id);
	};
	return { world, shop, statusOf };
}

test('it waits here until its minute, over a kill of both, and nothing else waits for it; a STOP ends it at once', async (t) => {
	const { world, shop, statusOf } = await start(t);
	const at = (Math.floor((Date.now() + 30_000) / MINUTE) + 1) * MINUTE; // the next minute, unless that is at once
	const sent = {};
	world.carrier.on('submit', (submit) => {
		if (submit.text === message().textBody) sent[submit.destination] = { at: Date.now(), pdu: submit.pdu };
	});
	const iso = accepted(await shop('POST', PATH, message({ scheduleDeliveryTime: new Date(at).toISOString() })));
	assert.equal(Date.parse(iso.scheduleDeliveryTime), at);
	const smpp = accepted(
		await shop('POST', PATH, message({ toAddress: '+447700900198', scheduleDeliveryTime: absolute(at) })),
	);
	assert.equal(Date.parse(smpp.scheduleDeliveryTime), at);
	const stopped = accepted(
		await shop('POST', PATH, message({ toAddress: '+447700900197', scheduleDeliveryTime: relative(3600) })),
	);
	assert.ok(Math.abs(Date.parse(stopped.scheduleDeliveryTime) - Date.now() - 3_600_000) <= 2 * MINUTE);
	assert.equal((await statusOf(iso)).scheduleDeliveryTime, iso.scheduleDeliveryTime);
	assert.equal((await statusOf(iso)).deliveryState, 'queued');
	accepted(await shop('POST', PATH, message({ textBody: 'At once.' })));
	assert.equal((await world.carrier.expectSubmit({ to: CUSTOMER })).text, 'At once.');
	await world.carrier.deliver({ from: '+447700900197', to: OURS, text: 'STOP' });
	await world.carrier.expectSubmit({ to: '+447700900197' });
	await waitFor(async () => (await statusOf(stopped)).deliveryState === 'suppressed', { what: 'the STOP ends it' });
	await world.gateway.kill();
	await world.router.kill();
	await Promise.all([world.startGateway(), world.startRouter()]);
	const ready = Date.now();
	await waitFor(() => Object.keys(sent).length === 2, { timeout: 150_000, what: () => `both are sent; ${Object.keys(sent)} are` });
	for (const { at: when, pdu } of Object.values(sent)) {
		assert.ok(when >= at, `${at - when} ms early`);
		assert.ok(when < Math.max(at, ready) + 20_000, `${when - at} ms late`);
		assert.equal(pdu.schedule_delivery_time, '');
	}
	assert.ok(!('447700900197' in sent));
});

for (const form of ['relative', 'absolute'])
	test(`a carrier is told in ${form} form, and asked to cancel by a STOP`, async (t) => {
		const { world, shop, statusOf } = await start(t, { schedule_delivery_time: form, validity_period: form });
		const asked = [];
		world.carrier.onRequest = (pdu) => {
			asked.push(pdu);
			return {};
		};
		const at = (Math.floor(Date.now() / MINUTE) + 120) * MINUTE;
		const text = 'Long '.repeat(50);
		const sent = accepted(
			await shop('POST', PATH, message({ textBody: text, scheduleDeliveryTime: new Date(at).toISOString() })),
		);
		const { parts } = await world.carrier.expectMessage({ to: CUSTOMER });
		assert.equal(parts.length, 2);
		for (const { pdu } of parts) {
			const off = pdu.schedule_delivery_time.getTime() - at;
			assert.ok(form === 'absolute' ? off === 0 : off >= 0 && off < 10_000, `${off} ms off`);
			assert.ok(pdu.validity_period.getTime() >= at + 86_400_000 - 10_000, 'valid for a day from then');
		}
		await waitFor(async () => (await statusOf(sent)).deliveryState === 'sent');
		const partition = (await world.redis.keys(`{c*}:msg:${sent.id}`))[0].split(':')[0];
		const ttl = await world.redis.call('PTTL', `${partition}:sent:${CUSTOMER}`);
		assert.ok(ttl > 259_200_000 + 115 * MINUTE, `it may be cancelled for ${ttl} ms`);
		const [named] = await world.redis.keys(`{d*}:id:acme:${parts[0].messageId.replace(/^0+/, '')}`);
		const known = await world.redis.call('PTTL', named);
		assert.ok(known > 259_200_000 + 115 * MINUTE, `its id is known for ${known} ms`);
		const overdue = Number(await world.redis.call('ZSCORE', `${partition}:overdue`, sent.id));
		assert.ok(overdue >= at + 172_800_000, 'its receipt is due two days from then');
		await world.carrier.deliver({ from: CUSTOMER, to: OURS, text: 'STOP' });
		await waitFor(() => asked.length === 2, { what: 'cancel_sm of both' });
		assert.deepEqual(asked.map(({ command }) => command), ['cancel_sm', 'cancel_sm']);
		assert.deepEqual(asked.map(({ message_id }) => message_id).sort(), parts.map(({ messageId }) => messageId).sort());
	});

test('a receipt of what waited with the carrier makes the tick', async (t) => {
	const { world, shop, statusOf } = await start(t, { schedule_delivery_time: 'relative' });
	const sent = accepted(await shop('POST', PATH, message({ scheduleDeliveryTime: relative(7200) })));
	const submit = await world.carrier.expectSubmit({ to: CUSTOMER });
	await submit.receipt({ state: 'ENROUTE' });
	await submit.receipt();
	await waitFor(async () => (await statusOf(sent)).deliveryState === 'delivered');
});

test('a time that will not do is refused; one that is over is known by its key', async (t) => {
	const { world, shop } = await start(t);
	for (const [scheduleDeliveryTime, code] of [
		['', 'bad.request'],
		[7, 'bad.request'],
		['tomorrow', 'schedule.invalid'],
		['2026-13-40T99:00:00Z', 'schedule.invalid'],
		[new Date(Date.now() - 2 * MINUTE).toISOString(), 'schedule.invalid'],
		[new Date(Date.now() + 32 * 1440 * MINUTE).toISOString(), 'schedule.invalid'],
		['18446744073709551615', 'schedule.invalid'],
		['000200000000000R', 'schedule.invalid'],
		['000200000000000R'.padEnd(60, 'x'), 'schedule.invalid'],
		['990101000000000+', 'schedule.invalid'],
	]) {
		const { status, body } = await shop('POST', PATH, message({ scheduleDeliveryTime }));
		assert.deepEqual([status, body.code], [400, code], `${scheduleDeliveryTime}`);
	}
	const key = { 'idempotency-key': 'nine' };
	const over = message({ scheduleDeliveryTime: new Date(Date.now() - 5 * MINUTE).toISOString() });
	for (let i = 0; i < 2; i++) assert.equal((await shop('POST', PATH, over, key)).body.code, 'schedule.invalid');
	const soon = message({ scheduleDeliveryTime: new Date(Date.now() + 5 * MINUTE).toISOString() });
	const first = accepted(await shop('POST', PATH, soon, key));
	assert.deepEqual(accepted(await shop('POST', PATH, soon, key)), first);
	assert.equal((await shop('POST', PATH, message(), key)).body.code, 'idempotency.key.reused');
	accepted(await shop('POST', PATH, message({ scheduleDeliveryTime: new Date().toISOString() })));
	assert.equal((await world.carrier.expectSubmit({ to: CUSTOMER })).text, 'Tomorrow at nine.');
});
