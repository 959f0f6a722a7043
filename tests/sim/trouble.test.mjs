import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { answerOf, checked, HEALTHY, misshapen, receiptsOf, scenarioOf, statusOf, taken } from './trouble.mjs';

const SCENARIOS = fileURLToPath(new URL('scenarios/', import.meta.url));

const whatOf = (changes, count) =>
	Array.from({ length: count }, (_, i) => answerOf({ ...HEALTHY, ...changes }, i + 1).what);

test('a healthy carrier answers everything', () => {
	assert.deepEqual(whatOf({}, 3), ['ok', 'ok', 'ok']);
	assert.deepEqual(receiptsOf(HEALTHY), ['DELIVRD']);
});

test('every nth answer is what was asked for, and the worst where two fall together', () => {
	assert.deepEqual(whatOf({ throttleEvery: 2 }, 4), ['ok', 'throttled', 'ok', 'throttled']);
	assert.deepEqual(whatOf({ loseEvery: 2, dropEvery: 4 }, 4), ['ok', 'lost', 'ok', 'drop']);
	assert.deepEqual(whatOf({ lengthEvery: 1 }, 1), ['length']);
	assert.deepEqual(whatOf({ rubbishEvery: 1 }, 1), ['rubbish']);
	assert.deepEqual(whatOf({ halfEvery: 1 }, 1), ['half']);
});

test('what is throttled or refused was not taken, what is lost was', () => {
	for (const what of ['throttled', 'status']) assert.equal(taken({ what }), false);
	for (const what of ['ok', 'lost', 'half', 'length', 'rubbish', 'drop']) assert.equal(taken({ what }), true);
});

test('a status is a name or a number in hex', () => {
	assert.equal(statusOf('ESME_RSYSERR'), 8);
	assert.equal(statusOf('0x45A'), 0x45a);
	for (const text of ['', '8', '0x', '0x123456789', 'ESME_RNONSENSE', 'toString']) assert.equal(statusOf(text), undefined);
	assert.deepEqual(answerOf({ ...HEALTHY, statusEvery: 1, status: '0x45A' }, 1), { what: 'status', status: 0x45a });
});

test('receipts are doubled, contradict themselves, or do not come', () => {
	assert.deepEqual(receiptsOf({ ...HEALTHY, receiptTimes: 2 }), ['DELIVRD', 'DELIVRD']);
	assert.deepEqual(receiptsOf({ ...HEALTHY, receipts: 'failed', receiptRegress: true }), ['ENROUTE', 'UNDELIV', 'ENROUTE', 'DELIVRD']);
	assert.deepEqual(receiptsOf({ ...HEALTHY, receipts: 'none', receiptTimes: 3 }), []);
});

test('octets that are no answer', () => {
	const whole = Buffer.from('00000011800000040000000000000001', 'hex');
	assert.equal(misshapen('half', whole, 1).length, 8);
	assert.equal(misshapen('length', whole, 1).readUInt32BE(0), 12);
	assert.equal(misshapen('length', whole, 2).readUInt32BE(0), 0x7fffffff);
	assert.equal(misshapen('rubbish', whole, 1).length, 64);
});

test('a change that is not allowed names the field, what it was and what is allowed', () => {
	const said = (changes) => {
		try {
			checked(changes);
		} catch (error) {
			return error.message;
		}
		return '';
	};
	assert.match(said({ throttleEvery: -1 }), /^throttleEvery is -1, allowed 0\.\.100000$/);
	assert.match(said({ receipts: 'maybe' }), /^receipts is "maybe", allowed delivered, failed, none$/);
	assert.match(said({ receiptFirst: 1 }), /^receiptFirst is 1, allowed true, false$/);
	assert.match(said({ status: '12' }), /^status is "12", allowed a name/);
	assert.match(said({ nonsense: 1 }), /^unknown field "nonsense", allowed receipts, /);
	assert.match(said([]), /an object of fields/);
});

test('a scenario that is wrong names the file, the step and what is allowed', () => {
	const said = (text) => {
		try {
			scenarioOf(text, 'a.json');
		} catch (error) {
			return error.message;
		}
		return '';
	};
	assert.match(said('{'), /^a\.json: not JSON: /);
	assert.match(said('{}'), /^a\.json: "steps" is a list/);
	assert.match(said('{"steps":[{},{"after":1}]}'), /^a\.json: step 2: unknown key "after", allowed after_ms, /);
	assert.match(said('{"steps":[{"after_ms":1,"after_submits":1}]}'), /^a\.json: step 1: after_ms and after_submits/);
	assert.match(said('{"steps":[{"after_ms":-1}]}'), /^a\.json: step 1: after_ms is -1, allowed a whole number/);
	assert.match(said('{"steps":[{"do":"explode"}]}'), /^a\.json: step 1: do is "explode", allowed drop, unbind$/);
	assert.match(said('{"steps":[{"set":{"loseEvery":"x"}}]}'), /^a\.json: step 1: loseEvery is "x", allowed 0\.\.100000$/);
});

test('the scenarios that come with it can be played', () => {
	for (const file of readdirSync(SCENARIOS))
		assert.ok(scenarioOf(readFileSync(SCENARIOS + file, 'utf8'), file).length > 0);
});
