// Ours beside Kannel: the same generator, the same windows, as many binds, in turns within one run.
// Kannel answers when its store has written, which it does without an fsync; we answer behind one.

import { join } from 'node:path';

import { enqueue } from '../scenario/lib/load.mjs';
import { Connection } from '../scenario/lib/redis.mjs';
import { waitFor } from '../scenario/lib/wait.mjs';
import { Kannel } from './kannel.mjs';
import { cpuRows, median, row } from './row.mjs';
import { OURS, World } from './world.mjs';

const WINDOWS = [10, 100, 1000];
const STORES = ['spool', 'file'];
// What we mean to reach: so many times what Kannel does with that store.
const GOALS = { mo: { spool: 10, file: 4 }, mt: { spool: 10, file: 3 } };
// Messages of one run: some seconds for each of them.
const COUNTS = { ours: { mo: 60_000, mt: 60_000 }, spool: { mo: 12_000, mt: 12_000 }, file: { mo: 40_000, mt: 40_000 } };
const QUICK = 4_000;

// A run with how long it took from its first message until nothing of it was left to do, the last receipt's state
// included. How long they take to bind is not counted.
async function settled(run, rest) {
	const begun = performance.now();
	await rest();
	return { ...run, settled_s: run.all_s + (performance.now() - begun) / 1000 };
}

class Ours {
	static async start(customers) {
		const ours = new Ours();
		ours.world = await World.start('versus', { customers, router: true });
		ours.redis = { call: (...args) => ours.connection.send(args) };
		ours.connection = new Connection(join(ours.world.folder, 'redis.sock'));
		ours.runs = 0;
		return ours;
	}

	// The router is there for MT alone: intake is gateway and Redis, as bearerbox alone is Kannel's.
	async mo(count, window) {
		if (!this.world.router.ended) await this.world.router.stop();
		const run = await this.world.order(`mo count=${count} window=${window} customers=1000`);
		await this.world.forgetUnapplied();
		return run;
	}

	async mt(count) {
		if (this.world.router.ended) await this.world.startDaemon('router', this.world.ports.http);
		this.runs += 1;
		const messages = Array.from({ length: count }, (_, i) => ({
			id: `${this.runs}-${i}`,
			customer: `+4670${String(i).padStart(7, '0')}`,
			text: 'the parcel has not come yet, where may it be waiting today?',
		}));
		await this.world.restartLoad(() => enqueue(this.redis, messages, { carrier: 'bench', ours: `+${OURS}` }));
		const run = await this.world.order(`take count=${count} window=1000 receipts=1 idle_s=60`);
		return settled(run, () => waitFor(async () => (await this.world.unapplied()) === 0, { timeout: 60_000 }));
	}

	async finish() {
		this.connection.end();
		await this.world.finish();
	}
}

class Theirs {
	static async start(store, customers) {
		const theirs = new Theirs();
		theirs.world = await Kannel.start(store, { customers });
		return theirs;
	}

	async mo(count, window) {
		const run = await this.world.order(`mo count=${count} window=${window} customers=1000`);
		await this.world.settled();
		return run;
	}

	async mt(count) {
		await this.world.restartLoad(() => this.world.fill(count));
		const run = await this.world.order(`take count=${count} window=1000 receipts=1 idle_s=60`);
		return settled(run, () => this.world.settled());
	}

	finish() {
		return this.world.finish();
	}
}

const nameOf = (who) => (who === 'ours' ? 'Bindery' : `Kannel, ${who}`);

const rate = { mo: (run) => run.sent / run.answered_s, mt: (run) => run.sent / run.seen_s };

// How many times as fast we are, by the medians, with what was to be reached.
function ratioRow(what, kind, runs, store) {
	const times = median(runs.ours.map(rate[kind])) / median(runs[store].map(rate[kind]));
	const each = runs.ours.map((run, i) => rate[kind](run) / rate[kind](runs[store][i]));
	const goal = GOALS[kind][store];
	return {
		...row(`${what}: we are to Kannel, ${store}`, 'times', [...runs.ours, ...runs[store]], () => 0, 1),
		median: times,
		least: Math.min(...each),
		most: Math.max(...each),
		runs: each,
		note: times >= goal ? `goal ${goal}: reached` : `goal ${goal}: NOT reached`,
	};
}

export async function versus(options) {
	const count = (who, kind) => (options.quick ? QUICK : COUNTS[who][kind]);
	const customers = Math.max(...Object.keys(COUNTS).map((who) => count(who, 'mt')));
	const figures = [...WINDOWS.map((window) => ['mo', window, `MO intake, window ${window}`]), ['mt', 1000, 'MT, stream → submit_sm_resp, receipts on']];
	const rows = [];
	const contestants = { ours: await Ours.start(customers) };
	for (const store of STORES) contestants[store] = await Theirs.start(store, customers);
	const runs = new Map(figures.map(([, , what]) => [what, { ours: [], spool: [], file: [] }]));
	for (let n = 0; n < options.runs; n++) {
		for (const [kind, window, what] of figures) {
			for (const [who, contestant] of Object.entries(contestants)) {
				const run = await contestant[kind](count(who, kind), window);
				runs.get(what)[who].push(run);
				options.told({ who, what, ...run });
			}
		}
	}
	const sustained = `${figures.at(-1)[2]}, until every receipt is applied`;
	for (const [kind, , what] of figures) {
		for (const [who, all] of Object.entries(runs.get(what)))
			rows.push(row(`${what}: ${nameOf(who)}`, 'messages/s', all, rate[kind]));
		for (const store of STORES) rows.push(ratioRow(what, kind, runs.get(what), store));
	}
	for (const [who, all] of Object.entries(runs.get(figures.at(-1)[2])))
		rows.push(row(`${sustained}: ${nameOf(who)}`, 'messages/s', all, (run) => run.sent / run.settled_s));
	for (const what of ['MO intake, window 100', figures.at(-1)[2]]) {
		for (const [who, all] of Object.entries(runs.get(what)))
			rows.push(...cpuRows(`${what}: ${nameOf(who)}`, all));
	}
	for (const contestant of Object.values(contestants)) await contestant.finish();
	return rows;
}
