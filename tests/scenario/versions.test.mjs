// Programs of several versions on one Redis: whose functions stand there, what the others say, and that whoever
// cannot work with them stops, says so, and goes on by itself. Other versions are played by loading their library.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { library } from './lib/functions.mjs';
import { OURS, World } from './lib/index.mjs';
import { enqueue } from './lib/load.mjs';
import { waitFor } from './lib/wait.mjs';

const SAID = { state: /\bstate=(\w+)/ };

// Those of another version; without a version as they were before they said it.
const functionsOf = (version, serves, text = library()) =>
	`${text}${version ? `redis.register_function{function_name = 'library', flags = {'no-writes'},
	callback = function() return {'${version}', '${serves}', 'theirs'} end}` : ''}\n`;

const load = ({ redis }, text) => redis.call('FUNCTION', 'LOAD', 'REPLACE', text);
const versionIn = async ({ redis }) => (await redis.call('FCALL_RO', 'library', 0))[0];
const stateIn = async ({ redis }) => ((await redis.call('GET', '{gw}:status:acme')) ?? '').match(SAID.state)?.[1];

// That of the functions that our own programs have put there: the programs', and when they were changed.
async function ours(world) {
	const { stdout } = await world.command('bindery-gateway', ['--version']);
	const version = await versionIn(world);
	assert.ok(version.startsWith(stdout.trim().split(' ')[1]), version);
	return version;
}

// One message from acme's queue, as it is sent.
async function sends(world, n) {
	const customer = `+1555800${String(n).padStart(4, '0')}`;
	await enqueue(world.redis, [{ id: `v${n}`, customer }]);
	await world.carrier.expectSubmit({ to: customer });
}

const OLDER = {
	'of an older version, without a function that is needed': functionsOf('0.0.9', '0.0.1', library().replace(/\bredis.register_function\('carrier_lease', .*\n/, '')),
	'of an older version that has them all': functionsOf('0.0.9', '0.0.1'),
	'of before they said their version': functionsOf(),
};

for (const [what, text] of Object.entries(OLDER))
	test(`functions ${what} are replaced at once, and it is said`, async (t) => {
		const world = await World.start(t);
		const version = await ours(world);
		await sends(world, 1);
		assert.equal(await versionIn(world), version);
		assert.equal(await world.metric(world.gatewayBase, 'bindery_functions_reloaded_total'), 0);
		for (let n = 2; n < 4; n++) {
			await load(world, text);
			await waitFor(async () => (await versionIn(world).catch(() => '')) === version, { what: 'ours again' });
			await sends(world, n);
		}
		const said = new RegExp(`event=functions_reloaded ours=${version} found=(0.0.9|none) .*end it or upgrade it`);
		await waitFor(() => said.test(world.gateway.output) || said.test(world.router.output), { what: 'who had to say so' });
		assert.equal(await world.metric(world.gatewayBase, 'bindery_functions_unserved'), 0);
	});

test('newer functions that serve this version stay, also when a program begins', async (t) => {
	const world = await World.start(t);
	await load(world, functionsOf('99.0.0', '0.0.1'));
	await world.gateway.says(/event=functions_newer ours=\S+ found=99.0.0 serves=0.0.1 .*upgrade it.*FUNCTION DELETE bindery/);
	await world.router.says(/event=functions_newer/);
	await sends(world, 1);
	await world.gateway.stop();
	await world.router.stop();
	await world.startRouter();
	await world.startGateway();
	assert.equal((await world.command('bindery-gateway', ['status'])).code, 0);
	await world.addUser('ann');
	await sends(world, 2);
	assert.equal(await versionIn(world), '99.0.0');
	assert.equal(await world.metric(world.gatewayBase, 'bindery_functions_reloaded_total'), 0);
});

test('newer functions that say they serve this version, but lack one that it calls: that is an error, told once', async (t) => {
	const world = await World.start(t);
	await sends(world, 1);
	await load(world, functionsOf('99.0.0', '0.0.1', library().replace(/\bredis.register_function\('carrier_lease', .*\n/, '')));
	await world.gateway.says(/level=error.* event=functions_lacking ours=\S+ found=99.0.0 .*FUNCTION DELETE bindery/);
	const refused = async () => Number((await world.redis.call('INFO', 'commandstats')).match(/cmdstat_fcall:.*rejected_calls=(\d+),failed_calls=(\d+)/)?.[2]);
	const before = await refused();
	await waitFor(async () => (await refused()) >= before + 2, { what: 'it lacks it twice more' });
	assert.equal(world.gateway.output.match(/event=functions_lacking/g).length, 1);
	assert.equal(await versionIn(world), '99.0.0');
	await world.redis.call('FUNCTION', 'DELETE', 'bindery');
	await sends(world, 2);
	assert.equal(await versionIn(world), await ours(world));
});

test('newer functions that do not serve this version: it says so everywhere, does nothing, and goes on when they are gone', async (t) => {
	const world = await World.start(t);
	const version = await ours(world);
	await sends(world, 1);
	await load(world, functionsOf('99.0.0', '98.0.0'));
	for (const daemon of [world.gateway, world.router])
		await daemon.says(new RegExp(`level=error.* event=functions_unserved ours=${version} found=99.0.0 serves=98.0.0 .*FUNCTION DELETE bindery`));
	await world.metricIs(world.gatewayBase, 'bindery_functions_unserved', 1);
	await world.metricIs(world.base, 'bindery_functions_unserved', 1);
	assert.equal(await world.metric(world.gatewayBase, 'bindery_redis_up'), 0);
	assert.match(await (await fetch(`${world.gatewayBase}/readyz`)).text(), /too old for the functions/);
	assert.match(await (await fetch(`${world.base}/readyz`)).text(), /functions in Redis are newer/);
	await waitFor(async () => (await stateIn(world)) === 'unserved', { what: 'the status' });
	const { code, stderr } = await world.command('bindery-gateway', ['status']);
	assert.equal(code, 1);
	assert.match(stderr, new RegExp(`functions are of version 99.0.0 and serve programs from 98.0.0 on, this one is ${version}: upgrade it`));

	// What the carrier delivers stays with the carrier, what waits waits.
	await assert.rejects(world.carrier.deliver({ from: '+15550199', to: OURS, text: 'Hello' }), /ESME_RX_T_APPN/);
	const { length } = world.carrier.submits.all;
	await enqueue(world.redis, [{ id: 'v2', customer: '+15558000002' }]);
	assert.equal(await versionIn(world), '99.0.0');
	await world.redis.call('FUNCTION', 'DELETE', 'bindery');
	await world.carrier.expectSubmit({ to: '+15558000002' });
	assert.equal(world.carrier.submits.all.length, length + 1);
	await waitFor(async () => (await stateIn(world)) === 'bound', { what: 'the status again' });
	await world.metricIs(world.gatewayBase, 'bindery_functions_unserved', 0);
	assert.equal(await versionIn(world), version);
	await sends(world, 3);
});

test('one that is too old says nothing over a newer gateway that has the carrier', async (t) => {
	const world = await World.start(t);
	await waitFor(async () => (await stateIn(world)) === 'bound', { what: 'the status' });
	await load(world, functionsOf('99.0.0', '98.0.0'));
	await world.metricIs(world.gatewayBase, 'bindery_functions_unserved', 1);
	await world.redis.call('SET', '{gw}:status:acme', 'state=bound instance=newer', 'PX', 60_000);
	const told = async () => Number((await world.redis.call('INFO', 'commandstats')).match(/cmdstat_set:calls=(\d+)/)[1]);
	const before = await told();
	await waitFor(async () => (await told()) >= before + 2, { what: 'it tries to say something twice' });
	assert.equal(await stateIn(world), 'bound');
});
