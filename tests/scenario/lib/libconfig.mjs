// Writes a plain object as libconfig's text: numbers, booleans, strings, lists and groups.

function quoted(text) {
	const escaped = text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
	return `"${escaped}"`;
}

function valueOf(value, indent) {
	if (typeof value === 'string') return quoted(value);
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	if (Array.isArray(value)) {
		const items = value.map((item) => valueOf(item, `${indent}\t`)).join(', ');
		// A list of groups takes parentheses; an array of scalars takes brackets.
		return value.some((item) => typeof item === 'object') ? `( ${items} )` : `[ ${items} ]`;
	}
	return `{\n${fieldsOf(value, `${indent}\t`)}${indent}}`;
}

function fieldsOf(fields, indent) {
	return Object.entries(fields)
		.filter(([, value]) => value !== undefined)
		.map(([key, value]) => `${indent}${key} = ${valueOf(value, indent)};\n`)
		.join('');
}

export function libconfig(fields) {
	return fieldsOf(fields, '');
}
