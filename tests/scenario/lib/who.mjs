// Who may do what, written by hand from what each role is for, and by nobody's code: a for agents, s for supervisors,
// c for compliance, m for admins, p for programs that have the scope conversations and no role; - is for everybody.
// An id in a path is `nobody`.

const READ = 'GET ascm';
const SETUP = `${READ} POST m`; // what only an admin sets up, and everybody sees
const SETUP_ONE = `${READ} PUT m DELETE m`;
const LEAD = `${READ} POST sm`; // what supervisors keep
const LEAD_ONE = `${READ} PUT sm DELETE sm`;

const TABLE = {
	'/oauth/token': 'POST -',
	'/healthz': 'GET -',
	'/readyz': 'GET -',
	'/metrics': 'GET -',
	'/asyncapi.yaml': 'GET -',
	'/openapi.yaml': 'GET -',
	'/api/v2/sign-in': 'POST -',
	'/api/v2/sign-out': 'POST ascmp',
	'/api/v2/users/me': 'GET ascmp',

	'/api/v2/users': SETUP,
	'/api/v2/users/nobody': `${READ} PATCH m DELETE m`,
	'/api/v2/users/nobody/roles': 'GET sm PUT m',
	'/api/v2/users/nobody/password': 'POST m',
	'/api/v2/users/nobody/queues': READ,
	'/api/v2/users/nobody/routingskills': LEAD,
	'/api/v2/users/nobody/routingskills/bulk': 'PATCH sm PUT sm',
	'/api/v2/users/nobody/routingskills/nobody': 'PUT sm DELETE sm',
	'/api/v2/oauth/clients': 'GET m POST m',
	'/api/v2/oauth/clients/nobody': 'GET m PUT m DELETE m',
	'/api/v2/oauth/clients/nobody/secret': 'POST m',

	'/api/v2/routing/queues': SETUP,
	'/api/v2/routing/queues/nobody': SETUP_ONE,
	'/api/v2/routing/queues/nobody/members': LEAD,
	'/api/v2/routing/queues/nobody/members/nobody': 'PATCH sm DELETE sm',
	'/api/v2/routing/queues/nobody/wrapupcodes': SETUP,
	'/api/v2/routing/queues/nobody/wrapupcodes/nobody': 'DELETE m',
	'/api/v2/routing/message/recipients': READ,
	'/api/v2/routing/message/recipients/nobody': `${READ} PUT m`,
	'/api/v2/routing/skills': SETUP,
	'/api/v2/routing/skills/nobody': SETUP_ONE,
	'/api/v2/routing/wrapupcodes': SETUP,
	'/api/v2/routing/wrapupcodes/nobody': SETUP_ONE,
	'/api/v2/presence/definitions': SETUP,
	'/api/v2/presence/definitions/nobody': SETUP_ONE,
	'/api/v2/responsemanagement/libraries': LEAD,
	'/api/v2/responsemanagement/libraries/nobody': LEAD_ONE,
	'/api/v2/responsemanagement/responses': LEAD,
	'/api/v2/responsemanagement/responses/nobody': LEAD_ONE,

	// Any agent may be the next one that a customer texts, or write to them first.
	'/api/v2/externalcontacts/contacts': LEAD,
	'/api/v2/externalcontacts/contacts/nobody': `${READ} PUT sm DELETE scm`,
	'/api/v2/externalcontacts/reversewhitepageslookup': READ,
	'/api/v2/bindery/customers/imports': 'POST sm',

	'/api/v2/conversations/messages/agentless': 'POST smp',
	'/api/v2/conversations/messages/nobody': 'GET scmp',
	'/api/v2/conversations/nobody': 'GET scmp',
	'/api/v2/conversations/nobody/messages': 'GET scmp',
	'/api/v2/conversations/nobody/history': 'GET ascmp', // an agent's own alone

	'/api/v2/bindery/carriers': 'GET sm',
	'/api/v2/bindery/carriers/nobody/samples': 'GET sm',
	'/api/v2/bindery/carriers/nobody/commands': 'POST m',
	'/api/v2/audits': 'GET cm',

	'/api/v2/compliance/scopes': 'GET cm',
	'/api/v2/compliance/suppressions': 'GET cm POST cm',
	'/api/v2/compliance/suppressions/nobody': 'GET cm',
	'/api/v2/compliance/removals': 'GET cm POST cm',
	'/api/v2/compliance/removals/nobody/answer': 'POST cm',
	'/api/v2/compliance/imports': 'POST cm',
	'/api/v2/compliance/batches': 'GET cm',
	'/api/v2/compliance/reviews': 'GET cm',
	'/api/v2/compliance/reviews/nobody/decision': 'POST cm',
	'/api/v2/compliance/blocked': 'GET cm',
	'/api/v2/compliance/classifications': 'POST cm',
	'/api/v2/compliance/replays': 'POST cm',
	'/api/v2/compliance/base-rules': 'GET cm',
	'/api/v2/compliance/rule-sets': 'GET cm',
	'/api/v2/compliance/rule-sets/nobody': 'GET cm',
	'/api/v2/compliance/rule-sets/nobody/versions/nobody': 'GET cm',
	'/api/v2/compliance/rule-sets/nobody/draft': 'PUT cm',
	'/api/v2/compliance/rule-sets/nobody/decision': 'POST cm',
	'/api/v2/compliance/exports/nobody': 'GET cm',
	'/api/v2/compliance/reports': 'GET cm',
	'/api/v2/compliance/ledger': 'GET cm',
	'/api/v2/compliance/ledger/head': 'GET cm',
	'/api/v2/compliance/ledger/key': 'GET cm',
};

const NAMES = { a: 'agent', s: 'supervisor', c: 'compliance', m: 'admin', p: 'conversations' };

// `GET /path` → names of roles, none of which are needed where there are none.
export const WHO = new Map();
for (const [path, said] of Object.entries(TABLE)) {
	for (const [, method, letters] of said.matchAll(/([A-Z]+) ([a-z-]+)/g))
		WHO.set(`${method} ${path}`, [...letters].flatMap((letter) => NAMES[letter] ?? []));
}
