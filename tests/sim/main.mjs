// A simulated carrier with a handset page.
//
//	node tests/sim/main.mjs [--smpp-port N] [--http-port N] [--system-id ID] [--password P]
//		[--numbers +15550100,...] [--ready-file FILE] [--scenario FILE]
//
// A port of 0 is a free one. FILE is written, { smppPort, httpPort }, once both listen. --scenario
// plays what goes wrong, as trouble.mjs describes it, once the first bind stands.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { Handsets } from './handset.mjs';
import { Smsc } from './smsc.mjs';
import { scenarioOf } from './trouble.mjs';
import { Web } from './web.mjs';

const { values } = parseArgs({
	options: {
		'smpp-port': { type: 'string', default: '0' },
		'http-port': { type: 'string', default: '0' },
		'system-id': { type: 'string', default: 'bindery' },
		password: { type: 'string', default: 'demo' },
		numbers: { type: 'string', default: '+15550100' },
		'ready-file': { type: 'string' },
		scenario: { type: 'string' },
	},
});

// The steps of the scenario, none without one; a file that is wrong ends the program.
function scenario(file) {
	if (!file) return [];
	try {
		return scenarioOf(readFileSync(file, 'utf8'), file);
	} catch (error) {
		console.error(error.message);
		return process.exit(2);
	}
}

const steps = scenario(values.scenario);
const smsc = new Smsc({ systemId: values['system-id'], password: values.password });
const handsets = new Handsets(smsc);
const web = new Web({ smsc, handsets, numbers: values.numbers.split(',') });

if (steps.length) smsc.once('binds', () => smsc.play(steps));
const smppPort = await smsc.listen(Number(values['smpp-port']));
const httpPort = await web.listen(Number(values['http-port']));
console.log(`SMPP on 127.0.0.1:${smppPort}, handsets on http://127.0.0.1:${httpPort}/`);
if (values['ready-file']) {
	// Whole or not there at all, for whoever waits for it.
	writeFileSync(`${values['ready-file']}.new`, JSON.stringify({ smppPort, httpPort }));
	renameSync(`${values['ready-file']}.new`, values['ready-file']);
}

for (const signal of ['SIGINT', 'SIGTERM']) {
	process.once(signal, async () => {
		await Promise.all([smsc.close(), web.close()]);
		process.exit(0);
	});
}
