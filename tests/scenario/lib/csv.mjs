// CSV as RFC 4180 has it: rows as objects by the names of the first line.

export function readCsv(text) {
	const rows = [];
	let row = [];
	let cell = '';
	let quoted = false;
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (quoted) {
			if (c !== '"') cell += c;
			else if (text[i + 1] === '"') cell += text[++i];
			else quoted = false;
		} else if (c === '"') quoted = true;
		else if (c === ',' || c === '\n') {
			row.push(cell);
			cell = '';
			if (c === '\n') {
				rows.push(row);
				row = [];
			}
		} else cell += c;
	}
	if (quoted || cell || row.length) throw new Error('the file breaks off');
	const [names, ...rest] = rows;
	return rest.map((cells) => {
		if (cells.length !== names.length) throw new Error(`${cells.length} cells, not ${names.length}: ${cells}`);
		return Object.fromEntries(names.map((name, i) => [name, cells[i]]));
	});
}
