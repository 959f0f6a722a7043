// Holds the C sources against the order of the rooms (DESIGN.md, "Rooms"): who may include whom,
// where each third-party header may stand, and that no includes run in a circle.
//
// As a program: `node tests/house/includes.mjs [ROOT]` prints one fault a line, exit 1 if any.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

// Longest first: a file's room is the first of these that its path starts with.
const ROOMS = [
	'smpp/wall',
	'router/bus',
	'router/compliance',
	'router/directory',
	'router/threading',
	'router/routing',
	'router/supervise',
	'router/door',
	'smpp',
	'config',
	'gateway',
	'router',
	'tests',
];

const ROUTER_ROOMS = [
	'router/compliance',
	'router/directory',
	'router/threading',
	'router/routing',
	'router/supervise',
	'router/door',
	'router',
];

// What a room may include besides itself.
const ALLOWED = {
	'smpp/wall': ['smpp'],
	smpp: ['smpp/wall'],
	config: ['smpp'],
	'router/bus': ['smpp', 'config'],
	gateway: ['smpp', 'smpp/wall', 'config', 'router/bus'],
	tests: ROOMS,
};
for (const room of ROUTER_ROOMS)
	ALLOWED[room] = ['smpp', 'config', 'router/bus', ...ROUTER_ROOMS];

// A third-party header and the one place where it may be included.
const THIRD_PARTY = [
	{ name: 'libsmpp34', header: /^smpp34/, place: /^smpp\/wall\// },
	{ name: 'hiredis', header: /^hiredis\//, place: /^(router\/bus|tests)\// },
	{ name: 'libwebsockets', header: /^libwebsockets/, place: /^(router\/door|tests)\// },
	{ name: 'jansson', header: /^jansson/, place: /^(router\/door|tests)\// },
	{ name: 'libconfig', header: /^libconfig/, place: /^(config\/settings|tests\/)/ },
	{
		name: 'OpenSSL',
		header: /^openssl\//,
		place: /^(gateway\/link|router\/door\/|router\/compliance\/|tests\/)/,
	},
	{ name: 'utf8proc', header: /^utf8proc/, place: /^router\/compliance\/normal/ },
	{ name: 'libev', header: /^ev(\+\+)?\.h$/, place: /^(gateway\/|router\/|tests\/|config\/listener\.)/ },
	{ name: 'libsystemd', header: /^systemd\//, place: /^config\/notify/ },
	{ name: 'cmocka', header: /^cmocka/, place: /^tests\// },
];

const SOURCE_FOLDERS = ['smpp', 'config', 'gateway', 'router', 'tests'];
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'corpus', 'build']);

// Every .c and .h of ours under `root`, as paths from it with slashes, sorted.
export function cFiles(root) {
	const found = [];
	const walk = (folder) => {
		let entries;
		try {
			entries = readdirSync(folder, { withFileTypes: true });
		} catch (error) {
			if (error.code === 'ENOENT') return;
			throw error;
		}
		for (const entry of entries) {
			const path = join(folder, entry.name);
			if (entry.isDirectory()) {
				if (!SKIPPED_FOLDERS.has(entry.name)) walk(path);
			} else if (/\.[ch]$/.test(entry.name)) {
				found.push(relative(root, path).split(sep).join('/'));
			}
		}
	};
	for (const folder of SOURCE_FOLDERS) walk(join(root, folder));
	return found.sort();
}

// The includes of one file: [{ line, header, quoted }]
function includesOf(text) {
	const found = [];
	text.split('\n').forEach((line, at) => {
		const match = line.match(/^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)/);
		if (match) found.push({ line: at + 1, header: match[1] ?? match[2], quoted: !!match[1] });
	});
	return found;
}

// Map of path → its includes, for every C file of the tree.
export function includeGraph(root) {
	const graph = new Map();
	for (const path of cFiles(root))
		graph.set(path, includesOf(readFileSync(join(root, path), 'utf8')));
	return graph;
}

// `path` and everything of ours that it includes, directly or not.
export function closure(graph, path, seen = new Set()) {
	if (seen.has(path) || !graph.has(path)) return seen;
	seen.add(path);
	for (const { header, quoted } of graph.get(path)) if (quoted) closure(graph, header, seen);
	return seen;
}

function roomOf(path) {
	return ROOMS.find((room) => path.startsWith(`${room}/`));
}

function faultsOfOne(graph, path, include) {
	const { line, header, quoted } = include;
	const at = `${path}:${line}`;
	const faults = [];

	for (const { name, header: pattern, place } of THIRD_PARTY) {
		if (pattern.test(header) && !place.test(path))
			faults.push(`${at}: <${header}> is ${name}, which has one place, and it is not here`);
	}
	if (!quoted) return faults;
	if (!graph.has(header)) {
		faults.push(`${at}: "${header}" is not a file of the tree; paths start at its root`);
		return faults;
	}
	const from = roomOf(path);
	const to = roomOf(header);
	if (from !== to && !ALLOWED[from].includes(to))
		faults.push(`${at}: ${from} must not include ${to} ("${header}")`);
	return faults;
}

// The first circle of `edges` (Map of node → iterable of nodes) as a list of nodes, or null.
function circle(edges) {
	const done = new Set();
	const trail = [];
	const visit = (node) => {
		const at = trail.indexOf(node);
		if (at >= 0) return [...trail.slice(at), node];
		if (done.has(node)) return null;
		trail.push(node);
		for (const next of edges.get(node) ?? []) {
			const found = visit(next);
			if (found) return found;
		}
		trail.pop();
		done.add(node);
		return null;
	};
	for (const node of edges.keys()) {
		const found = visit(node);
		if (found) return found;
	}
	return null;
}

function circleFaults(graph) {
	const files = new Map();
	const rooms = new Map();
	for (const [path, includes] of graph) {
		const ours = includes.filter((i) => i.quoted && graph.has(i.header)).map((i) => i.header);
		files.set(path, ours);
		const room = roomOf(path);
		if (!rooms.has(room)) rooms.set(room, new Set());
		for (const header of ours) if (roomOf(header) !== room) rooms.get(room).add(roomOf(header));
	}
	// The wall is a part of the room smpp that happens to have a door of its own.
	rooms.get('smpp/wall')?.delete('smpp');

	const faults = [];
	const fileCircle = circle(files);
	if (fileCircle) faults.push(`includes run in a circle: ${fileCircle.join(' → ')}`);
	const roomCircle = circle(rooms);
	if (roomCircle) faults.push(`rooms include one another: ${roomCircle.join(' → ')}`);
	return faults;
}

// Every fault of the tree at `root`, one sentence each.
export function includeFaults(root) {
	const graph = includeGraph(root);
	const faults = [];
	for (const [path, includes] of graph)
		for (const include of includes) faults.push(...faultsOfOne(graph, path, include));
	return [...faults, ...circleFaults(graph)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const root = process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url));
	const faults = includeFaults(root);
	for (const fault of faults) console.log(fault);
	process.exitCode = faults.length ? 1 : 0;
}
