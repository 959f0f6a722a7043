// What went over a port of the loopback, caught by dumpcap and read by tshark: a judge that nobody
// here wrote.

import { existsSync } from 'node:fs';

import { Child, run } from './process.mjs';
import { waitFor } from './wait.mjs';

export class Capture {
	// Null where this machine or this user may not capture.
	static async start(path, port) {
		const capture = new Capture();
		capture.path = path;
		capture.port = port;
		capture.child = new Child('dumpcap', 'dumpcap', [
			'-q', '-i', 'lo', '-f', `tcp port ${port}`, '-w', path,
		]);
		await waitFor(() => capture.child.over || /^File: /m.test(capture.child.output), {
			what: () => `dumpcap captures; it said:\n${capture.child.output}`,
		});
		return capture.child.over ? null : capture;
	}

	async #read(filter, fields) {
		if (!existsSync(this.path)) return [];
		// A file that is being written may end within a packet, which tshark tells by its exit code.
		const { stdout } = await run('tshark', [
			'-r', this.path, '-d', `tcp.port==${this.port},smpp`, '-Y', filter, '-T', 'fields',
			...fields.flatMap((field) => ['-e', field]),
		]);
		return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
	}

	// How many of each command_id went towards the carrier, and from it: { out: Map, in: Map }.
	async commands() {
		const counts = { out: new Map(), in: new Map() };
		for (const [port, ids] of await this.#read('smpp', ['tcp.dstport', 'smpp.command_id'])) {
			const side = Number(port) === this.port ? counts.out : counts.in;
			for (const id of ids.split(',')) side.set(Number(id), (side.get(Number(id)) ?? 0) + 1);
		}
		return counts;
	}

	// The frames that tshark calls malformed or in error.
	malformed() {
		return this.#read('_ws.malformed || _ws.expert.severity >= 0x800000', [
			'frame.number', 'tcp.dstport', 'smpp.command_id', '_ws.expert.message', 'tcp.payload',
		]);
	}

	stop() {
		return this.child.over ? null : this.child.stop();
	}
}
