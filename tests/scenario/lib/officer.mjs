// What people of compliance say on the command line: the verb suppression of a world.

import assert from 'node:assert/strict';
import { it } from 'node:test';

import { PASSWORD } from './world.mjs';

// `world` is a function of it, since it is there only later.
export function officer(world) {
	const say = (words, options) => world().command('bindery-router', ['suppression', ...words], options);
	return {
		// → { code, stdout, stderr }
		suppression: (...words) => say(words, {}),
		// The same by somebody who has the right password.
		confirmed: (...words) => say([...words, '--password-stdin'], { input: `${PASSWORD}\n` }),
		// Each [words, pattern] is refused as a wrong use, in such words.
		refuses(wrong) {
			for (const [words, pattern] of wrong)
				it(`suppression ${words.join(' ')}`, async () => {
					const { code, stderr } = await say(words, {});
					assert.equal(code, 2);
					assert.match(stderr, pattern);
				});
		},
	};
}

// What one of them printed, which was done.
export async function done(promise) {
	const { code, stdout, stderr } = await promise;
	assert.equal(code, 0, stderr);
	return stdout;
}
