import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { tidy } from './tidy.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = process.env.BINDERY_BUILD ?? join(ROOT, 'build/dev');

test('clang-tidy has nothing to say, and every C file is in a target', async () => {
	const faults = await tidy(BUILD);
	assert.equal(faults.length, 0, faults.map(({ path, said }) => `${path}:\n${said}`).join('\n'));
});
