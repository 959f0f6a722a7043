// router/EVENTS.md as data, and what of it a set of events does not keep to.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../../../router/EVENTS.md', import.meta.url));

const FUNCTIONS = fileURLToPath(new URL('../../../router/bus/functions', import.meta.url));

const spans = (cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, text]) => text.trim());
const cells = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim());

// { '{acd}': { events: { offer: { by, must: [field…], may: [field…] } }, fields: { how: [value…] } } }
export function documented() {
	const streams = {};
	let stream;
	let table;
	for (const line of readFileSync(DOCUMENT, 'utf8').split('\n')) {
		const heading = line.match(/^## `(.*):events`/);
		if (line.startsWith('## ')) stream = heading && (streams[heading[1]] = { events: {}, fields: {} });
		else if (!line.startsWith('|')) table = undefined;
		else if (!table) table = cells(line)[0];
		else if (stream && !line.startsWith('|---') && table === 'event') row(stream, cells(line));
		else if (stream && !line.startsWith('|---'))
			for (const field of spans(cells(line)[0])) stream.fields[field] = spans(cells(line)[1]);
	}
	return streams;
}

function row({ events }, [event, by, fields]) {
	const names = spans(fields)[0].split(' ');
	events[spans(event)[0]] = {
		by: by.split(', '),
		must: names.filter((name) => !name.endsWith('?')),
		may: names.filter((name) => name.endsWith('?')).map((name) => name.slice(0, -1)),
	};
}

// The events that the functions write, `mo` → the files that do.
export function written() {
	const found = {};
	for (const file of readdirSync(FUNCTIONS)) {
		const text = readFileSync(join(FUNCTIONS, file), 'utf8');
		for (const [, ...ways] of text.matchAll(/'e', '(\w+)'|'e\\0(\w+)\\0|conv_event\((?:[^')]|'')*'(\w+)'/g))
			(found[ways.find(Boolean)] ??= new Set()).add(file);
	}
	return found;
}

// The stream's name in the document: `{c3}:events` → `{c<p>}`.
export const streamOf = (key) => key.replace(/:events$/, '').replace(/^\{c\d+\}$/, '{c<p>}');

// What is amiss with one event, as sentences.
export function complaints(streams, name, { e, ...fields }) {
	const { events, fields: known } = streams[name] ?? { events: {} };
	const told = events[e];
	if (!told) return [`${name} ${e} is not in the document`];
	const has = Object.keys(fields);
	return [
		...has.filter((field) => !told.must.includes(field) && !told.may.includes(field))
			.map((field) => `${name} ${e}: ${field} is not in the document`),
		...told.must.filter((field) => !has.includes(field)).map((field) => `${name} ${e}: ${field} is missing`),
		...has.filter((field) => known[`${e}.${field}`] === undefined && known[field] === undefined)
			.map((field) => `${name} ${e}: ${field} has no meaning in the document`),
		...has.filter((field) => {
			const values = known[`${e}.${field}`] ?? known[field] ?? [];
			return values.length && !values.includes(fields[field]);
		}).map((field) => `${name} ${e}: ${field} is "${fields[field]}", which is not in the document`),
	];
}

// What the document has and none of the events, given as [stream, fields].
export function neverTold(streams, events) {
	const missing = [];
	for (const [name, { events: told, fields }] of Object.entries(streams)) {
		const used = new Set();
		for (const [e, { must, may }] of Object.entries(told)) {
			const of = events.filter(([stream, event]) => stream === name && event.e === e).map(([, event]) => event);
			if (!of.length) missing.push(`${name} ${e} never happened`);
			for (const field of may)
				if (!of.some((event) => field in event)) missing.push(`${name} ${e}: ${field} was never there`);
			for (const field of [...must, ...may]) used.add(field).add(`${e}.${field}`);
		}
		for (const field of Object.keys(fields)) if (!used.has(field)) missing.push(`${name}: no event has ${field}`);
	}
	return missing;
}
