// What the Redis Functions answer who says too late how a leg ended: leg.lua.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Functions, Partition } from './lib/functions.mjs';

const functions = Functions.forTests();
const p = Partition.connectedForTests(functions);

const disconnect = (named = {}) => p.call('disconnect',
	{ conv: p.conv, agent: 'ann', mode: 'timeout', pending: '1', acw_until: String(p.now + 1000), acw_holds: '0', ...named });
const said = (name, wrapup, notes, named = {}) => p.call(name, { conv: p.conv, leg: 1, agent: 'ann', wrapup, notes, ...named });
const kept = async () => {
	const { wrapup, notes } = await p.hash(`conv:${p.conv}:leg:1`);
	return [wrapup, notes];
};

describe('what is said of a leg that is over', () => {
	for (const name of ['wrapup', 'close']) {
		it(`${name}: a code or notes behind its time are refused, not dropped`, async () => {
			await disconnect();
			assert.equal((await p.call('leg_due', { conv: p.conv, leg: 1 }))[0], 'ok');
			const before = (await p.events()).length;
			// Not by the ref either: it was not done.
			for (let time = 0; time < 2; time++) assert.deepEqual(await said(name, 'sale', 'n', { ref: 'r1' }), ['late']);
			assert.deepEqual(await said(name, '', 'n'), ['late']);
			assert.deepEqual(await said(name, '', ''), ['again'], 'nothing is lost');
			assert.deepEqual(await kept(), ['timeout', '']);
			assert.equal((await p.events()).length, before);
		});

		it(`${name}: what is kept may be said again, and nothing else`, async () => {
			await disconnect();
			assert.equal((await said(name, 'sale', 'n'))[0], 'ok');
			assert.deepEqual(await said(name, 'sale', 'n'), ['again']);
			for (const other of [['other', 'n'], ['sale', 'm']]) assert.deepEqual(await said(name, ...other), ['late']);
			assert.deepEqual(await kept(), ['sale', 'n']);
		});

		it(`${name}: so it is of one that was closed for its agent, without after-call work`, async () => {
			await disconnect({ mode: '', pending: '' });
			assert.deepEqual(await said(name, 'sale', ''), ['late']);
			assert.deepEqual(await said(name, '', ''), ['again']);
		});
	}
});
