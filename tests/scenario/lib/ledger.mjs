// The ledger as somebody reads it who has nothing but RFC 6962 and an export: hashes, proofs, signatures.

import { createHash, createPublicKey, verify } from 'node:crypto';

export const sha256 = (...parts) => {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(part);
	return hash.digest();
};

export const leafOf = (record) => sha256(Buffer.of(0), record);
const nodeOf = (left, right) => sha256(Buffer.of(1), left, right);

// MTH of §2.1, by its definition.
export function rootOf(leaves) {
	if (leaves.length === 0) return sha256();
	if (leaves.length === 1) return leaves[0];
	let k = 1;
	while (k * 2 < leaves.length) k *= 2;
	return nodeOf(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

// RFC 9162 §2.1.3.2: the root that an inclusion proof leads to, or null where it does not fit.
export function rootByInclusion(leaf, index, size, path) {
	if (index >= size) return null;
	let fn = index;
	let sn = size - 1;
	let r = leaf;
	for (const p of path) {
		if (sn === 0) return null;
		if (fn % 2 === 1 || fn === sn) {
			r = nodeOf(p, r);
			while (fn % 2 === 0 && fn !== 0) {
				fn = Math.floor(fn / 2);
				sn = Math.floor(sn / 2);
			}
		} else r = nodeOf(r, p);
		fn = Math.floor(fn / 2);
		sn = Math.floor(sn / 2);
	}
	return sn === 0 ? r : null;
}

// RFC 9162 §2.1.4.2: whether the tree of `first` with `firstRoot` is the beginning of the other.
export function isConsistent(first, firstRoot, second, secondRoot, path) {
	if (first === second) return path.length === 0 && firstRoot.equals(secondRoot);
	const proof = Number.isInteger(Math.log2(first)) ? [firstRoot, ...path] : [...path];
	if (proof.length === 0) return false;
	let fn = first - 1;
	let sn = second - 1;
	while (fn % 2 === 1) {
		fn = Math.floor(fn / 2);
		sn = Math.floor(sn / 2);
	}
	let fr = proof[0];
	let sr = proof[0];
	for (const c of proof.slice(1)) {
		if (sn === 0) return false;
		if (fn % 2 === 1 || fn === sn) {
			fr = nodeOf(c, fr);
			sr = nodeOf(c, sr);
			while (fn % 2 === 0 && fn !== 0) {
				fn = Math.floor(fn / 2);
				sn = Math.floor(sn / 2);
			}
		} else sr = nodeOf(sr, c);
		fn = Math.floor(fn / 2);
		sn = Math.floor(sn / 2);
	}
	return sn === 0 && fr.equals(firstRoot) && sr.equals(secondRoot);
}

const unescape = (text) =>
	Buffer.from(text.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'utf8').toString();

// An export: { heads: [{ at, trees: Map(partition → { size, root }), signed, signature }], records: Map(partition →
// [{ n, text, leaf, fields }]), besides, lines }
export function readExport(text) {
	const lines = text.split('\n').filter(Boolean);
	const ledger = { lines, heads: [], records: new Map(), besides: [] };
	for (const [i, line] of lines.entries()) {
		const [kind, ...rest] = line.split('\t');
		if (kind === 'bindery-head 1') {
			const trees = new Map();
			for (const field of rest.slice(2)) {
				const [, partition, size, root] = field.match(/^tree=(\d+):(\d+):([0-9a-f]{64})$/);
				trees.set(Number(partition), { size: Number(size), root: Buffer.from(root, 'hex') });
			}
			const signature = Buffer.from(lines[i + 1].match(/^signature=([0-9a-f]{128})$/)[1], 'hex');
			ledger.heads.push({ at: Number(rest[0].slice(3)), trees, signed: line, signature });
		} else if (kind === 'record') {
			const [leaf, ...fields] = rest;
			const record = { text: fields.join('\t'), leaf, fields: {} };
			for (const field of fields) {
				const at = field.indexOf('=');
				record.fields[field.slice(0, at)] = unescape(field.slice(at + 1));
			}
			const partition = Number(record.fields.p);
			if (!ledger.records.has(partition)) ledger.records.set(partition, []);
			ledger.records.get(partition).push(record);
		} else if (kind === 'beside') {
			const [p, n, salt, customer, note, evidence] = rest;
			ledger.besides.push({
				p: Number(p), n: Number(n), salt, customer: unescape(customer), note: unescape(note), evidence: Buffer.from(evidence ?? '', 'hex'),
			});
		}
	}
	return ledger;
}

export const isSigned = (head, pem) => verify(null, Buffer.from(head.signed), createPublicKey(pem), head.signature);

// What `ledger prove` prints, as { leaf, size, root, from_root…, path: [] }.
export function readProof(text) {
	const proof = { path: [] };
	for (const line of text.trim().split('\n')) {
		const [name, value] = line.split('\t');
		if (name === 'path') proof.path.push(Buffer.from(value, 'hex'));
		else proof[name] = /^[0-9a-f]{64}$/.test(value) ? Buffer.from(value, 'hex') : Number(value);
	}
	return proof;
}
