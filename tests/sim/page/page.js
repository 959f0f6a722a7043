// The handset page: everything shown comes from /events; every press of a button is a POST.

const PHONES = ['+15550199', '+15550198', '+15550197'];

const at = (id) => document.getElementById(id);
const bubbles = new Map();
const news = new Set();
let known = new Set(PHONES);
let customer = sessionStorage.getItem('customer') ?? PHONES[0];

function element(tag, fields = {}, ...children) {
	const made = Object.assign(document.createElement(tag), fields);
	made.append(...children);
	return made;
}

async function post(path, body = {}) {
	const answer = await fetch(path, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	}).catch(() => null);
	const problem = !answer ? 'The carrier is not running.' : answer.ok ? '' : (await answer.json()).error;
	at('problem').textContent = problem;
	return !problem;
}

// --- the phone

function counted(count, thing) {
	return `${count} ${thing}${count === 1 || thing.endsWith('_sm') ? '' : 's'}`;
}

function stateLine({ state, segments, total }) {
	const size = counted(segments.length, 'segment');
	const waits = segments.find(({ status }) => !['ESME_ROK', 'sending'].includes(status));
	switch (state) {
		case 'sending':
			return 'sending';
		case 'waiting':
			return `kept by the carrier, tried again (${waits?.status ?? 'sending'})`;
		case 'partial':
			return `${segments.length} of ${total} segments so far`;
		case 'undelivered':
			return `reported as undelivered, ${size}`;
		default:
			return `${state}, ${size}`;
	}
}

const CODINGS = { 0: 'GSM 03.38', 3: 'Latin-1', 8: 'UCS-2' };

function segmentBox(segment) {
	const hex = segment.octets.replace(/../g, '$& ').trim();
	const udh = hex.slice(0, segment.udhOctets * 3);
	const coding = CODINGS[segment.dataCoding] ?? 'other';
	const part = segment.total > 1 ? `part ${segment.sequence}/${segment.total}, reference ${segment.reference}, ` : '';
	return element(
		'div',
		{ className: 'segment' },
		`${part}data_coding ${segment.dataCoding} (${coding}), esm_class 0x${segment.esmClass.toString(16).padStart(2, '0')}, ` +
			`${segment.octets.length / 2} octets, ${segment.status}`,
		element('code', {}, element('mark', { title: 'User data header' }, udh), hex.slice(udh.length)),
	);
}

function bubbleItem(bubble) {
	const item = element('li', { className: `bubble ${bubble.from} ${bubble.state}` });
	item.dataset.id = bubble.id;
	const details = element('details', {}, element('summary', {}, stateLine(bubble)));
	details.open = at('thread').querySelector(`[data-id="${bubble.id}"] details`)?.open ?? false;
	details.append(...bubble.segments.map(segmentBox));
	item.append(element('p', {}, bubble.text), details);
	return item;
}

const shown = (bubble) => bubble.customer === customer && bubble.ours === at('ours').value;

function showThread() {
	const thread = at('thread');
	thread.replaceChildren(...[...bubbles.values()].filter(shown).map(bubbleItem));
	thread.scrollTop = thread.scrollHeight;
}

function showBubble(bubble) {
	bubbles.set(bubble.id, bubble);
	if (!known.has(bubble.customer)) {
		known.add(bubble.customer);
		showPhones();
	}
	if (!shown(bubble)) {
		if (bubble.from === 'business') {
			news.add(bubble.customer);
			showPhones();
		}
		return;
	}
	const thread = at('thread');
	const old = thread.querySelector(`[data-id="${bubble.id}"]`);
	const fresh = bubbleItem(bubble);
	if (old) old.replaceWith(fresh);
	else thread.append(fresh);
	thread.scrollTop = thread.scrollHeight;
}

function showPhones() {
	at('customers').replaceChildren(...[...known].map((value) => element('option', { value })));
	at('phones').replaceChildren(
		...[...known].map((number) => {
			const button = element('button', { type: 'button', textContent: number });
			button.setAttribute('aria-current', String(number === customer));
			button.classList.toggle('news', news.has(number));
			button.addEventListener('click', () => pick(number));
			return button;
		}),
	);
}

function pick(number) {
	customer = number;
	known.add(number);
	news.delete(number);
	sessionStorage.setItem('customer', number);
	at('customer').value = number;
	showPhones();
	showThread();
}

at('customer').addEventListener('change', () => {
	const number = at('customer').value.replace(/[\s().-]/g, '');
	if (/^\+?\d{3,15}$/.test(number)) pick(number);
	else at('problem').textContent = 'A number has 3 to 15 digits.';
});
at('ours').addEventListener('change', showThread);

at('composer').addEventListener('submit', async (event) => {
	event.preventDefault();
	const field = at('text');
	const text = field.value;
	if (!text) return;
	field.value = '';
	grow();
	if (!(await post('/send', { customer, ours: at('ours').value, text }))) field.value = text;
});

function grow() {
	const field = at('text');
	field.rows = Math.min(6, Math.max(1, field.value.split('\n').length));
}
at('text').addEventListener('input', grow);
at('text').addEventListener('keydown', (event) => {
	if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
	event.preventDefault();
	at('composer').requestSubmit();
});

// --- the carrier

function fieldOf({ name, type, choices, min, max }) {
	if (type === 'choice') {
		const options = choices.map((value) => element('option', { value }, value));
		return element('select', { name }, ...options);
	}
	if (type === 'flag') return element('input', { name, type: 'checkbox' });
	if (type === 'number') return element('input', { name, type: 'number', min, max });
	return element('input', { name, type: 'text', spellcheck: false, autocomplete: 'off' });
}

// What can go wrong, a group of fields each; those that do are told by their colour.
function showFields(fields) {
	const groups = new Map();
	for (const field of fields) {
		if (!groups.has(field.group)) groups.set(field.group, []);
		const label = element('label', {}, element('span', {}, field.label), fieldOf(field));
		label.dataset.healthy = field.value;
		groups.get(field.group).push(label);
	}
	const boxes = [...groups].map(([name, labels]) => {
		const box = element('details', {}, element('summary', {}, name), ...labels);
		box.open = matchMedia('(min-width: 50rem)').matches && name === 'Receipts';
		return box;
	});
	at('trouble').replaceChildren(...boxes);
}

function showField(field, value) {
	if (field !== document.activeElement) {
		if (field.type === 'checkbox') field.checked = value;
		else field.value = value;
	}
	const label = field.closest('label');
	label.classList.toggle('on', String(value) !== label.dataset.healthy);
}

function showCarrier({ binds, trouble, done, submits }) {
	at('binds').textContent = binds ? `${counted(binds, 'bind')} of the gateway` : 'The gateway is not bound.';
	at('binds').classList.toggle('up', binds > 0);
	for (const field of at('trouble').elements) showField(field, trouble[field.name]);
	for (const box of at('trouble').querySelectorAll('details'))
		box.classList.toggle('on', box.querySelector('.on') !== null);
	const wrong = Object.entries(done).map(([what, times]) => `${times} ${what}`);
	at('done').textContent = `${wrong.join(', ') || 'nothing'}; ${counted(submits, 'submit_sm')} in all`;
}

at('trouble').addEventListener('change', ({ target }) => {
	const value =
		target.type === 'checkbox' ? target.checked : target.type === 'number' ? Number(target.value) : target.value;
	post('/trouble', { [target.name]: value });
});
at('trouble').addEventListener('submit', (event) => event.preventDefault());
for (const act of ['heal', 'drop', 'unbind']) at(act).addEventListener('click', () => post(`/${act}`));

function showTrace({ at: time, direction, command, status }) {
	const clock = new Date(time).toTimeString().slice(0, 8);
	const line = `${clock} ${direction === 'in' ? '→' : '←'} ${command} ${status}`;
	at('trace').prepend(element('li', { className: status === 'ESME_ROK' ? '' : 'bad' }, line));
	while (at('trace').children.length > 60) at('trace').lastChild.remove();
}

// --- live

const events = new EventSource('/events');
const on = (name, show) => events.addEventListener(name, ({ data }) => show(JSON.parse(data)));
on('state', (state) => {
	const chosen = at('ours').value;
	at('ours').replaceChildren(...state.numbers.map((value) => element('option', { value }, value)));
	if (state.numbers.includes(chosen)) at('ours').value = chosen;
	bubbles.clear();
	known = new Set([...PHONES, customer]);
	for (const bubble of state.bubbles) {
		bubbles.set(bubble.id, bubble);
		known.add(bubble.customer);
	}
	at('trace').replaceChildren();
	state.trace.forEach(showTrace);
	showFields(state.fields);
	showCarrier(state.carrier);
	pick(customer);
});
on('bubble', showBubble);
on('carrier', showCarrier);
on('trace', showTrace);
events.onerror = () => {
	at('binds').textContent = 'The carrier is not running.';
	at('binds').classList.remove('up');
};
