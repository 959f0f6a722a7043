// Kannel as a contestant: bearerbox and smsbox of Debian's package between the same load generator
// and a service that swallows every text, with what it stores kept under build/bench/.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort, waitFor } from '../scenario/lib/wait.mjs';
import { command, FOLDER, LINKS, OURS, Process, World } from './world.mjs';

// Refused at once, which is the cheapest that smsbox can be asked to do with a receipt.
const NOWHERE = 'http://127.0.0.1:1/';
const ADMIN_PASSWORD = 'a-password-of-the-benchmark';

function groups(list) {
	return list
		.map(([group, fields]) =>
			[`group = ${group}`, ...Object.entries(fields).map(([key, value]) => `${key} = ${value}`), '']
				.join('\n'),
		)
		.join('\n');
}

export class Kannel extends World {
	// `store`: spool (a file a message) or file (one file, appended to without an fsync).
	static async start(store, { customers = 20_000 } = {}) {
		const world = new Kannel();
		world.folder = join(FOLDER, `kannel-${store}`);
		rmSync(world.folder, { recursive: true, force: true });
		mkdirSync(join(world.folder, 'store'), { recursive: true });
		world.store = store;
		world.ports = {
			smpp: await freePort(),
			admin: await freePort(),
			boxes: await freePort(),
			sendsms: await freePort(),
		};
		world.configureKannel();
		world.startLoad(0, customers);
		world.bearerbox = new Process('bearerbox', 'bearerbox', ['-v', '4', world.config], world.folder);
		await world.ready(world.bearerbox, 'running');
		world.smsbox = new Process('smsbox', 'smsbox', ['-v', '4', world.config], world.folder);
		await world.ready(world.smsbox, 'smsbox:');
		await world.order(`links links=${LINKS} idle_s=20`);
		return world;
	}

	// Logs of errors alone, no access log, windows as wide as ours, as many binds.
	configureKannel() {
		const log = (name) => `"${join(this.folder, name)}"`;
		const smsc = Array.from({ length: LINKS }, (_, i) => [
			'smsc',
			{
				smsc: 'smpp',
				'smsc-id': `bench${i}`,
				host: '127.0.0.1',
				port: this.ports.smpp,
				'transceiver-mode': true,
				'smsc-username': 'bench',
				'smsc-password': 'bench',
				'system-type': '""',
				'max-pending-submits': 1000,
				'enquire-link-interval': 60,
				'reconnect-delay': 1,
				'source-addr-ton': 1,
				'source-addr-npi': 1,
				'dest-addr-ton': 1,
				'dest-addr-npi': 1,
			},
		]);
		this.config = join(this.folder, 'kannel.conf');
		writeFileSync(
			this.config,
			groups([
				[
					'core',
					{
						'admin-port': this.ports.admin,
						'admin-interface': '127.0.0.1',
						'admin-password': ADMIN_PASSWORD,
						'smsbox-port': this.ports.boxes,
						'smsbox-interface': '127.0.0.1',
						'box-allow-ip': '127.0.0.1',
						'store-type': this.store,
						'store-location':
							this.store === 'spool' ? join(this.folder, 'store') : join(this.folder, 'store/file'),
						'dlr-storage': 'internal',
						'log-file': log('bearerbox.kannel.log'),
						'log-level': 4,
					},
				],
				...smsc,
				[
					'smsbox',
					{
						'bearerbox-host': '127.0.0.1',
						'sendsms-port': this.ports.sendsms,
						'sendsms-interface': '127.0.0.1',
						'log-file': log('smsbox.kannel.log'),
						'log-level': 4,
						'global-sender': OURS,
					},
				],
				['sms-service', { keyword: 'default', 'max-messages': 0, text: 'swallowed', 'catch-all': true }],
			]),
		);
	}

	async status() {
		const answer = await fetch(
			`http://127.0.0.1:${this.ports.admin}/status.txt?password=${ADMIN_PASSWORD}`,
		);
		return answer.text();
	}

	ready(process, word) {
		return waitFor(
			async () => process.ended || process.error || (await this.status()).includes(word),
			{ what: () => `Kannel is ready; it said:\n${process.tail()}` },
		).then(() => {
			if (process.error) throw process.error;
			if (process.ended) throw new Error(`${process.name} ended:\n${process.tail()}`);
		});
	}

	// Texts that smsbox has not taken yet, so that one run is over before the next.
	async settled() {
		let said = '';
		await waitFor(
			async () => {
				said = await this.status();
				return /received [0-9]+ \(0 queued\)/.test(said) && /sent [0-9]+ \(0 queued\)/.test(said);
			},
			{ timeout: 120_000, what: () => `Kannel has nothing left to do; it said:\n${said}` },
		);
	}

	// `count` messages with a receipt asked for, one to each of the customers 0..count - 1, given to
	// bearerbox by Kannel's own tool while no SMSC is there.
	async fill(count) {
		const text = join(this.folder, 'text');
		const receivers = join(this.folder, 'receivers');
		writeFileSync(text, 'the parcel has not come yet, where may it be waiting today?');
		writeFileSync(
			receivers,
			Array.from({ length: count }, (_, i) => `4670${String(i).padStart(7, '0')}\n`).join(''),
		);
		const before = await this.queued();
		await command('mtbatch', [
			'-v', '4', '-b', '127.0.0.1', '-p', String(this.ports.boxes), '-f', OURS, '-D', '3', '-u', NOWHERE, text,
			receivers,
		]);
		await waitFor(async () => (await this.queued()) - before >= count, {
			timeout: 120_000,
			what: () => `${count} messages wait in Kannel`,
		});
	}

	async queued() {
		return Number((await this.status()).match(/store size ([0-9]+)/)?.[1] ?? 0);
	}
}
