import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const SYSTEMD = fileURLToPath(new URL('../../systemd', import.meta.url));
const UNITS = ['bindery-redis', 'bindery-gateway', 'bindery-router'];
const READERS = ['@BINDIR@/bindery-gateway', '@BINDIR@/bindery-router', '/usr/bin/redis-server'];

const available = spawnSync('systemd-analyze', ['--version']).status === 0;

test('systemd has nothing to say about the units', { skip: !available }, () => {
	const folder = mkdtempSync(join(tmpdir(), 'bindery-units-'));
	try {
		const paths = UNITS.map((unit) => {
			let text = readFileSync(join(SYSTEMD, `${unit}.service`), 'utf8');
			// The programs are not installed where the tests run.
			for (const program of READERS) text = text.replaceAll(program, '/bin/true');
			const path = join(folder, `${unit}.service`);
			writeFileSync(path, text.replaceAll('@SYSCONFDIR@', '/etc'));
			return path;
		});
		const run = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no',
			...paths], { encoding: 'utf8' });
		const said = (run.stdout + run.stderr)
			.split('\n')
			.filter((line) => line.includes('bindery'));
		assert.deepEqual(said, []);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

for (const unit of ['bindery-gateway', 'bindery-router']) {
	test(`${unit} is watched, sandboxed and ordered after Redis`, () => {
		const lines = readFileSync(join(SYSTEMD, `${unit}.service`), 'utf8').split('\n');
		for (const wanted of ['Type=notify', 'WatchdogSec=30s', 'Restart=on-failure', 'StartLimitIntervalSec=0',
			'NoNewPrivileges=yes', 'ProtectSystem=strict', 'PrivateTmp=yes', 'CapabilityBoundingSet=',
			'SystemCallFilter=@system-service', 'User=bindery'])
			assert.ok(lines.includes(wanted), `${unit}: ${wanted}`);
		assert.ok(lines.some((line) => /^After=.*\bbindery-redis\.service\b/.test(line)));
	});
}

test('the sample that is installed names the folders that the install fills', () => {
	const build = process.env.BINDERY_BUILD ?? join(SYSTEMD, '../build/dev');
	const prefix = /^CMAKE_INSTALL_PREFIX:PATH=(.*)$/m.exec(readFileSync(join(build, 'CMakeCache.txt'), 'utf8'))[1];
	const sample = readFileSync(join(build, 'config/bindery.conf'), 'utf8');
	for (const [key, folder] of [['console', 'console'], ['docs', 'docs']])
		assert.match(sample, new RegExp(`^\t${key} = "${prefix}/share/bindery/${folder}";`, 'm'));
	assert.match(readFileSync(join(build, 'systemd/man/bindery.conf.5'), 'utf8'), new RegExp(`"${prefix}/share/bindery/docs"`));
});
