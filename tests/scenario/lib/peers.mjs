// Carriers of raw octets, one gateway that is bound to them all, and tshark as the judge of what it sent them.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { World } from './index.mjs';
import { judge, RawSmsc, writeCapture } from './raw.mjs';

export class RawPeers {
	// For all tests of a suite. `carriers` has what each asks for in bindery.conf beside `common`, by name; `prepare` is
	// called with each peer and its name before the gateway is there.
	static forTests(carriers, { common = {}, prepare = () => {} } = {}) {
		const peers = new RawPeers();
		before(() => peers.begin(carriers, common, prepare));
		after(() => peers.finish());
		return peers;
	}

	smscs = {};

	async begin(carriers, common, prepare) {
		for (const name of Object.keys(carriers)) {
			this.smscs[name] = await RawSmsc.start();
			prepare(this.smscs[name], name);
		}
		this.world = await World.start(null, {
			router: 'gone',
			changes: {
				carriers: Object.entries(carriers).map(([name, settings]) => ({
					name,
					hosts: [{ host: '127.0.0.1', port: this.smscs[name].port }],
					system_id: 'bindery',
					password: 'secret78',
					backoff_min_ms: 10,
					backoff_max_ms: 50,
					...common,
					...settings,
				})),
			},
		});
		for (const smsc of Object.values(this.smscs)) await smsc.bound();
	}

	async finish() {
		const all = Object.values(this.smscs);
		const sent = all.flatMap((smsc) => smsc.sent.map((pdus) => [...pdus]));
		const capture = join(this.world.folder, 'sent.pcap');
		try {
			writeCapture(capture, sent);
			const verdict = await judge(capture);
			assert.deepEqual(verdict.malformed, []);
			assert.equal(verdict.pdus, sent.flat().length);
		} finally {
			for (const smsc of all) await smsc.close();
			await this.world.finish();
		}
	}
}
