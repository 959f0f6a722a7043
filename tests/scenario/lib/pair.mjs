// Two routers on one Redis: a world's own and a second one with a name and a door of its own. One works, the
// other stands by.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Child } from './process.mjs';
import { freePort, waitFor } from './wait.mjs';
import { BIN } from './world.mjs';

export class Pair {
	static async start(world) {
		const pair = new Pair();
		pair.world = world;
		const port = await freePort();
		const config = readFileSync(world.config, 'utf8');
		const second = join(world.folder, 'second.conf');
		// The name and the port are all that is different.
		writeFileSync(second, config.replaceAll(String(world.ports.http), String(port)).replace('"router-1"', '"router-2"'));
		pair.doors = [
			{ name: 'router-1', config: world.config, base: world.base },
			{ name: 'router-2', config: second, base: world.base.replace(String(world.ports.http), String(port)) },
		];
		for (const door of pair.doors) pair.startOne(door);
		return pair;
	}

	startOne(door) {
		const { world } = this;
		door.child = new Child('bindery-router', join(BIN, 'bindery-router'), ['-c', door.config], {
			env: world.env,
			log: join(world.folder, `${door.name}.log`),
		});
	}

	// Whether this one works, by what it says of itself.
	async works(door) {
		const said = await fetch(`${door.base}/readyz`).then((answer) => answer.text(), () => '');
		return said.includes('"ready":true') || said.includes('No carrier has a bind');
	}

	async working({ timeout = 60_000 } = {}) {
		let found;
		await waitFor(
			async () => {
				for (const door of this.doors) if (await this.works(door)) found = door;
				return found;
			},
			{ timeout, what: 'one of the two routers works' },
		);
		return found;
	}

	// It stands still from here on: what comes for it waits, and nothing runs out for it.
	stand(door) {
		process.kill(door.child.pid, 'SIGSTOP');
	}

	goOn(door) {
		process.kill(door.child.pid, 'SIGCONT');
	}

	other(door) {
		return this.doors.find((one) => one !== door);
	}

	async kill(door) {
		await door.child.kill();
	}

	async stop() {
		for (const { child } of this.doors) {
			if (!child.over) {
				child.child.kill('SIGCONT');
				await child.stop();
			}
			child.assertClean();
		}
	}
}
