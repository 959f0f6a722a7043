// What carriers really send, over a socket: every case of tests/corpus/tolerance.txt against the
// gateway, in one piece and octet by octet. What comes back is compared octet by octet, no counter
// moves but those that the case names, and no bind is lost that is to be kept.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { waitFor } from './lib/index.mjs';
import { RawPeers } from './lib/peers.mjs';
import { cut, pdu } from './lib/raw.mjs';
import { heard, submitted } from './lib/record.mjs';
import { octetsOf, readTable } from './lib/tolerance.mjs';

const SUBMIT_SM_RESP = 0x80000004;

const COUNTERS = {
	odd: 'bindery_pdus_odd_total',
	refused: 'bindery_pdus_refused_total',
	broken: 'bindery_links_broken_total',
	unexpected: 'bindery_session_unexpected_total',
	unmatched: 'bindery_answers_unmatched_total',
	late: 'bindery_answers_late_total',
	mo: 'bindery_mo_total',
	receipts: 'bindery_receipts_total',
	kept: 'bindery_mo_kept_total',
	left: 'bindery_mo_refused_total',
	bad_address: 'bindery_mo_bad_address_total',
	fallen: 'bindery_bind_failures_total',
};

// Binds that end, by what becomes of the session.
const FALLEN = { kept: 0, closed: 1, bound: 0, refused: 1, waiting: 0 };

const CARRIERS = {
	acme: {},
	transmitter: { bind_type: 'transmitter' },
	receiver: { bind_type: 'receiver' },
	quick: { enquire_link_s: 1 },
};

const cases = readTable();

function hexes(octets) {
	return cut(octets).whole.map((each) => each.toString('hex')).sort();
}

describe('what carriers really send', () => {
	const peers = RawPeers.forTests(CARRIERS, { common: { read_timeout_s: 4 } });
	const { smscs } = peers;
	let made = 0;


	async function counts(carrier) {
		const text = await (await fetch(`${peers.world.gatewayBase}/metrics`)).text();
		const found = {};
		for (const [name, metric] of Object.entries(COUNTERS)) {
			const line = text.match(new RegExp(`^${metric}\\{carrier="${carrier}"\\} (\\d+)$`, 'm'));
			found[name] = Number(line[1]);
		}
		return found;
	}

	// Waits until just those counters have moved that the case says.
	async function counted(play, earlier) {
		const expected = { ...earlier };
		expected.fallen += FALLEN[play.session];
		for (const word of play.count?.split(' ') ?? []) {
			const [name, by] = word.split('=');
			expected[name] += Number(by);
		}
		let now;
		const same = async () => {
			now = await counts(play.carrier);
			return Object.keys(now).every((name) => now[name] === expected[name]);
		};
		await waitFor(same).catch(() => assert.deepEqual(now, expected));
	}

	// Brings the gateway to the point where it waits for an answer: { link, sequence }.
	async function takeOff(play, to) {
		const smsc = smscs[play.carrier];
		if (play.flight === 'bind') {
			const old = smsc.link;
			smsc.answersBinds = false;
			old.socket.destroy();
			await waitFor(() => smsc.link !== old && smsc.link?.bind, { what: 'the next bind' });
			return { link: smsc.link, sequence: smsc.link.bindSequence };
		}
		const link = await smsc.bound();
		if (play.flight === 'submit') {
			await submitted(peers.world.redis, { carrier: play.carrier, id: `m${made}`, to: `+${to}` });
			return smsc.submit(to);
		}
		if (play.flight === 'enquire') {
			smsc.answersEnquiries = false;
			await waitFor(() => link.enquiries.length, { what: 'an enquire_link of the gateway' });
			return { link, sequence: link.enquiries[0] };
		}
		return { link, sequence: 0 };
	}

	// What came back, once there is no more to come.
	async function comesBack(play, link, expected) {
		await waitFor(() => link.answers.length >= expected.length || !link.open);
		if (['closed', 'refused'].includes(play.session))
			await waitFor(() => !link.open, { what: 'the gateway closes the link' });
		else await link.barrier();
		return link.answers.map((each) => each.toString('hex')).sort();
	}

	async function checkMessage(play) {
		const entries = [...(await heard(peers.world.redis, 'mo')), ...(await heard(peers.world.redis, 'dr'))];
		if (!play.mo) {
			assert.deepEqual(entries, []);
			return;
		}
		assert.equal(entries.length, 1);
		const [{ kind, record }] = entries;
		const hex = (value) => value.toString(16).toUpperCase().padStart(2, '0');
		assert.equal(kind, play.count.includes('receipts=') ? 'dr' : 'mo');
		assert.equal(
			`from=${record.customer} to=${record.ours} esm=${hex(record.esmClass)} dc=${hex(record.dataCoding)}`,
			play.mo,
		);
		assert.ok(record.body.equals(octetsOf(play.body)), `body is ${record.body.toString('hex')}`);
	}

	// The submit's results so far, as the table writes them.
	async function results(id, seen) {
		for (const { record } of await heard(peers.world.redis, 'rs')) if (record.id === id) seen.push(record);
		return seen.map(({ outcome, status, smscId }) =>
			outcome === 'sent'
				? `sent ${smscId || '-'}`
				: outcome === 'failed'
					? `failed 0x${status.toString(16).toUpperCase().padStart(8, '0')}`
					: outcome,
		);
	}

	// What became of the submit; then it is brought to its end.
	async function checkOutcome(play, submit, id) {
		const smsc = smscs[play.carrier];
		const seen = [];
		const settled = (n) => waitFor(async () => (await results(id, seen)).length >= n);
		if (/^(sent|failed) /.test(play.outcome)) {
			await settled(1);
			assert.deepEqual(await results(id, seen), [play.outcome]);
			return;
		}
		const later = play.outcome === 'waiting' ? submit : await smsc.submit(submit.to);
		const before = play.outcome === 'resent' ? ['resent'] : [];
		assert.deepEqual(await results(id, seen), before);
		later.link.write(pdu(SUBMIT_SM_RESP, 0, later.sequence, '656e6400'));
		await settled(before.length + 1);
		assert.deepEqual(await results(id, seen), [...before, 'sent end']);
	}

	async function playOnce(play, send) {
		const smsc = smscs[play.carrier];
		made += 1;
		const id = `m${made}`;
		const to = String(15559000000 + made);
		const flight = await takeOff(play, to);
		const { link, sequence } = flight;
		if (play.flight !== 'bind') await link.barrier();
		link.answers = [];
		const earlier = await counts(play.carrier);
		const expected = hexes(octetsOf(play.answer, sequence));
		await send(link, octetsOf(play.in, sequence));
		assert.deepEqual(await comesBack(play, link, expected), expected);
		await counted(play, earlier);
		await checkMessage(play);
		if (play.flight === 'submit') await checkOutcome(play, flight, id);
		smsc.answersEnquiries = true;
		link.enquiries = [];
		smsc.answersBinds = true;
		if (play.session === 'waiting') link.answerBind();
		if (play.session === 'bound') link.bound = true;
		if (link.open) assert.equal(await smsc.bound(), link);
		await (await smsc.bound()).barrier();
	}

	for (const play of cases) {
		test(play.name.replaceAll('_', ' '), { timeout: 180_000 }, async () => {
			await playOnce(play, (link, octets) => link.write(octets));
			// A header with a bad length is not waited for, silence is long, and so are enquiries.
			if (/bad_length|half/.test(play.decode) || play.flight === 'enquire') return;
			await playOnce(play, (link, octets) => link.drip(octets));
		});
	}

	test('there are enough of them, and no two of one name', () => {
		assert.ok(cases.length >= 80, `there are ${cases.length}`);
		assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
	});
});
