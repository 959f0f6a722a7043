// What the README says under "Run it", line by line on a machine of its own with systemd: installed, set up, started,
// and then what a unit has to stand: a changed file, a killed process, one that hangs, a stop in the middle of work.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Agent, Carrier, freePort, OURS, PASSWORD, run, waitFor } from './lib/index.mjs';
import { Machine, NoMachine } from './lib/machine.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RELEASE = resolve(process.env.BINDERY_BUILD ?? join(ROOT, 'build/dev'), '../release');
const BUILT = existsSync(join(RELEASE, 'bin/bindery-router')) && existsSync(join(RELEASE, 'bin/bindery-gateway'));
const UNITS = ['bindery-redis', 'bindery-gateway', 'bindery-router'];
const ADMIN = 'root';

// The commands of the block that the README has to be typed as root, without what is said beside them.
function commands() {
	const [, block] = /Then, as root:\n\n```\n([^]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'));
	return block.trim().split('\n').map((line) => line.replace(/ {2,}#.*/, ''));
}

// A value of the sample, by its line; each has to be there once.
function set(text, key, from, to) {
	const line = `${key} = ${from};`;
	assert.equal(text.split(line).length, 2, `the sample has ${line}`);
	return text.replace(line, `${key} = ${to};`);
}

class Installed {
	constructor(machine, carrier) {
		this.machine = machine;
		this.carrier = carrier;
		this.customers = 10;
	}

	// The sample made one's own: a carrier that is there, its password as a credential, free ports.
	async configure() {
		const { machine, carrier } = this;
		this.base = `http://127.0.0.1:${(this.port = await freePort())}`;
		const sample = readFileSync(machine.path('etc/bindery/bindery.conf'), 'utf8');
		let text = sample.replace(/hosts = \([^)]*\);/, `hosts = ( { host = "127.0.0.1"; port = ${carrier.port}; } );`);
		assert.notEqual(text, sample);
		text = set(text, 'system_id', '"bindery"', `"${carrier.systemId}"`);
		text = text.replace(/(name = "example";[^]*?password_file = )"";/, '$1"credential:example";');
		text = set(text, 'secure_cookies', 'true', 'false');
		text = set(text, 'port', '8080', String(this.port));
		this.write(text);
		writeFileSync(machine.path('etc/bindery/secrets/example'), `${carrier.password}\n`, { mode: 0o600 });
		await this.dropIn('bindery-gateway', 'LoadCredential=example:/etc/bindery/secrets/example');
	}

	async dropIn(unit, ...lines) {
		const folder = `etc/systemd/system/${unit}.service.d`;
		mkdirSync(this.machine.path(folder), { recursive: true });
		writeFileSync(this.machine.path(folder, 'ours.conf'), ['[Service]', ...lines, ''].join('\n'));
		await this.machine.ok('systemctl daemon-reload');
	}

	write(text) {
		this.config = text;
		writeFileSync(this.machine.path('etc/bindery/bindery.conf'), text);
	}

	// A line of the README, as one would type it: who is asked for a password says it.
	async type(line) {
		if (!/^bindery-router user add/.test(line)) return this.machine.ok(line);
		return this.machine.ok(`script -qec '${line}' /dev/null`, { input: [`${PASSWORD}\n`, `${PASSWORD}\n`] });
	}

	async ready() {
		await waitFor(async () => (await fetch(`${this.base}/readyz`)).status === 200, { what: 'the router is ready' });
	}

	// Another customer each time.
	next() {
		return `+155503${++this.customers}`;
	}

	async reconnect() {
		this.ann.socket.terminate();
		await this.ann.connect();
		await this.ann.goOnQueue();
	}

	async talks(customer, text) {
		await this.carrier.deliver({ from: customer, to: OURS, text });
		const offer = await this.ann.acceptNext(customer);
		await this.ann.send(offer.id, `You said: ${text}`);
		await this.carrier.expectSubmit({ to: customer, text: `You said: ${text}` });
		await this.ann.close(offer.id, 'Resolved');
	}
}

test('the appliance under systemd', { skip: !BUILT && 'nothing is built for release' }, async (t) => {
	let machine;
	try {
		machine = await Machine.boot(t);
	} catch (error) {
		if (!(error instanceof NoMachine)) throw error;
		t.skip(error.message);
		return;
	}
	const carrier = await Carrier.start({ password: 'S3cret' });
	t.after(() => carrier.close());
	const installed = new Installed(machine, carrier);
	const state = async (unit) => (await machine.unit(unit, 'ActiveState')).ActiveState;

	await t.test('is installed and started by what the README says', async () => {
		const { code, stderr } = await run('cmake', ['--install', RELEASE], { env: { DESTDIR: machine.path() } });
		assert.equal(code, 0, stderr);
		for (const line of commands()) {
			const said = await installed.type(line);
			if (line.includes(' check')) assert.match(said, /^ {2}credential:example was not looked at/m);
			if (line.startsWith('cp ')) await installed.configure();
		}
		for (const unit of UNITS) assert.equal(await state(unit), 'active', await machine.journal(unit));
		await installed.ready();
		assert.equal(carrier.binds[0].pdu.password, 'S3cret');
	});

	await t.test('answers a customer, and a STOP leaves its proof in the ledger’s folder', async () => {
		installed.ann = await Agent.start(installed.base, 'ann', PASSWORD);
		await installed.ann.goOnQueue();
		await installed.talks('+15550191', 'Hello');
		await carrier.deliver({ from: '+15550192', to: OURS, text: 'STOP' });
		assert.match((await carrier.expectSubmit({ to: '+15550192' })).text, /unsubscribed/);
		const heads = () => machine.ok('ls /var/lib/bindery/ledger');
		await waitFor(async () => (await heads()).trim() !== '', { what: 'a signed head' });
		assert.match(await machine.ok('stat -c %U:%a /var/lib/bindery/keys/ledger-signing.pem'), /^bindery:600$/m);
	});

	await t.test('its verbs work as root outside of the units, who have the secrets', async () => {
		assert.match(await machine.ok('bindery-gateway status'), /^example: bound, 1 of 1 binds/);
		assert.match(await machine.ok('bindery-router status'), /^redis\tready\nsending\topen$/m);
		assert.match(await machine.ok('bindery-router user list'), /^ann\tagent\t3$/m);
		assert.doesNotMatch(await machine.ok('bindery-gateway check'), /not looked at/, 'the unit has it');
	});

	await t.test('a changed file is taken up by a reload, one with an error changes nothing', async () => {
		const [bind] = carrier.binds;
		installed.write(set(installed.config, 'window', '10', '1001'));
		await machine.run('systemctl reload bindery-gateway bindery-router');
		for (const unit of ['bindery-gateway', 'bindery-router'])
			await machine.says(unit, /window is 1001, allowed 1..1000[^]*event=reload_refused/);
		installed.write(set(installed.config, 'window', '1001', '5').replace('binds = 1;', 'binds = 2;'));
		await machine.ok('systemctl reload bindery-gateway bindery-router');
		await waitFor(() => carrier.binds.length === 2, { what: 'the second bind' });
		assert.ok(bind.open && carrier.binds.includes(bind), 'the first is still the first');
		assert.match(await machine.ok('bindery-gateway status'), /^example: bound, 2 of 2 binds, window 0 of 10/);
	});

	await t.test('what is killed comes back by itself, and nothing is lost', async () => {
		for (const unit of UNITS) {
			const { MainPID } = await machine.unit(unit, 'MainPID');
			await machine.ok(`kill -9 ${MainPID}`);
			await waitFor(async () => {
				const now = await machine.unit(unit, 'ActiveState', 'MainPID');
				return now.ActiveState === 'active' && now.MainPID !== MainPID;
			}, { what: `${unit} is there again` });
			await waitFor(() => carrier.binds.length === 2, { what: 'both binds' });
			await installed.ready();
			await installed.reconnect();
			await installed.talks(installed.next(), `After ${unit}`);
		}
	});

	await t.test('what hangs is ended by the watchdog and comes back', async () => {
		const { MainPID } = await machine.unit('bindery-gateway', 'MainPID');
		await machine.ok(`kill -STOP ${MainPID}`);
		await machine.says('bindery-gateway', /Watchdog timeout/, { timeout: 90_000 });
		await waitFor(async () => (await state('bindery-gateway')) === 'active' && carrier.binds.length === 2, { what: 'it is there again' });
		await installed.talks(installed.next(), 'After a hang');
	});

	await t.test('a stop waits for the answers that are due, and ends as it should', async () => {
		const { onSubmit } = carrier;
		carrier.onSubmit = () => {};
		const customer = installed.next();
		await carrier.deliver({ from: customer, to: OURS, text: 'One more' });
		const { id } = await installed.ann.acceptNext(customer);
		await installed.ann.send(id, 'The last word');
		const submit = await carrier.expectSubmit({ to: customer });
		const stopping = machine.ok('systemctl stop bindery-gateway');
		await machine.says('bindery-gateway', /event=stopping signal=15(?![^]*event=stopping)/);
		submit.answer();
		await stopping;
		await machine.ok('systemctl stop bindery-router bindery-redis');
		for (const unit of UNITS) {
			const { ActiveState, Result } = await machine.unit(unit, 'ActiveState', 'Result');
			assert.deepEqual([unit, ActiveState, Result], [unit, 'inactive', 'success']);
		}
		assert.equal(carrier.binds.length, 0);
		carrier.onSubmit = onSubmit;
	});

	await t.test('all of it begins again after a boot, and goes on where it was', async () => {
		await machine.ok('systemctl start multi-user.target');
		await installed.ready();
		await waitFor(() => carrier.binds.length === 2, { what: 'both binds' });
		await installed.reconnect();
		await installed.talks(installed.next(), 'Next day');
		// Nothing that they do is forbidden to them, and none of them wrote where nobody looks.
		for (const unit of UNITS) assert.doesNotMatch(await machine.journal(unit), /not permitted|Permission denied|Read-only/);
	});
});
