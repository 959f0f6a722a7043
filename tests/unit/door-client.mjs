// One of the agents' WebSockets, as the tests of the door speak it.

import assert from 'node:assert/strict';

import { WebSocket } from '../scenario/lib/agent.mjs';
import { Inbox } from '../scenario/lib/wait.mjs';

export class Client {
	static base; // where the door is
	static cookieOf; // name → the cookie of a session

	static async open({ cookie, origin, protocol = 'bindery.agent.v1', path = '/agent', at = Client.base } = {}) {
		const client = new Client();
		client.frames = new Inbox('client');
		client.socket = new WebSocket(at.replace('http', 'ws') + path, protocol,
			{ origin, headers: cookie ? { cookie } : {} });
		client.closed = new Promise((resolve) => client.socket.once('close',
			(code, reason) => resolve({ code, reason: reason.toString() })));
		client.socket.on('message', (data) => client.frames.push(JSON.parse(data)));
		await new Promise((resolve, reject) => {
			client.socket.once('open', resolve);
			client.socket.once('unexpected-response', (_, answer) => {
				client.socket.terminate();
				reject(new Error(`${answer.statusCode}`));
			});
			client.socket.once('error', reject);
		});
		client.socket.on('error', () => {});
		return client;
	}

	static async signedIn(name = 'ann', hello = {}) {
		const client = await Client.open({ cookie: await Client.cookieOf(name) });
		client.say({ type: 'hello', ref: 'h', ...hello });
		const ack = await client.frames.take((frame) => frame.ref === 'h');
		assert.equal(ack.type, 'ack');
		return client;
	}

	say(frame) {
		this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
	}

	async ask(frame) {
		this.say(frame);
		return this.frames.take((answer) => answer.ref === frame.ref);
	}

	event(type) {
		return this.frames.take((frame) => frame.type === type);
	}
}
