// What both programs say on the command line before they have read any file: 0 done, 1 no, 2 usage.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { run } from './lib/process.mjs';
import { BIN } from './lib/world.mjs';

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
