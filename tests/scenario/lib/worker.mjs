// An agent who works without being told to: takes every offer, answers every text of a customer once,
// comes back whenever the connection is lost, and says a reply again until it is accepted, as the
// console does.

import { Refused } from './agent.mjs';
import { waitFor } from './wait.mjs';

const PATIENCE = 60_000;

export class Worker {
	// `answerTo(text)` makes the reply to a text; null for none.
	constructor(agent, { answerTo = (text) => `re: ${text}` } = {}) {
		this.agent = agent;
		this.answerTo = answerTo;
		// By conversation and the customer's message: { conversation, text, accepted }. A message's id
		// is its own within its conversation only.
		this.replies = new Map();
		this.refused = [];
		this.failures = [];
		this.online = true;
		this.over = false;
		agent.onEvent = (event) => this.#on(event);
		this.#keepUp();
	}

	static async start(world, name, options = {}) {
		const agent = await world.agent(name, { capacity: options.capacity ?? 25 });
		const worker = new Worker(agent, options);
		await worker.#persist(() => agent.goOnQueue());
		return worker;
	}

	// Replies that the server has said it accepted.
	get accepted() {
		return [...this.replies.values()].filter(({ accepted }) => accepted);
	}

	get waiting() {
		return this.replies.size - this.accepted.length;
	}

	stop() {
		this.over = true;
	}

	async #keepUp() {
		while (!this.over) {
			await this.agent.closed;
			this.online = false;
			if (this.over) return;
			try {
				await waitFor(() => this.over || this.agent.connect().then(() => true), {
					timeout: PATIENCE,
					what: `agent ${this.agent.name} connects again`,
				});
				this.online = true;
			} catch (error) {
				this.#fail(error);
				return;
			}
		}
	}

	#fail(error) {
		if (!this.over) this.failures.push(error);
	}

	// Does it, and again after every break; a refusal that will not change is thrown.
	async #persist(what) {
		let result;
		await waitFor(
			async () => {
				if (this.over) return true;
				if (!this.online) return false;
				try {
					result = { value: await what() };
				} catch (error) {
					if (!(error instanceof Refused) || error.code === 'unavailable') throw error;
					result = { error };
				}
				return true;
			},
			{ timeout: PATIENCE, what: `agent ${this.agent.name} gets an answer` },
		);
		if (result?.error) throw result.error;
		return result?.value;
	}

	#on(event) {
		const todo = [];
		if (event.type === 'snapshot') {
			todo.push(...event.offers.map((offer) => () => this.#take(offer)));
			todo.push(...event.conversations.map(({ id }) => () => this.#look(id)));
		}
		if (event.type === 'offer') todo.push(() => this.#take(event.offer));
		if (event.type === 'connected') todo.push(() => this.#look(event.conversation.id));
		if (event.type === 'message' && event.message.direction === 'in')
			todo.push(() => this.#reply(event.conversation, event.message));
		if (event.type === 'agent' && event.agent.routing === 'not_responding')
			todo.push(() => this.#persist(() => this.agent.goOnQueue()));
		for (const step of todo) step().catch((error) => this.#fail(error));
	}

	async #take(offer) {
		try {
			await this.#persist(() => this.agent.accept(offer));
		} catch (error) {
			if (error.code !== 'conflict') throw error;
		}
	}

	async #look(conversation) {
		const thread = await this.#persist(() => this.agent.thread(conversation));
		for (const message of thread ?? [])
			if (message.direction === 'in') this.#reply(conversation, message).catch((e) => this.#fail(e));
	}

	async #reply(conversation, message) {
		const key = `${conversation} ${message.id}`;
		if (this.replies.has(key) || message.partial) return;
		const text = this.answerTo(message.text);
		if (text === null) return;
		const reply = { conversation, text, accepted: null };
		this.replies.set(key, reply);
		const ref = this.agent.ref();
		try {
			reply.accepted = await this.#persist(() => this.agent.send(conversation, text, { ref }));
		} catch (error) {
			this.replies.delete(key);
			this.refused.push({ reply, code: error.code });
		}
	}
}
