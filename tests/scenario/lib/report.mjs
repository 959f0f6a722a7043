// The reports that routing.md names, made from events and nothing else: a list of measures, each with what it is
// of. `events` are the fields of every `{c<p>}:events` and of `{acd}:events`, each stream in its order.
//
//	{ what: 'wait', value: 812, at, c, leg, queue, agent, skills, how, hour }

const HOUR_MS = 3_600_000;
const USUAL_PROMISE_S = 20;

const beside = (c) => c.endsWith('~c');
const number = (text) => Number(text || 0);

// What an event tells: itself, or each `state` of its rows.
export const apart = (event) => event.e !== 'states' ? [event] : event.rows.split('\n').map((row) => {
	const [m, c, st, n, carrier, at, why, tlvs] = row.split('\t');
	return { e: 'state', m, c, st, n, carrier, at, why, ...(tlvs && { tlvs: tlvs.replaceAll(';', '\n') }) };
});

class Report {
	constructor() {
		this.measures = [];
		this.routed = new Map(); // `c leg` → the event by which an agent got it
		this.places = new Map(); // c → its last `waiting`
		this.offers = new Map(); // epoch → `offer`
		this.legs = new Map(); // `c leg` → when it began, what it is of, and then how long it was talked
		this.written = new Map(); // a message of ours → its `mt`, or what it answers
		this.heard = new Map(); // c → its last `mo`
		this.asked = new Map(); // c → since when the customer waits for an answer, and for the first of all
	}

	add(what, value, { at, c, leg, q = '', a = '', skills, how }) {
		const routed = this.routed.get(`${c} ${leg}`) ?? {};
		this.measures.push({
			what, value, c, leg: number(leg), queue: q, agent: a, skills: skills ?? routed.skills ?? '',
			how: how ?? routed.how ?? '', at: number(at), hour: Math.floor(number(at) / HOUR_MS),
		});
	}

	floor(event) {
		const { e, c, at } = event;
		if (e === 'waiting') {
			this.places.set(c, event);
			if (!beside(c)) this.add('offered', 1, event);
		} else if (e === 'offer') {
			this.offers.set(event.epoch, event);
			this.add('alerted', 1, event);
		} else if (e === 'unoffered') {
			this.add('alert', at - this.offers.get(event.epoch).at, event);
			this.add(event.why, 1, event);
		} else if (e === 'accepted') this.#accepted(event);
		else if (e === 'assigned' && event.how === 'outbound') this.routed.set(`${c} ${event.leg}`, event);
		else if ((e === 'released' || e === 'moved') && /waiting|alerting/.test(event.was) && !beside(c)) {
			this.add(e === 'moved' ? 'flow-out' : 'abandoned', 1, event);
			this.add(e === 'moved' ? 'flow-out wait' : 'abandon wait', at - event.entered, event);
		}
	}

	#accepted(event) {
		const { c, leg, at, epoch, consult } = event;
		this.routed.set(`${c} ${leg}`, event);
		this.add('alert', at - this.offers.get(epoch).at, event);
		if (consult) {
			this.add('taken over', 1, event);
			return;
		}
		const { promised } = this.places.get(c);
		this.add('answered', 1, event);
		this.add('wait', at - event.entered, event);
		this.add('wait in all', at - event.since, event);
		if (at - event.entered > 1000 * number(promised || USUAL_PROMISE_S)) this.add('over service level', 1, event);
	}

	conversation(event) {
		const { e, c, at } = event;
		if (e === 'mo') this.#heard(event);
		else if (e === 'connected') this.legs.set(`${c} ${event.leg}`, { ...event, how: undefined, began: number(at), aside: 0 });
		else if ((e === 'closed' || e === 'handed_over') && event.a) this.#over(event, event.leg);
		else if (e === 'reclaimed') this.#over(event, event.leg - 1);
		else if (e === 'parked' || e === 'resumed') this.#aside(event);
		else if (e === 'transferred') {
			this.add('transfer', 1, { ...event, q: event.from_q, leg: event.a ? event.leg - 1 : event.leg });
			if (event.a) this.#over(event, event.leg - 1);
		} else if (e === 'wrapup' && event.over === '1') this.#wrapped(event);
		else if (e === 'mt') this.#answered(event);
		else if (e === 'consent' && event.m) {
			const answer = { ...this.heard.get(c), ...event, a: '', how: undefined }; // nobody's
			this.written.set(event.m, answer);
			this.add('segments out', number(event.n), answer);
		} else if (e === 'states') for (const one of apart(event)) this.conversation(one);
		else if (e === 'state') this.add(event.st, 1, { ...this.written.get(event.m), at });
	}

	#heard({ k, ...event }) {
		this.heard.set(event.c, event);
		this.add('segments in', number(event.n), { ...event, how: undefined });
		if (k !== 'NONE' && k !== 'AMBIGUOUS') return;
		const { c, at, how } = event;
		const since = this.asked.get(c) ?? {};
		this.asked.set(c, {
			since: since.since ?? number(at),
			first: how === 'open' ? since.first : number(at),
		});
	}

	// A response time is the agent's: it begins when they have it. The first one is the customer's.
	#answered(event) {
		const { c, leg, at, a } = event;
		this.written.set(event.m, event);
		this.add('segments out', number(event.n), event);
		const asked = this.asked.get(c);
		if (!a || event.by || !asked) return;
		if (asked.first !== undefined) this.add('first response', at - asked.first, event);
		const began = this.legs.get(`${c} ${leg}`).began;
		if (asked.since !== undefined) this.add('response', at - Math.max(asked.since, began), event);
		this.asked.set(c, {});
	}

	// What is put aside is not talked with.
	#aside({ e, c, leg, at }) {
		const has = this.legs.get(`${c} ${leg}`);
		if (e === 'parked') has.parked ??= number(at);
		else if (has.parked !== undefined) {
			has.aside += at - has.parked;
			this.add('parked', at - has.parked, { ...has, at });
			has.parked = undefined;
		}
	}

	#over(event, leg) {
		const has = this.legs.get(`${event.c} ${leg}`);
		this.#aside({ e: 'resumed', c: event.c, leg, at: event.at });
		has.ended = number(event.at);
		has.talk = has.ended - has.began - has.aside;
		this.add('talk', has.talk, { ...has, at: event.at });
		if (event.acw !== 'pending') this.add('handle', has.talk, { ...has, at: event.at });
	}

	#wrapped({ c, leg, at }) {
		const has = this.legs.get(`${c} ${leg}`);
		const after = at - has.ended;
		this.add('after-call work', after, { ...has, at });
		this.add('handle', has.talk + after, { ...has, at });
	}
}

export function report({ conversations, floor }) {
	const made = new Report();
	for (const event of floor) made.floor(event);
	for (const event of conversations) made.conversation(event);
	return made.measures.sort((one, other) => one.at - other.at);
}

// The values of one measure by something of it: { ann: [812, 90], bob: [1200] }
export function by(measures, what, of) {
	const groups = {};
	for (const measure of measures.filter((each) => each.what === what))
		(groups[measure[of]] ??= []).push(measure.value);
	return groups;
}

// How many, or the sum, of each.
export const counts = (measures, what, of) =>
	Object.fromEntries(Object.entries(by(measures, what, of)).map(([key, values]) => [key, values.length]));
export const sums = (measures, what, of) =>
	Object.fromEntries(Object.entries(by(measures, what, of)).map(([key, values]) =>
		[key, values.reduce((sum, value) => sum + value, 0)]));
