// A supervisor who looks on, over the WebSocket that router/door/asyncapi.yaml calls `floor`: keeps every
// frame, and what the page would show by them.

import { Refused, signIn, WebSocket } from './agent.mjs';
import { Inbox, waitFor } from './wait.mjs';

export const FLOOR_SUBPROTOCOL = 'bindery.floor.v1';

export class Supervisor {
	constructor(base, cookie) {
		this.base = base;
		this.cookie = cookie;
		this.frames = new Inbox('supervisor');
		this.queues = new Map();
		this.agents = new Map();
		this.day = { begins_ms: 0, queues: new Map(), agents: new Map() };
		this.live = false;
	}

	static async signedIn(base, name, password) {
		const { status, cookie } = await signIn(base, name, password);
		if (!cookie) throw new Error(`supervisor ${name}: signing in was answered ${status}`);
		return new Supervisor(base, cookie);
	}

	// Signed in, and shown the floor.
	static async start(base, name, password) {
		const supervisor = await Supervisor.signedIn(base, name, password);
		await supervisor.open();
		await supervisor.hello();
		return supervisor;
	}

	// Opens the WebSocket and says nothing. A refusal is an Error whose message is the status.
	async open({ path = '/floor', protocol = FLOOR_SUBPROTOCOL, origin = this.base } = {}) {
		const headers = this.cookie ? { cookie: this.cookie } : {};
		const socket = new WebSocket(this.base.replace(/^http/, 'ws') + path, protocol, { origin, headers });
		this.socket = socket;
		this.closed = new Promise((resolve) => socket.once('close', resolve));
		socket.on('message', (data) => this.#frame(JSON.parse(data.toString('utf8'))));
		await new Promise((resolve, reject) => {
			socket.once('open', resolve);
			socket.once('error', reject);
			socket.once('unexpected-response', (_, answer) => {
				socket.terminate();
				reject(new Error(`${answer.statusCode}`));
			});
		});
		socket.on('error', () => {});
	}

	async hello() {
		this.say({ type: 'hello', ref: 'hello' });
		await this.frames.take(({ ref }) => ref === 'hello');
		return this.frames.take(({ type }) => type === 'snapshot');
	}

	say(frame) {
		this.socket.send(JSON.stringify(frame));
	}

	// Orders something; resolves to its ack, rejects with Refused. Give `ref` to say it again.
	async order(type, fields = {}, { ref = `${type}-${(this.orders = (this.orders ?? 0) + 1)}` } = {}) {
		this.say({ type, ref, ...fields });
		const answer = await this.frames.take((frame) => frame.ref === ref, { what: `answer to ${type}` });
		if (answer.type === 'error') throw new Refused(answer);
		return answer;
	}

	// The next frame of this type that fits.
	shown(type, fits = () => true) {
		return this.frames.take((frame) => frame.type === type && fits(frame), { what: `${type} ${fits}` });
	}

	#frame(frame) {
		if (frame.type === 'snapshot') {
			this.queues.clear();
			this.agents.clear();
		}
		if (frame.type === 'snapshot' || frame.type === 'changed') {
			this.live = frame.live;
			for (const row of frame.queues) this.queues.set(row.id, row);
			for (const row of frame.agents) this.agents.set(row.id, row);
			for (const id of frame.gone?.queues ?? []) this.queues.delete(id);
			for (const id of frame.gone?.agents ?? []) this.agents.delete(id);
			if (frame.today) this.#today(frame);
		}
		this.frames.push(frame);
	}

	#today({ type, today }) {
		if (type === 'snapshot' || today.begins_ms !== this.day.begins_ms)
			this.day = { begins_ms: today.begins_ms, queues: new Map(), agents: new Map() };
		for (const kind of ['queues', 'agents'])
			for (const row of today[kind]) this.day[kind].set(row.id, row);
	}

	// The same of the day's figures.
	async today(kind, id, fits) {
		await waitFor(() => this.day[kind].has(id) && fits(this.day[kind].get(id)), {
			what: () => `today ${id}: ${fits}; it is ${JSON.stringify(this.day[kind].get(id))}`,
		});
		return this.day[kind].get(id);
	}

	// Waits until the page would show this of a queue, or of an agent, and returns the row.
	queue(id, fits) {
		return this.#shown(this.queues, `queue ${id}`, id, fits);
	}

	agent(id, fits) {
		return this.#shown(this.agents, `agent ${id}`, id, fits);
	}

	async #shown(rows, name, id, fits) {
		await waitFor(() => rows.has(id) && fits(rows.get(id)), {
			what: () => `${name}: ${fits}; it is ${JSON.stringify(rows.get(id))}`,
		});
		return rows.get(id);
	}
}
