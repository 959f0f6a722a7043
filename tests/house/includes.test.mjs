import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { includeFaults } from './includes.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

// The faults of a tree made of `files`: { path: text }.
function faultsOf(files) {
	const root = mkdtempSync(join(tmpdir(), 'bindery-includes-'));
	try {
		for (const [path, text] of Object.entries(files)) {
			mkdirSync(dirname(join(root, path)), { recursive: true });
			writeFileSync(join(root, path), text);
		}
		return includeFaults(root);
	} finally {
		rmSync(root, { recursive: true });
	}
}

test('the rooms include one another in their order, and third parties in their place', () => {
	assert.deepEqual(includeFaults(ROOT), []);
});

test('a tree in order has no fault', () => {
	const faults = faultsOf({
		'smpp/pdu.h': '#include <stdint.h>\n',
		'config/log.h': '',
		'router/bus/bus.c': '#include <hiredis/hiredis.h>\n#include "config/log.h"\n',
		'router/bus/bus.h': '#include "smpp/pdu.h"\n',
		'gateway/bind.c': '#include "router/bus/bus.h"\n#include "smpp/pdu.h"\n#include <ev.h>\n',
		'router/door/door.c': '#include <libwebsockets.h>\n#include "router/bus/bus.h"\n',
	});
	assert.deepEqual(faults, []);
});

test('a circle of includes is a fault', () => {
	const faults = faultsOf({
		'smpp/a.h': '#include "smpp/b.h"\n',
		'smpp/b.h': '#include "smpp/c.h"\n',
		'smpp/c.h': '#include "smpp/a.h"\n',
	});
	assert.deepEqual(faults, [
		'includes run in a circle: smpp/a.h → smpp/b.h → smpp/c.h → smpp/a.h',
	]);
});

test('two rooms that include each other are a fault, even without a circle of files', () => {
	const faults = faultsOf({
		'router/routing/queue.h': '',
		'router/routing/offer.c': '#include "router/threading/conversation.h"\n',
		'router/threading/conversation.h': '',
		'router/threading/window.c': '#include "router/routing/queue.h"\n',
	});
	assert.equal(faults.length, 1);
	assert.match(faults[0], /^rooms include one another: /);
});

const OUT_OF_ORDER = [
	['smpp/pdu.c', 'config/log.h'],
	['smpp/pdu.c', 'router/bus/bus.h'],
	['config/settings.c', 'router/bus/bus.h'],
	['router/bus/bus.c', 'gateway/bind.h'],
	['router/bus/bus.c', 'router/door/door.h'],
	['gateway/bind.c', 'router/door/door.h'],
	['gateway/bind.c', 'router/threading/conversation.h'],
	['router/main.c', 'gateway/bind.h'],
	['router/routing/queue.c', 'smpp/wall/wall.h'],
	['smpp/pdu.c', 'tests/unit/fixture.h'],
];

for (const [from, to] of OUT_OF_ORDER) {
	test(`${from} must not include ${to}`, () => {
		const faults = faultsOf({ [from]: `\n#include "${to}"\n`, [to]: '' });
		assert.equal(faults.length, 1, faults.join('\n'));
		assert.match(faults[0], new RegExp(`^${from}:2: .* must not include `));
	});
}

const OUT_OF_PLACE = [
	['smpp/pdu.c', 'smpp34.h'],
	['tests/unit/test-pdu.c', 'smpp34_structs.h'],
	['gateway/bind.c', 'hiredis/async.h'],
	['router/threading/window.c', 'libwebsockets.h'],
	['router/routing/queue.c', 'jansson.h'],
	['gateway/main.c', 'libconfig.h'],
	['config/log.c', 'libconfig.h'],
	['gateway/bind.c', 'openssl/ssl.h'],
	['smpp/session.c', 'ev.h'],
	['smpp/session.c', 'cmocka.h'],
];

for (const [from, header] of OUT_OF_PLACE) {
	test(`${from} must not include <${header}>`, () => {
		const faults = faultsOf({ [from]: `#include <${header}>\n` });
		assert.equal(faults.length, 1, faults.join('\n'));
		assert.match(faults[0], /which has one place/);
	});
}

test('an include that does not start at the root is a fault', () => {
	const faults = faultsOf({ 'smpp/pdu.c': '#include "pdu.h"\n', 'smpp/pdu.h': '' });
	assert.equal(faults.length, 1);
	assert.match(faults[0], /paths start at its root/);
});
