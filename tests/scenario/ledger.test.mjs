// The ledger: what is written, that it proves itself to somebody who has only the file and the public key, and
// that whatever is changed in it, in Redis or in an export, is found and named.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';

import { BIN, OURS, PASSWORD, run, waitFor, World } from './lib/index.mjs';
import { isConsistent, isSigned, leafOf, readExport, readProof, rootByInclusion, rootOf, sha256 } from './lib/ledger.mjs';
import { ledgerIn } from './lib/world.mjs';

const sinceHead = { head_interval_s: 1 };
const quick = (world) => ({ ledger: ledgerIn(world.folder, sinceHead) });

// Every record there is has been covered by a head.
async function covered(world, records) {
	await world.metricIs(world.base, 'bindery_ledger_records', records);
	await world.metricIs(world.base, 'bindery_ledger_covered', records);
}

async function exported(world) {
	const { code, stdout, stderr } = await world.command('bindery-router', ['ledger', 'export']);
	assert.equal(code, 0, stderr);
	return stdout;
}

// Verified by a process that has no configuration and no Redis.
async function verify(world, text, key = join(world.folder, 'ledger/public.pem')) {
	const file = join(world.folder, 'export.txt');
	writeFileSync(file, text);
	const { code, stdout, stderr } = await run(join(BIN, 'bindery-router'), ['ledger', 'verify', file, '--key', key], {});
	assert.equal(stderr, '');
	return { code, stdout };
}

async function keywords(world, customers, words) {
	for (const customer of customers)
		for (const text of words) {
			const before = await world.metric(world.base, 'bindery_mo_total');
			await world.carrier.deliver({ from: customer, to: OURS, text });
			await world.metricIs(world.base, 'bindery_mo_total', before + 1);
		}
}

const CUSTOMERS = ['+15550199', '+15550198', '+15550197'];

describe('a ledger of three customers', () => {
	let world;
	let text;
	let ledger;
	before(async () => {
		world = await World.start(null, { changes: quick });
		await keywords(world, CUSTOMERS, ['STOP', 'STOP', 'START']);
		await covered(world, 9);
		await keywords(world, CUSTOMERS.slice(0, 1), ['Please STOP texting me']);
		await covered(world, 10);
		text = await exported(world);
		ledger = readExport(text);
		writeFileSync(join(world.folder, 'whole.txt'), text);
	});
	after(() => world.finish());

	it('says what was done, in its order, and calls nobody by the number', () => {
		const key = Buffer.from(readFileSync(join(world.folder, 'numbers.key'), 'utf8').trim(), 'hex');
		const all = [...ledger.records.values()].flat();
		assert.equal(all.length, 10);
		for (const customer of CUSTOMERS) {
			const who = createHmac('sha256', key).update(customer).digest('hex');
			const mine = all.filter(({ fields }) => fields.who === who).map(({ fields }) => fields.what);
			assert.deepEqual(mine.slice(0, 3), ['revoke', 'revoke-again', 'grant']);
		}
		for (const { text: record } of all)
			for (const customer of CUSTOMERS) assert.ok(!record.includes(customer.slice(1)), record);
	});

	it('is a tree by the RFC’s own definition, signed with the public key beside it', () => {
		const pem = readFileSync(join(world.folder, 'ledger/public.pem'));
		assert.ok(ledger.heads.length >= 2);
		for (const head of ledger.heads) {
			assert.ok(isSigned(head, pem));
			for (const [partition, { size, root }] of head.trees) {
				const leaves = ledger.records.get(partition).slice(0, size).map((record) => leafOf(record.text));
				assert.deepEqual(rootOf(leaves), root);
			}
		}
		for (const [partition, { size }] of ledger.heads.at(-1).trees)
			assert.equal(ledger.records.get(partition).length, size);
	});

	it('proves each of its records', async () => {
		const { trees } = ledger.heads.at(-1);
		for (const [partition, records] of ledger.records)
			for (const [n, record] of records.entries()) {
				const { code, stdout } = await run(join(BIN, 'bindery-router'),
					['ledger', 'prove', join(world.folder, 'whole.txt'), String(partition), String(n)], {});
				assert.equal(code, 0);
				const proof = readProof(stdout);
				assert.deepEqual(proof.leaf, leafOf(record.text));
				const { size, root } = trees.get(partition);
				assert.deepEqual(rootByInclusion(leafOf(record.text), n, size, proof.path), root);
				assert.notDeepEqual(rootByInclusion(leafOf(`${record.text}x`), n, size, proof.path), root);
			}
	});

	it('proves that every head continues those before it', async () => {
		for (const [i, older] of ledger.heads.entries())
			for (const newer of ledger.heads.slice(i))
				for (const [partition, { size, root }] of older.trees) {
					const now = newer.trees.get(partition);
					const { stdout } = await run(join(BIN, 'bindery-router'), ['ledger', 'prove',
						join(world.folder, 'whole.txt'), String(partition), '--from', String(size), '--size', String(now.size)], {});
					assert.ok(isConsistent(size, root, now.size, now.root, readProof(stdout).path), stdout);
				}
	});

	it('binds what stands beside a record to it', () => {
		assert.equal(ledger.besides.length, 10);
		for (const { p, n, salt, customer, note, evidence } of ledger.besides) {
			const seal = sha256(`${salt}\n${customer}\n${note}\n`, evidence).toString('hex');
			assert.equal(ledger.records.get(p)[n].fields.seal, seal);
			assert.ok(CUSTOMERS.includes(customer));
			assert.ok(/STOP|START/.test(evidence.toString('latin1')));
		}
	});

	it('is good', async () => {
		const { code, stdout } = await verify(world, text);
		assert.match(stdout, /^good: 10 records in 16 trees, \d+ signed heads, .* over 10 records; .* 0 faults\n$/);
		assert.equal(code, 0);
	});

	it('is not good by another key', async () => {
		const other = await World.start(null, { router: true, gateway: false });
		try {
			const { code, stdout } = await verify(world, text, join(other.folder, 'ledger/public.pem'));
			assert.equal(code, 1);
			assert.match(stdout, /line 3: a head that was not signed with this key\n/);
		} finally {
			await other.finish();
		}
	});

	// The partition with the most records, its lines, and how to write the export with others in their place.
	const longest = () => [...ledger.records.entries()].sort((a, b) => b[1].length - a[1].length)[0];
	const edited = (change) => {
		const [partition, records] = longest();
		const lines = records.map((record) => `record\t${record.leaf}\t${record.text}`);
		const changed = change([...lines], records);
		const out = [];
		let put = false;
		for (const line of ledger.lines) {
			if (!lines.includes(line)) out.push(line);
			else if (!put) {
				out.push(...changed);
				put = true;
			}
		}
		return { partition, text: `${out.join('\n')}\n` };
	};
	const again = (line) => {
		const [, , ...rest] = line.split('\t');
		return `record\t${leafOf(rest.join('\t')).toString('hex')}\t${rest.join('\t')}`;
	};

	const tampers = {
		'a record’s word': {
			change: (lines) => lines.with(1, lines[1].replace('what=revoke', 'what=grant')),
			says: (p) => [`partition ${p} record 1: changed, its hash is not the one that was kept`],
		},
		'a record’s time, its leaf with it': {
			change: (lines) => lines.with(1, again(lines[1].replace(/at=\d/, 'at=9'))),
			says: (p) => [`partition ${p} record 1: changed, the one behind it was written after another`,
				new RegExp(`partition ${p} records \\d+\\.\\.\\d+: not what the head of \\d+ was signed over`)],
		},
		'the last record, its leaf with it': {
			change: (lines) => lines.with(-1, again(lines.at(-1).replace(/rule=\d/, 'rule=7'))),
			says: (p, n) => [new RegExp(`partition ${p} records \\d+\\.\\.${n - 1}: not what the head of`)],
		},
		'a record that is gone': {
			change: (lines) => lines.toSpliced(1, 1),
			says: (p) => [`partition ${p} record 1: missing`],
		},
		'the first record gone': {
			change: (lines) => lines.slice(1),
			says: (p) => [`partition ${p} record 0: missing`],
		},
		'two records in each other’s place': {
			change: (lines) => lines.with(0, lines[1]).with(1, lines[0]),
			says: (p) => [`partition ${p} record 0: missing`, `partition ${p} record 0: moved or repeated, it stands behind a later one`],
		},
		'a record twice': {
			change: (lines) => lines.toSpliced(1, 0, lines[0]),
			says: (p) => [`partition ${p} record 0: moved or repeated, it stands behind a later one`],
		},
		'the last record gone': {
			change: (lines) => lines.slice(0, -1),
			says: (p, n) => [`partition ${p} records ${n - 1}..${n - 1}: missing at the end`],
		},
		'all records gone': {
			change: () => [],
			says: (p, n) => [`partition ${p} records 0..${n - 1}: missing at the end`],
		},
	};
	for (const [what, { change, says }] of Object.entries(tampers))
		it(`finds ${what}`, async () => {
			const [, records] = longest();
			const { partition, text: changed } = edited(change);
			assert.notEqual(changed, text);
			const { code, stdout } = await verify(world, changed);
			assert.equal(code, 1);
			for (const expected of says(partition, records.length))
				assert.ok(expected instanceof RegExp ? expected.test(stdout) : stdout.includes(`${expected}\n`), `${expected}\n${stdout}`);
		});

	// Records as a forger writes them who has no key: one is another, those behind it are chained to it, and nothing
	// is said of the leaves that were kept.
	const forged = (records) => {
		let prev = '';
		return records.map(({ text: record }, n) => {
			const changed = (n === 0 ? record.replace('what=revoke', 'what=grant') : record).replace(/\tprev=[^\t]*/, `\tprev=${prev}`);
			prev = createHash('sha1').update(changed).digest('hex');
			return `record\t-\t${changed}`;
		});
	};
	const isHead = (line) => /^(bindery-head|signature=)/.test(line);
	// The partition whose ledger alone grew between the last two heads.
	const grown = () => {
		const [before, last] = ledger.heads.slice(-2);
		return [...last.trees].find(([partition, { size }]) => (before.trees.get(partition)?.size ?? 0) < size)[0];
	};

	it('finds a forgery whose heads stand where they would be held against nothing', async () => {
		const partition = grown();
		const records = ledger.records.get(partition);
		const lines = records.map((record) => `record\t${record.leaf}\t${record.text}`);
		const others = new Map(forged(records).map((line, n) => [lines[n], line]));
		const body = ledger.lines.filter((line) => !isHead(line)).map((line) => others.get(line) ?? line);
		const heads = ledger.lines.filter(isHead);
		const put = async (at) => verify(world, `${body.toSpliced(at, 0, ...heads).join('\n')}\n`);
		const inPlace = await put(1);
		assert.equal(inPlace.code, 1);
		assert.match(inPlace.stdout, new RegExp(`partition ${partition} records 0\\.\\.\\d+: not what the head of \\d+ was signed over`));
		const first = body.findIndex((line) => line.startsWith('record\t'));
		for (let at = first + 1; at < body.length; at++) {
			const { code, stdout } = await put(at);
			assert.equal(code, 1, `heads behind line ${at}: ${stdout}`);
			assert.ok(stdout.includes(`line ${at + 2}: a head behind records, it has to stand before\n`), stdout);
		}
	});

	it('finds a forgery whose last head is none of those that cover most', async () => {
		const partition = grown();
		const records = ledger.records.get(partition);
		const last = records.length - 1;
		const others = new Map(forged(records).map((line, n) => [`record\t${records[n].leaf}\t${records[n].text}`, line]));
		const gone = `record\t${records[last].leaf}\t${records[last].text}`;
		const heads = ledger.lines.filter(isHead);
		const [opening, ...body] = ledger.lines
			.filter((line) => !isHead(line) && line !== gone && !line.startsWith(`beside\t${partition}\t${last}\t`))
			.map((line) => others.get(line) ?? line)
			.map((line) => (line.startsWith(`kept\t${partition}\t`) ? `kept\t${partition}\t${last}` : line))
			.map((line) => (line.startsWith('end\t') ? 'end\t9' : line));
		const { code, stdout } = await verify(world, `${[opening, ...heads.slice(-2), ...heads.slice(0, -2), ...body].join('\n')}\n`);
		assert.equal(code, 1, stdout);
		assert.ok(stdout.includes(`partition ${partition} records ${last}..${last}: missing at the end\n`), stdout);
	});

	it('finds heads that are in another order, or lack a signature', async () => {
		const [opening, ...rest] = ledger.lines;
		const heads = rest.filter(isHead);
		const body = rest.filter((line) => !isHead(line));
		const turned = await verify(world, `${[opening, ...heads.slice(-2), ...heads.slice(0, -2), ...body].join('\n')}\n`);
		assert.equal(turned.code, 1);
		assert.match(turned.stdout, new RegExp(`partition ${grown()}: the head of \\d+ over \\d+ records stands behind a longer one`));
		for (const bare of [heads.toSpliced(1, 1), heads.slice(0, -1)]) {
			const { code, stdout } = await verify(world, `${[opening, ...bare, ...body].join('\n')}\n`);
			assert.equal(code, 1);
			assert.match(stdout, /line \d+: a head without its signature\n/);
		}
	});

	it('finds every single octet of any record that is another', async () => {
		const lines = ledger.lines.flatMap((line, i) => (line.startsWith('record\t') ? [i] : []));
		for (const at of lines) {
			const [, leaf, ...fields] = ledger.lines[at].split('\t');
			// One octet of a value of each field, in turn.
			for (const [i, field] of fields.entries()) {
				const flipped = field.slice(0, -1) + (field.endsWith('0') ? '1' : '0');
				const changed = ledger.lines.with(at, ['record', leaf, ...fields.with(i, flipped)].join('\t'));
				const { code } = await verify(world, `${changed.join('\n')}\n`);
				assert.equal(code, 1, flipped);
			}
		}
	});

	it('finds what stands behind a NUL, where others would read on', async () => {
		const at = ledger.lines.findIndex((line) => line.startsWith('record\t'));
		const { code, stdout } = await verify(world, `${ledger.lines.with(at, `${ledger.lines[at]}\0\tby=kim`).join('\n')}\n`);
		assert.equal(code, 1, stdout);
		assert.ok(stdout.includes(`line ${at + 1}: has a NUL, allowed none\n`), stdout);
	});

	it('finds evidence that was moved into the note', async () => {
		// The seal is over both with a line's end between: one within the evidence would do as well.
		let moved = 0;
		for (const [at, line] of ledger.lines.entries()) {
			const fields = line.split('\t');
			const octets = Buffer.from(fields[0] === 'beside' ? fields[6] : '', 'hex');
			const end = octets.indexOf(10);
			if (end < 0) continue;
			const note = `${fields[5]}%0A${[...octets.subarray(0, end)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('')}`;
			const forged = [...fields.slice(0, 5), note, octets.subarray(end + 1).toString('hex')].join('\t');
			const { code, stdout } = await verify(world, `${ledger.lines.with(at, forged).join('\n')}\n`);
			assert.equal(code, 1, stdout);
			assert.ok(stdout.includes(`partition ${fields[1]} record ${fields[2]}: what stands beside it was changed\n`), stdout);
			moved++;
		}
		assert.ok(moved > 0);
	});

	it('finds what was cut off, at any line', async () => {
		for (let n = 0; n < ledger.lines.length; n++) {
			const { code, stdout } = await verify(world, ledger.lines.slice(0, n).map((line) => `${line}\n`).join(''));
			assert.equal(code, 1, `after line ${n}: ${stdout}`);
		}
	});

	it('finds evidence that is another or gone', async () => {
		const at = ledger.lines.findIndex((line) => line.startsWith('beside\t'));
		const [, p, n] = ledger.lines[at].split('\t');
		const changed = await verify(world, `${ledger.lines.with(at, ledger.lines[at].replace('+1555', '+1556')).join('\n')}\n`);
		assert.equal(changed.code, 1);
		assert.ok(changed.stdout.includes(`partition ${p} record ${n}: what stands beside it was changed\n`));
		const gone = await verify(world, `${ledger.lines.toSpliced(at, 1).join('\n')}\n`);
		assert.equal(gone.code, 1);
		assert.ok(gone.stdout.includes(`partition ${p} record ${n}: what stood beside it is gone, and no record of its erasure\n`));
	});

	it('stays good when a number is erased, and holds no trace of it', async () => {
		await world.addUser('kim', { role: 'compliance' });
		await world.addUser('ann');
		const erase = (by, password = PASSWORD) => world.command('bindery-router',
			['ledger', 'erase', CUSTOMERS[1], '--by', by, '--password-stdin'], { input: `${password}\n` });
		// Whoever it is says so by their password, and has a role for it.
		for (const [by, password] of [['kim', 'another one'], ['ann'], ['nobody'], ['kim smith'], ['kim', '']]) {
			const refused = await erase(by, password);
			assert.deepEqual([refused.code, refused.stdout, refused.stderr],
				[1, '', `bindery-router: user: no such user with that role and password: ${by}\n`]);
		}
		const erased = await erase('kim');
		assert.equal(erased.stdout, 'records\t3\nblocked\t0\nrequests\t0\n');
		await covered(world, 11);
		const now = await exported(world);
		const { code, stdout } = await verify(world, now);
		assert.equal(code, 0, stdout);
		assert.match(stdout, /^good: 11 records .* of 3 records what stood beside was erased; 0 faults\n$/);
		assert.ok(!now.includes(CUSTOMERS[1].slice(1)));
		const last = [...readExport(now).records.values()].flat().filter(({ fields }) => fields.what === 'erase');
		assert.deepEqual(last.map(({ fields }) => [fields.by, fields.rows]), [['kim', '3']]);
		// Who was erased is still opted out where that was asked for; here START came last.
		assert.deepEqual(await world.redis.keys(`{c*}:beside:*`).then((keys) => keys.length), 7);
	});

	it('finds a head that says something else', async () => {
		const at = ledger.lines.findLastIndex((line) => line.startsWith('bindery-head'));
		const { code, stdout } = await verify(world, `${ledger.lines.with(at, ledger.lines[at].replace(/:(\d+):/, ':1$1:')).join('\n')}\n`);
		assert.equal(code, 1);
		assert.ok(stdout.includes(`line ${at + 2}: a head that was not signed with this key\n`), stdout);
	});
});

describe('a ledger that is tampered with in Redis', () => {
	// What is done to the stream of the longest ledger, given its entries; it is put back as a whole first.
	const tampers = {
		'a record is changed': {
			change: (entries) => entries.with(1, { ...entries[1], fields: { ...entries[1].fields, scope: 'n:+1' } }),
			says: (p) => `partition ${p} record 1: changed`,
		},
		'a record is removed': { change: (entries) => entries.toSpliced(1, 1), says: (p) => `partition ${p} record 1: missing` },
		'two records change places': {
			change: (entries) => {
				const [a, b] = [entries[0].fields, entries[1].fields];
				return entries.with(0, { ...entries[0], fields: b }).with(1, { ...entries[1], fields: a });
			},
			says: (p) => `partition ${p} record 0: moved or repeated`,
		},
		'the end is cut off': {
			change: (entries) => entries.slice(0, -1),
			says: (p, n) => `partition ${p} records ${n - 1}..${n - 1}: missing at the end`,
		},
		'the whole is gone': { change: () => [], says: (p, n) => `partition ${p} records 0..${n - 1}: missing at the end` },
	};
	for (const [what, { change, says }] of Object.entries(tampers))
		test(`${what}: the export is bad, and says where`, async (t) => {
			const world = await World.start(t, { changes: quick, gateway: true });
			await keywords(world, ['+15550199'], ['STOP', 'START', 'STOP']);
			await covered(world, 3);
			const [key] = (await world.redis.keys('{c*}:ledger')).filter((name) => name.endsWith(':ledger'));
			const entries = await world.redis.stream(key);
			await world.redis.call('DEL', key);
			for (const { id, fields } of change(entries)) await world.redis.call('XADD', key, id, ...Object.entries(fields).flat());
			const { code, stdout } = await verify(world, await exported(world));
			assert.equal(code, 1);
			const partition = key.match(/\{c(\d+)\}/)[1];
			assert.ok(stdout.includes(says(partition, entries.length)), stdout);
		});
});

test('the keys are made once, for their owner alone, and refused where others may read them', async (t) => {
	const world = await World.start(t, { gateway: false });
	const files = ['numbers.key', 'signing.pem'].map((name) => join(world.folder, name));
	const made = files.map((file) => readFileSync(file, 'utf8'));
	for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600);
	await world.router.stop();
	await world.startRouter();
	assert.deepEqual(files.map((file) => readFileSync(file, 'utf8')), made);
	await world.router.stop();
	chmodSync(files[0], 0o644);
	const { code, stderr } = await world.command('bindery-router', ['run']);
	assert.equal(code, 1);
	assert.match(stderr, /event=ledger_failed why="\S+numbers.key: may be read by others, mode 0644; allowed 0600 or 0400"/);
	chmodSync(files[0], 0o600);
	await world.startRouter();
	assert.ok(!world.router.output.includes('event=ledger_key_changed'));
	await world.router.stop();
	rmSync(files[0]);
	await world.startRouter();
	await waitFor(() => world.router.output.includes('event=ledger_key_changed'), { what: () => 'another key is noticed' });
});
