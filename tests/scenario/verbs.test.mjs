// What both programs say on the command line before they have read any file: 0 done, 1 no, 2 usage.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passes } from 'node:timers/promises';
import { test } from 'node:test';

import { run } from './lib/process.mjs';
import { waitFor } from './lib/wait.mjs';
import { BIN, World } from './lib/world.mjs';

const MANUAL = readFileSync(new URL('../../systemd/man/bindery-router.8', import.meta.url), 'utf8');
const NOWHERE = ['-c', '/nonexistent/bindery.conf'];

for (const program of ['bindery-router', 'bindery-gateway']) {
	test(`${program} tells usage from what is not there`, async () => {
		const say = (...args) => run(join(BIN, program), args);
		for (const option of ['--help', '--version']) {
			const { code, stdout, stderr } = await say(option);
			assert.deepEqual([code, stderr], [0, ''], option);
			assert.match(stdout, /bindery/);
		}
		for (const args of [['--nope'], ['nope'], ['check', 'more'], ['status', 'more'], ['run', 'more'], ['-c']]) {
			const { code, stdout, stderr } = await say(...(args[0] === '-c' ? [] : NOWHERE), ...args);
			assert.deepEqual([code, stdout], [2, ''], args.join(' '));
			assert.match(stderr, new RegExp(`^\\S*${program}: `), args.join(' '));
		}
		for (const args of [['check'], ['status'], ['run'], []]) {
			const { code, stdout, stderr } = await say(...NOWHERE, ...args);
			assert.deepEqual([code, stdout], [1, ''], args.join(' '));
			assert.match(stderr, /^\/nonexistent\/bindery\.conf: No such file or directory$/m);
		}
	});
}

// Where the usage is wrong, one line says what is allowed, another where more is told; all is told
// without a configuration.
const REFUSED = {
	'bindery-router': [
		[['user'], /user: add, passwd, list, skill or skills, not: nothing/],
		[['user', 'list', 'x'], /list takes no arguments: x/],
		[['user', 'add', 'ann', '--role'], /needs a value: --role/],
		[['user', 'add', 'ann', '--role', 'boss'], /roles are agent, .*admin, not: boss/],
		[['user', 'add', 'ann', '--capacity', '26'], /--capacity is 0\.\.25, not: 26/],
		[['user', 'add', '--role', 'agent'], /user: add: which NAME/],
		[['user', 'add', 'a b', '--role', 'agent'], /but not "names": a b/],
		[['user', 'passwd', 'ann', '--role', 'admin'], /passwd sets a password; roles and capacity are changed at #\/admin or by the API, not here: --role/],
		[['client', 'add', 'shop', '--scope', 'x'], /scopes are conversations, .*not: x/],
		[['suppression'], /search, add, .* or export, not: nothing/],
		[['suppression', 'add'], /add: which NUMBER/],
		[['suppression', 'decide', 'x', '--by'], /needs a value: --by/],
		[['suppression', 'decide', 'x'], /a decision is release or opt-out/],
		[['suppression', 'decide', 'x', 'maybe', '--by', 'kim', '--reason', 'r'], /a decision is release or opt-out: maybe/],
		[['suppression', 'add', '+15550100123', '--by', 'a', '--reason', 'b', '--source', 'x'], /a source is staff, dnc or legal: x/],
		[['suppression', 'requests', 'x'], /what is this: x/],
		[['suppression', 'batches', 'x'], /what is this: x/],
		[['suppression', 'export', 'x.csv'], /what is this: x\.csv/],
		[['suppression', 'export', '--since', 'noon'], /--since is a day such as .*, not: noon/],
		[['suppression', 'add', '+15550100123', '--by', 'a', '--reason', 'b', '--scope', 'x'], /a scope is all, /],
		[['customer'], /import or erase, not: nothing/],
		[['ledger', 'verify'], /verify: which FILE/],
		[['customer', 'erase', '+15550100123', '--by'], /needs a value: --by/],
		[['ledger'], /export, verify, prove, erase or resume, not: nothing/],
		[['ledger', 'shred'], /export, verify, prove, erase or resume, not: shred/],
		[['ledger', 'export', 'x'], /what is this: x/],
		[['ledger', 'erase'], /erase: which NUMBER/],
		[['ledger', 'erase', '+15550100123', '--by'], /needs a value: --by/],
		[['ledger', 'verify', 'x', '--force'], /what is this: --force/],
		[['classify', '--number'], /needs a value: --number/],
		[['check', '--json', 'more'], /takes nothing but --json, not: more/],
	],
	'bindery-gateway': [
		[['status', '--pcap', 'x'], /status does not take --pcap/],
		[['check', '--carrier', 'acme'], /check does not take --carrier/],
		[['pause', '--json', 'acme'], /pause does not take --json/],
		[['run', '--count', '1'], /run does not take .*--count/],
	],
};

const EMPTY = ['-c', '/dev/null'];
// Where the machine that tests this was not told it either.
const KERNEL = /^bindery-router: check: vm\.overcommit_memory is \d, should be 1: .*\n/;

test('what is refused says what is allowed, in two lines', async () => {
	for (const [program, cases] of Object.entries(REFUSED)) {
		for (const [args, why] of cases) {
			const { code, stdout, stderr } = await run(join(BIN, program), [...EMPTY, ...args]);
			assert.deepEqual([code, stdout], [2, ''], args.join(' '));
			assert.match(stderr, why, args.join(' '));
			assert.match(stderr, new RegExp(`^[^\n]*\n(Try ${program} .*--help\\.|)\n?$`), args.join(' '));
		}
	}
});

test('each command of the router tells its usage without a configuration', async () => {
	for (const verb of ['user', 'queue', 'client', 'classify', 'suppression', 'customer', 'ledger', 'check', 'status']) {
		const help = verb === 'user' ? '-h' : '--help';
		const { code, stdout, stderr } = await run(join(BIN, 'bindery-router'), [...NOWHERE, verb, help]);
		assert.deepEqual([code, stderr], [0, ''], verb);
		assert.match(stdout, new RegExp(`bindery-router .*${verb}`), verb);
		for (const [, option] of stdout.matchAll(/(?<!\S)--([a-z-]+)/g))
			assert.match(MANUAL, new RegExp(`^\\.(It |Op |Op Ar |)?(Fl \\w , )?.*-${option}\\b`, 'm'), `${verb} --${option} in the manual`);
	}
});

test('the configuration is the one that is named, before the command or behind it', async (t) => {
	const world = await World.start(t, { router: 'gone', gateway: false });
	await world.addUser('ann');
	const file = world.config;
	const router = (...args) => run(join(BIN, 'bindery-router'), args);
	for (const args of [['-c', file, 'user', 'list'], ['user', 'list', '-c', file], ['user', '--config', file, 'list']]) {
		const { code, stdout, stderr } = await router(...args);
		assert.deepEqual([code, stdout, stderr], [0, 'ann\tagent\t3\n', ''], args.join(' '));
	}
	// The last one counts, as everywhere.
	assert.equal((await router(...NOWHERE, 'user', 'list', '-c', file)).code, 0);
	assert.equal(JSON.parse((await router('check', '-c', file, '--json')).stdout).ok, true);
	for (const args of [['user', 'list', '-c'], ['status', '--config']]) {
		const { code, stdout, stderr } = await router(...args);
		assert.deepEqual([code, stdout, stderr], [2, '', `bindery-router: ${args.at(-1)}: which FILE\nTry bindery-router --help.\n`]);
	}
});

test('what cannot be written is told and is no success', () => {
	for (const [program, args] of [
		['bindery-router', ['check']],
		['bindery-gateway', ['check', '--json']],
		['bindery-gateway', ['text', 'Hello']],
	]) {
		const full = openSync('/dev/full', 'w');
		const { status, stderr } = spawnSync(join(BIN, program), [...EMPTY, ...args], {
			stdio: ['ignore', full, 'pipe'],
			encoding: 'utf8',
		});
		closeSync(full);
		assert.equal(status, 1, args[0]);
		assert.equal(stderr.replace(KERNEL, ''), `${program}: standard output: No space left on device\n`);
	}
});

test('what the kernel was not told for Redis is said, and is no error of the file', async () => {
	const told = readFileSync('/proc/sys/vm/overcommit_memory', 'utf8').trim() === '1';
	for (const [line, says] of [['', !told], ['redis = { socket = ""; host = "redis.example"; };', false]]) {
		const folder = mkdtempSync(join(tmpdir(), 'bindery-verbs-'));
		const file = join(folder, 'bindery.conf');
		writeFileSync(file, line);
		const { code, stdout, stderr } = await run(join(BIN, 'bindery-router'), ['-c', file, 'check']);
		rmSync(folder, { recursive: true });
		assert.deepEqual([code, KERNEL.test(stderr), stderr.replace(KERNEL, '')], [0, says, ''], line);
		assert.match(stdout, /: ok, /);
	}
	const shipped = readFileSync(new URL('../../systemd/bindery.sysctl', import.meta.url), 'utf8');
	assert.match(shipped, /^vm\.overcommit_memory = 1$/m);
});

test('what is not there is named, beside what there is; a folder is no configuration', async (t) => {
	const world = await World.start(t);
	const says = async (args) => {
		const { code, stdout, stderr } = await world.command('bindery-router', args);
		assert.deepEqual([code, stdout], [1, ''], args.join(' '));
		return stderr;
	};
	assert.match(await says(['queue', 'members', 'nope']), /no queue "nope"; the configuration has \w/);
	assert.match(await says(['classify', '--number', '5']), /no number "5"; the configuration has \+\d/);
	assert.match(await says(['user', 'skills', 'nobody']), /no such user: nobody/);
	const status = JSON.parse((await world.command('bindery-router', ['status', '--json'])).stdout);
	assert.deepEqual([status.redis, status.sending, status.why], ['ready', 'open', '']);
	assert.equal(JSON.parse((await world.command('bindery-router', ['check', '--json'])).stdout).ok, true);
	const { code, stderr } = await run(join(BIN, 'bindery-router'), ['-c', '/', 'check']);
	assert.deepEqual([code, stderr], [1, '/: Is a directory\n']);
});

test('a file that cannot be imported is one line and no batch', async (t) => {
	const world = await World.start(t, { gateway: false });
	const wide = join(world.folder, 'wide.csv');
	writeFileSync(wide, Buffer.from('+15550100123\n', 'utf16le'));
	for (const [path, why] of [
		['/nonexistent.csv', 'No such file or directory'],
		['/', 'is no regular file'],
		[wide, 'it has a NUL, so it is no text'],
	]) {
		const { code, stdout, stderr } = await world.command('bindery-router', ['suppression', 'import', path,
			'--by', 'ann', '--reason', 'a test', '--source', 'list']);
		assert.deepEqual([code, stdout, stderr], [1, '', `bindery-router: suppression: ${path}: ${why}\n`]);
	}
	assert.equal((await world.command('bindery-router', ['suppression', 'batches'])).stdout, '');
});

const ANSWER_MS = 5000; // what Redis has for an answer

test('who takes their time over a password is heard', async (t) => {
	const world = await World.start(t, { gateway: false });
	const add = spawn(join(BIN, 'bindery-router'), ['-c', world.config, 'user', 'add', 'ann', '--role', 'agent', '--password-stdin']);
	let said = '';
	add.stderr.on('data', (chunk) => (said += chunk));
	await passes(ANSWER_MS + 1000);
	add.stdin.end('long enough\n');
	const [code] = await once(add, 'close');
	assert.deepEqual([code, said], [0, '']);
	assert.match((await world.command('bindery-router', ['user', 'list'])).stdout, /^ann\tagent\t3$/m);
});

test('nobody is added whose name is another’s but for capital letters', async (t) => {
	const world = await World.start(t, { router: 'gone', gateway: false });
	await world.addUser('ann');
	const { code, stderr } = await world.command('bindery-router',
		['user', 'add', 'Ann', '--role', 'admin', '--password-stdin'], { input: 'long enough\n' });
	assert.deepEqual([code, stderr], [1, 'bindery-router: user: there is a user whose name is this but for capital letters: Ann\n']);
	assert.deepEqual(await world.redis.hash('{u}:user:Ann'), {}, 'or they could sign in');
	assert.equal((await world.command('bindery-router', ['user', 'list'])).stdout, 'ann\tagent\t3\n');
});

test('a password that is broken off leaves a terminal on which one sees what one types', async (t) => {
	const world = await World.start(t, { router: 'gone', gateway: false });
	await world.addUser('ann');
	const ask = async (keys, end) => {
		const command = `trap : INT; ${join(BIN, 'bindery-router')} -c ${world.config} user passwd ann; echo "ended $?"; stty -a`;
		const shell = spawn('script', ['-qec', `sh -c '${command}'`, '/dev/null']);
		let said = '';
		for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk) => (said += chunk));
		await waitFor(() => said.includes('Password: '), { what: 'the question' });
		shell.stdin.write(keys);
		await waitFor(() => said.includes('ended ') && said.includes('-extproc'), { what: 'the end' });
		shell.stdin.end();
		assert.match(said, end);
		assert.match(said, /(?<!-)\becho\b/);
		assert.doesNotMatch(said, /-echo\b/);
	};
	await ask('\x03', /ended 130/);
	await ask('\x04', /no password of at most 1024 octets was given\r\nended 1\r/);
});
