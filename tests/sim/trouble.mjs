// What the simulated carrier does wrong, as a value: the fields with what is allowed, what becomes of
// one submit_sm, and the steps of a scenario file. Nothing here knows of sockets or clocks.
//
// A scenario file is JSON:
//
//	{ "steps": [
//		{ "after_ms": 0, "set": { "throttleEvery": 3 } },
//		{ "after_submits": 200, "set": { "throttleEvery": 0, "loseEvery": 10 }, "do": "drop" }
//	] }
//
// A step is taken once: so many milliseconds after the start, or with that submit_sm, or at once when
// it names neither. `set` changes fields, `healthy: true` sets them all back first, `do` is one of ACTIONS.

import { smpp } from './peer.mjs';

const EVERY = { type: 'number', min: 0, max: 100_000, value: 0 };

// In the order and the groups in which the page shows them. `value` is the healthy one.
export const FIELDS = [
	{ group: 'Receipts', name: 'receipts', label: 'Say', type: 'choice', choices: ['delivered', 'failed', 'none'], value: 'delivered' },
	{ group: 'Receipts', name: 'receiptDelayMs', label: 'Come after, ms', type: 'number', min: 0, max: 600_000, value: 400 },
	{ group: 'Receipts', name: 'receiptFirst', label: 'Come before the answer', type: 'flag', value: false },
	{ group: 'Receipts', name: 'receiptTimes', label: 'Come so many times', type: 'number', min: 1, max: 10, value: 1 },
	{ group: 'Receipts', name: 'receiptRegress', label: 'Contradict themselves', type: 'flag', value: false },
	{ group: 'Receipts', name: 'receiptSpread', label: 'Each on another bind', type: 'flag', value: false },
	{ group: 'Answers', name: 'answerDelayMs', label: 'Come after, ms', type: 'number', min: 0, max: 60_000, value: 0 },
	{ group: 'Answers', name: 'throttleEvery', label: 'Every nth is throttled', ...EVERY },
	{ group: 'Answers', name: 'statusEvery', label: 'Every nth has the status', ...EVERY },
	{ group: 'Answers', name: 'status', label: 'Status', type: 'status', value: '0x00000445' },
	{ group: 'Answers', name: 'loseEvery', label: 'Every nth never comes', ...EVERY },
	{ group: 'The wire', name: 'halfEvery', label: 'Every nth answer: half a PDU, then silence', ...EVERY },
	{ group: 'The wire', name: 'lengthEvery', label: 'Every nth answer: a wrong length', ...EVERY },
	{ group: 'The wire', name: 'rubbishEvery', label: 'Every nth answer: rubbish', ...EVERY },
	{ group: 'The wire', name: 'dropEvery', label: 'Every nth answer: the link drops', ...EVERY },
	{ group: 'Binds', name: 'refuseBinds', label: 'The next binds are refused, so many', type: 'number', min: 0, max: 1000, value: 0 },
	{ group: 'Binds', name: 'refuseStatus', label: 'With the status', type: 'status', value: 'ESME_RBINDFAIL' },
];

export const ACTIONS = ['drop', 'unbind'];
export const HEALTHY = Object.freeze(Object.fromEntries(FIELDS.map(({ name, value }) => [name, value])));
const STEP_KEYS = ['after_ms', 'after_submits', 'set', 'do', 'healthy'];
const STEPS_MAX = 1000;

export class Wrong extends Error {}

// A status by its name or its number in hex, 0x and 1 to 8 digits; undefined for anything else.
export function statusOf(text) {
	if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number.parseInt(text, 16);
	return Object.hasOwn(smpp.errors, text) ? smpp.errors[text] : undefined;
}

const CHECKS = {
	choice: ({ choices }, value) => (choices.includes(value) ? '' : `allowed ${choices.join(', ')}`),
	flag: (_, value) => (typeof value === 'boolean' ? '' : 'allowed true, false'),
	number: ({ min, max }, value) =>
		Number.isInteger(value) && value >= min && value <= max ? '' : `allowed ${min}..${max}`,
	status: (_, value) =>
		statusOf(value) === undefined ? 'allowed a name such as ESME_RSYSERR, or 0x and up to 8 hex digits' : '',
};

// The changes to a trouble, or Wrong with the field, the fact and what is allowed.
export function checked(changes, place = '') {
	if (!changes || typeof changes !== 'object' || Array.isArray(changes))
		throw new Wrong(`${place}changes are an object of fields`);
	for (const [name, value] of Object.entries(changes)) {
		const field = FIELDS.find((one) => one.name === name);
		if (!field)
			throw new Wrong(`${place}unknown field "${name}", allowed ${FIELDS.map((one) => one.name).join(', ')}`);
		const allowed = CHECKS[field.type](field, value);
		if (allowed) throw new Wrong(`${place}${name} is ${JSON.stringify(value)}, ${allowed}`);
	}
	return { ...changes };
}

function checkStep(step, place) {
	if (!step || typeof step !== 'object' || Array.isArray(step)) throw new Wrong(`${place}a step is an object`);
	const unknown = Object.keys(step).find((key) => !STEP_KEYS.includes(key));
	if (unknown) throw new Wrong(`${place}unknown key "${unknown}", allowed ${STEP_KEYS.join(', ')}`);
	for (const key of ['after_ms', 'after_submits'])
		if (key in step && !(Number.isInteger(step[key]) && step[key] >= 0))
			throw new Wrong(`${place}${key} is ${JSON.stringify(step[key])}, allowed a whole number from 0`);
	if ('after_ms' in step && 'after_submits' in step)
		throw new Wrong(`${place}after_ms and after_submits, allowed one of them`);
	if ('do' in step && !ACTIONS.includes(step.do))
		throw new Wrong(`${place}do is ${JSON.stringify(step.do)}, allowed ${ACTIONS.join(', ')}`);
	return { ...step, set: checked(step.set ?? {}, place) };
}

// The steps of a scenario's text; `file` names it in what is Wrong.
export function scenarioOf(text, file) {
	let value;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw new Wrong(`${file}: not JSON: ${error.message}`);
	}
	if (!Array.isArray(value?.steps) || value.steps.length > STEPS_MAX)
		throw new Wrong(`${file}: "steps" is a list of at most ${STEPS_MAX} steps`);
	return value.steps.map((step, i) => checkStep(step, `${file}: step ${i + 1}: `));
}

const falls = (every, n) => every > 0 && n % every === 0;

// What the n-th answer is, from 1 on: { what, status }. `what` is ok, throttled, status, lost, half, length,
// rubbish or drop; all but throttled and status mean that the message was taken.
export function answerOf(trouble, n) {
	if (falls(trouble.dropEvery, n)) return { what: 'drop', status: 0 };
	if (falls(trouble.halfEvery, n)) return { what: 'half', status: 0 };
	if (falls(trouble.lengthEvery, n)) return { what: 'length', status: 0 };
	if (falls(trouble.rubbishEvery, n)) return { what: 'rubbish', status: 0 };
	if (falls(trouble.loseEvery, n)) return { what: 'lost', status: 0 };
	if (falls(trouble.statusEvery, n)) return { what: 'status', status: statusOf(trouble.status) };
	if (falls(trouble.throttleEvery, n)) return { what: 'throttled', status: smpp.ESME_RTHROTTLED };
	return { what: 'ok', status: 0 };
}

export const taken = ({ what }) => what !== 'status' && what !== 'throttled';

// The receipts of one message that was taken, in their order: states of SMPP 3.4 Appendix B.
export function receiptsOf(trouble) {
	if (trouble.receipts === 'none') return [];
	const final = trouble.receipts === 'failed' ? 'UNDELIV' : 'DELIVRD';
	const states = Array.from({ length: trouble.receiptTimes }, () => final);
	if (trouble.receiptRegress)
		return ['ENROUTE', ...states, 'ENROUTE', final === 'DELIVRD' ? 'UNDELIV' : 'DELIVRD'];
	return states;
}

// Octets in the place of an answer that is `whole`.
export function misshapen(what, whole, n) {
	if (what === 'half') return whole.subarray(0, whole.length >> 1);
	if (what === 'rubbish') return Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37 + n * 101 + 0x80) & 0xff));
	const octets = Buffer.from(whole);
	octets.writeUInt32BE(n % 2 ? 12 : 0x7fffffff, 0);
	return octets;
}
