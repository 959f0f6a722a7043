// What compliance takes out of the house: lists as CSV and the ledger, in pieces, at the pace of who reads.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { person, program } from './lib/api.mjs';
import { readCsv } from './lib/csv.mjs';
import { OURS, PASSWORD, signIn, waitFor, World } from './lib/index.mjs';
import { isSigned, readExport } from './lib/ledger.mjs';
import { ledgerIn } from './lib/world.mjs';

const BASE = '/api/v2/compliance';

let world;
let kim;
let lee;
let cookie;
before(async () => {
	world = await World.start(null, { changes: (w) => ({ ledger: ledgerIn(w.folder, { head_interval_s: 1 }) }) });
	kim = await person(world, 'compliance', 'kim');
	lee = await person(world, 'compliance', 'lee');
	({ cookie } = await signIn(world.base, 'kim', PASSWORD));
});
after(() => world.finish());

const add = (number, more = {}) => kim('POST', `${BASE}/suppressions`, { number, reason: 'called us', ...more });
const take = async (list, query = '') => {
	const answer = await kim('GET', `${BASE}/exports/${list}?${query}`);
	assert.equal(answer.status, 200, JSON.stringify(answer.body));
	return { rows: readCsv(answer.body), headers: answer.headers };
};
// The last of them once it is over, and those before it.
const audits = (list) => waitFor(async () => {
	const { body } = await kim('GET', `/api/v2/audits?kind=export&id=${list}`);
	const all = body.entities.map(({ user, action, propertyChanges }) => ({
		who: user.id, action, ...Object.fromEntries(propertyChanges.map(({ property, newValues }) => [property, newValues[0]])),
	}));
	return all[0].state !== 'begun' && all;
}, { what: `the end of the export of ${list} is in the audit` });

// `count` sends that were blocked, in every partition, as the function writes them.
async function blocked(count) {
	for (let done = 0; done < count; done += 1000) {
		await world.redis.call('EVAL', `
			for i = 1, tonumber(ARGV[1]) do
				local tag = '{c' .. (i % 16) .. '}'
				redis.call('XADD', tag .. ':blocked', '*', 'e', 'blocked', 'where', 'accept', 'customer', '+1555020' .. (ARGV[2] + i),
					'ours', '${OURS}', 'by', string.rep('x', 400), 'scope', 'all', 'entry', 'staff 1-0', 'at', ARGV[3])
			end`, '0', String(Math.min(1000, count - done)), String(1000 + done), String(Date.now()));
	}
}

// A request of our own making, whose answer is read by hand.
function ask(path, { version = '1.1', more = '' } = {}) {
	const socket = connect(world.ports.http, '127.0.0.1');
	socket.write(`GET ${path} HTTP/${version}\r\nHost: 127.0.0.1:${world.ports.http}\r\nCookie: ${cookie}\r\n${more}\r\n`);
	return socket;
}
const whole = async (socket) => {
	let text = '';
	for await (const piece of socket) text += piece.toString('latin1');
	return text;
};
const metric = (name) => world.metric(world.base, `bindery_door_${name}`);

describe('a list as a file', () => {
	it('has of consent what the search finds, the newest first', async () => {
		for (let i = 0; i < 30; i++) assert.equal((await add(`+155501001${10 + i}`, { reason: i === 3 ? '=HYPERLINK("http://x")' : `reason, "${i}"` })).status, 201);
		await add('+15550100150', { scope: 'programme:shop' });
		const { rows, headers } = await take('consent');
		assert.match(headers.get('content-type'), /^text\/csv; charset=utf-8/);
		assert.match(headers.get('content-disposition'), /^attachment; filename="bindery-consent-\d{8}T\d{6}Z\.csv"$/);
		assert.equal(rows.length, 31);
		const times = rows.map(({ dateEffective }) => dateEffective);
		assert.deepEqual(times, [...times].sort().reverse());
		assert.deepEqual([rows[0].number, rows[0].scope, rows[0].by, rows[0].what, rows[0].inForce],
			["'+15550100150", 'programme:shop', 'kim', 'revoke', 'yes']);
		assert.equal(rows.find(({ number }) => number.endsWith('+15550100113')).note, '\'=HYPERLINK("http://x")');
		assert.equal(rows.find(({ number }) => number.endsWith('+15550100112')).note, 'reason, "2"');
		const found = await kim('GET', `${BASE}/suppressions?pageSize=100`);
		assert.deepEqual(rows.map(({ id }) => id), found.body.entities.map(({ id }) => id));
		const some = await take('consent', 'scope=programme:shop');
		assert.deepEqual(some.rows.map(({ number }) => number), ["'+15550100150"]);
	});

	it('is in the audit, when it begins and as it ends', async () => {
		const [end, begin] = await audits('consent');
		assert.deepEqual([end.who, end.action, end.state, end.rows, end.scope], ['kim', 'export', 'whole', '1', 'programme:shop']);
		assert.deepEqual([begin.who, begin.state, begin.rows], ['kim', 'begun', '0']);
		const events = (await world.floorEvents('audit')).filter(({ kind }) => kind === 'export');
		assert.equal(events.length, 4);
	});

	it('has the texts that were unclear, decided ones too', async () => {
		await world.carrier.deliver({ from: '+15550100700', to: OURS, text: 'wrong number' });
		await world.carrier.deliver({ from: '+15550100701', to: OURS, text: '=bye' });
		let open;
		await waitFor(async () => (open = (await kim('GET', `${BASE}/reviews`)).body.entities).length === 2);
		const { id } = open.find(({ number }) => number === '+15550100700');
		await kim('POST', `${BASE}/reviews/${id}/decision`, { decision: 'opt-out', reason: 'I have called' });
		const { rows } = await take('reviews');
		assert.deepEqual(rows.map(({ number }) => number).sort(), ["'+15550100700", "'+15550100701"]);
		const decided = rows.find((row) => row.id === id);
		assert.deepEqual([decided.state, decided.by, decided.reason, decided['texts.text']], ['opted_out', 'kim', 'I have called', 'wrong number']);
		assert.ok(decided.dateDecided >= decided.dateCreated);
		const still = rows.find((row) => row.id !== id);
		assert.deepEqual([still.state, still.by, still.dateDecided, still['texts.text']], ['open', '', '', "'=bye"]);
	});

	it('has removals that were asked for, and their answers', async () => {
		const subject = { number: '+15550100110', scope: 'all', reason: 'by letter', reference: '@case 7' };
		const { body: { id } } = await kim('POST', `${BASE}/removals`, subject);
		await lee('POST', `${BASE}/removals/${id}/answer`, { answer: 'approve' });
		await kim('POST', `${BASE}/removals`, { ...subject, number: '+15550100111' });
		const { rows } = await take('removals');
		assert.deepEqual(rows.map(({ number, state, by, answeredBy, reference }) => [number, state, by, answeredBy, reference]), [
			["'+15550100111", 'asked', 'kim', '', "'@case 7"],
			["'+15550100110", 'approved', 'kim', 'lee', "'@case 7"],
		]);
		assert.ok(rows[1].dateAnswered >= rows[1].dateCreated);
	});

	it('has who is on the list, by hand or by a list, as the command line has it', async () => {
		const listed = await kim('POST', `${BASE}/imports`,
			{ source: 'dnc', reason: 'list', scope: 'all', file: 'b'.repeat(64), firstRow: 1, rows: '+15550109001\n+15550100112\n+442079460123' });
		assert.equal(listed.status, 200, JSON.stringify(listed.body));
		const { rows, headers } = await take('suppressions');
		assert.match(headers.get('content-disposition'), /filename="bindery-suppressions-\d{8}T\d{6}Z\.csv"/);
		const { stdout } = await world.command('bindery-router', ['suppression', 'export']);
		const inFile = (row) => [row.number, row.source, row.by].join();
		assert.deepEqual(rows.map(inFile).sort(), readCsv(stdout).map(inFile).sort());
		assert.equal(rows.length, 34);
		assert.ok(!rows.some(({ number }) => number === "'+15550100110"), 'what was removed');
		const both = rows.filter(({ number }) => number === "'+15550100112");
		assert.deepEqual(both.map(({ scope, source, entryId, batchId }) => [scope, source, entryId !== '', batchId !== '']).sort(),
			[['all', 'dnc', false, true], ['all', 'staff', true, false]]);
		const { entryId, dateCreated } = both.find(({ source }) => source === 'staff');
		const { body } = await kim('GET', `${BASE}/suppressions/${entryId}`);
		assert.deepEqual([body.number, body.dateEffective], ['+15550100112', dateCreated]);
		for (const [query, count] of [['source=dnc', 3], ['scope=programme:shop', 2], [`since=${Date.now() + 60_000}`, 0]])
			assert.equal((await take('suppressions', query)).rows.length, count, query);
		assert.deepEqual((({ state, rows: told, since }) => [state, told, since !== undefined])((await audits('suppressions'))[0]), ['whole', '0', true]);
		for (const query of ['scope=programme:none', 'since=yesterday']) assert.equal((await kim('GET', `${BASE}/exports/suppressions?${query}`)).status, 400);
	});

	it('is for compliance and admins, people or programs, and for what there is', async () => {
		for (const role of ['agent', 'supervisor']) assert.equal((await (await person(world, role))('GET', `${BASE}/exports/blocked`)).status, 403);
		assert.equal((await (await program(world, 'conversations'))('GET', `${BASE}/exports/blocked`)).status, 403);
		assert.equal((await (await program(world, 'compliance'))('GET', `${BASE}/exports/blocked`)).status, 200);
		assert.match((await audits('blocked'))[0].who, /^client:/);
		assert.equal((await kim('GET', `${BASE}/exports/nothing`)).status, 404);
		assert.equal((await kim('GET', `${BASE}/exports/consent?since=yesterday`)).status, 400);
		assert.equal((await kim('GET', `${BASE}/exports/consent?scope=programme:none`)).status, 400);
	});
});

describe('the ledger', () => {
	it('is the very file that the command line writes, and proves itself', async () => {
		await waitFor(async () => (await kim('GET', `${BASE}/ledger/head`)).status === 200);
		const { body, headers } = await kim('GET', `${BASE}/ledger`);
		assert.match(headers.get('content-disposition'), /filename="bindery-ledger-\d{8}T\d{6}Z\.ledger"/);
		const { stdout } = await world.command('bindery-router', ['ledger', 'export']);
		const rest = (text) => text.split('\n').filter((line) => !/^(bindery-|signature=)/.test(line)).join('\n');
		assert.equal(rest(body), rest(stdout));
		const key = await kim('GET', `${BASE}/ledger/key`);
		const file = join(world.folder, 'by-http.ledger');
		writeFileSync(file, body);
		writeFileSync(`${file}.pem`, key.body);
		const good = await world.command('bindery-router', ['ledger', 'verify', file, '--key', `${file}.pem`]);
		assert.equal(good.code, 0, good.stdout);
		writeFileSync(file, body.replace(/by=kim/, 'by=tim'));
		const bad = await world.command('bindery-router', ['ledger', 'verify', file, '--key', `${file}.pem`]);
		assert.equal(bad.code, 1);
		assert.equal((await audits('ledger'))[0].rows, String([...readExport(body).records.values()].flat().length));
	});

	it('has its last signed head for itself', async () => {
		let head;
		await waitFor(async () => (head = await kim('GET', `${BASE}/ledger/head`)).status === 200);
		const { body: pem } = await kim('GET', `${BASE}/ledger/key`);
		const [found] = readExport(head.body).heads;
		assert.equal(isSigned(found, pem), true);
		await waitFor(async () => {
			const { heads } = readExport((await kim('GET', `${BASE}/ledger`)).body);
			return heads.at(-1).signed === readExport((await kim('GET', `${BASE}/ledger/head`)).body).heads[0].signed;
		});
	});
});

describe('a long one', () => {
	const MANY = 20_000;
	before(() => blocked(MANY));

	it('comes whole, in pieces', async () => {
		const { rows } = await take('blocked');
		assert.equal(rows.length, MANY);
		assert.equal(new Set(rows.map(({ number }) => number)).size, MANY);
		assert.equal((await audits('blocked'))[0].rows, String(MANY));
	});

	it('costs a reader who is slow no memory, and nobody else any time', async () => {
		const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${world.router.pid}/status`, 'utf8'))[1]);
		// Fifty requests beside it; the sanitizers keep what was freed for a while.
		const grown = async () => {
			const since = resident();
			for (let i = 0; i < 50; i++) assert.equal((await kim('GET', `${BASE}/scopes`)).status, 200);
			return resident() - since;
		};
		const socket = ask(`${BASE}/exports/blocked`);
		socket.pause();
		await waitFor(async () => (await metric('streams')) === 1);
		// Once the system's own buffers are full nothing more is made for it, and it is not over.
		let more;
		await waitFor(async () => (more = await grown()) < 1024, { what: () => `${more} KiB in fifty requests` });
		assert.equal(await metric('streams'), 1);
		socket.resume();
		const text = await new Promise((resolve) => {
			let got = '';
			socket.on('data', (piece) => {
				got += piece.toString('latin1');
				if (got.endsWith('\r\n0\r\n\r\n')) resolve(got);
			});
		});
		socket.destroy();
		assert.equal(text.match(/\+1555020/g).length, MANY);
		await waitFor(async () => (await metric('streams')) === 0);
	});

	// Longer than any other answer is waited for: the systems' buffers are full, and hardly anything is taken out of them.
	it('is not cut where who reads it is slow', async () => {
		const SLOW_MS = 40_000;
		const socket = ask(`${BASE}/exports/blocked`);
		socket.pause();
		await waitFor(async () => (await metric('streams')) === 1);
		let text = '';
		for (const until = Date.now() + SLOW_MS; Date.now() < until; await sleep(1000)) text += socket.read(2000)?.toString('latin1') ?? '';
		assert.equal(await metric('streams'), 1, 'it is still under way');
		assert.ok(text.length > 20_000);
		text += await whole(socket);
		assert.ok(text.endsWith('\r\n0\r\n\r\n'));
		assert.equal(text.match(/\+1555020/g).length, MANY);
	});

	it('that somebody leaves is over, and told so', async () => {
		const broken = await metric('streams_broken_total');
		const socket = ask(`${BASE}/exports/blocked`);
		await new Promise((resolve) => socket.once('data', resolve));
		socket.destroy();
		await waitFor(async () => (await metric('streams')) === 0);
		await world.metricIs(world.base, 'bindery_door_streams_broken_total', broken + 1);
		await waitFor(async () => (await audits('blocked'))[0].state === 'broken off');
		assert.ok(Number((await audits('blocked'))[0].rows) < MANY);
	});

	it('of which hardly anything is wished for says while it looks that it takes longer', async () => {
		const KEYS = 600_000; // the list is looked for among all keys, a thousand at a time
		const fill = (what) => world.redis.call('EVAL', `for i = 1, tonumber(ARGV[1]) do redis.call(${what}) end`, 0, KEYS);
		const looked = async () => Number((await world.redis.call('INFO', 'commandstats')).match(/cmdstat_scan:calls=(\d+)/)?.[1] ?? 0);
		await fill("'SET', 'other:' .. i, ''");
		const before = await looked();
		const socket = ask(`${BASE}/exports/suppressions?source=none`);
		let text = '';
		let times;
		socket.on('data', (piece) => {
			text += piece;
			if (times || !text.includes('number,scope,source,')) return;
			world.router.child.kill('SIGSTOP'); // or it looks on while Redis is asked
			times = looked();
		});
		await waitFor(() => times, { what: () => `the heads of the columns; it said ${text}` });
		times = await times;
		world.router.child.kill('SIGCONT');
		await waitFor(async () => (await metric('streams')) === 0);
		assert.ok(text.endsWith('\r\n0\r\n\r\n'), text);
		socket.destroy();
		await fill("'DEL', 'other:' .. i");
		assert.ok(times - before < KEYS / 1000, `it looked ${times - before} times before it said anything`);
	});

	it('is sent to a client of HTTP/1.0 as it is, and to two who ask at once on one connection', async () => {
		const plain = await whole(ask(`${BASE}/exports/removals`, { version: '1.0' }));
		assert.match(plain, /Connection: close/);
		assert.doesNotMatch(plain, /chunked/);
		assert.equal(readCsv(plain.split('\r\n\r\n')[1]).length, 2);
		const socket = ask(`${BASE}/exports/removals`);
		socket.write(`GET ${BASE}/exports/reviews HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`);
		let text = '';
		socket.on('data', (piece) => (text += piece));
		await waitFor(() => text.match(/\r\n0\r\n\r\n/g)?.length === 2, { what: () => text });
		socket.destroy();
	});

	it('ends without its end where the store goes away', async () => {
		const socket = ask(`${BASE}/exports/blocked`);
		await new Promise((resolve) => socket.once('data', resolve));
		socket.pause();
		await world.redis.kill();
		const got = whole(socket.resume());
		assert.equal((await got).endsWith('\r\n0\r\n\r\n'), false);
		await world.redis.start();
		await waitFor(async () => (await kim('GET', `${BASE}/exports/removals`)).status === 200);
	});

	it('gets its turn though others leave who have theirs or wait for it', async () => {
		const sockets = Array.from({ length: 16 }, () => ask(`${BASE}/exports/blocked`, { more: 'Connection: close\r\n' }));
		await waitFor(async () => (await metric('streams')) === 16);
		for (const socket of sockets.slice(0, -1)) socket.destroy();
		assert.equal((await whole(sockets.at(-1))).match(/\+1555020/g).length, MANY);
		await waitFor(async () => (await metric('streams')) === 0);
	});

	it('is refused where too many are under way', async () => {
		const sockets = [];
		for (let i = 0; i < 16; i++) sockets.push(ask(`${BASE}/exports/blocked`).pause());
		await waitFor(async () => (await metric('streams')) === 16);
		// One is made at a time, and whoever asks for something else waits behind no more than that.
		const asked = Date.now();
		assert.equal((await kim('GET', `${BASE}/scopes`)).status, 200);
		assert.ok(Date.now() - asked < 5000, `it was answered after ${Date.now() - asked} ms`);
		const { status, headers } = await kim('GET', `${BASE}/exports/removals`);
		assert.deepEqual([status, headers.get('retry-after')], [503, '10']);
		assert.equal((await audits('removals'))[0].state, 'refused');
		assert.equal(await metric('streams_refused_total'), 1);
		for (const socket of sockets) socket.destroy();
		await waitFor(async () => (await metric('streams')) === 0);
	});
});
