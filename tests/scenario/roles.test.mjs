// Who may do what, route by route: each route of openapi.yaml with each role and each scope, held against a table that
// was written by hand (lib/who.mjs).

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { ask, described, person, program, ROLES, SCOPES } from './lib/api.mjs';
import { World } from './lib/index.mjs';
import { WHO } from './lib/who.mjs';

const SIGN_OUT = '/api/v2/sign-out';

describe('every route', () => {
	let world;
	before(async () => {
		world = await World.start(null, { gateway: false });
	});
	after(() => world.finish());

	it('stands in the table with the same roles, and nothing else does', async () => {
		const file = await (await fetch(`${world.base}/openapi.yaml`)).text();
		const routes = described();
		assert.equal(routes.length, file.match(/^\s*operationId:/gm).length);
		const said = routes.map(({ method, path, roles }) => [`${method} ${path}`, roles]);
		assert.deepEqual(Object.fromEntries(said), Object.fromEntries(WHO));
	});

	async function opens(as, role) {
		for (const { method, path, body } of described().filter((route) => route.path !== SIGN_OUT)) {
			const roles = WHO.get(`${method} ${path}`);
			// Signing in with an empty body is a bad request for anybody, as is a token without any.
			const { status } = await as(method, path, body);
			const open = roles.length === 0 || roles.includes(role) || path === '/api/v2/sign-in';
			assert.equal(status === 403, !open, `${role} ${method} ${path}: ${status}`);
			assert.notEqual(status, 401, `${role} ${method} ${path}`);
		}
		assert.equal((await as('POST', SIGN_OUT)).status, 204);
		assert.equal((await as('GET', '/api/v2/users/me')).status, 401);
	}

	for (const role of ROLES) {
		it(`opens for ${role} where it names that role, and nowhere else`, async () => {
			await opens(await person(world, role), role);
		});
	}

	for (const scope of SCOPES) {
		it(`opens for a client with the scope ${scope} likewise`, async () => {
			const client = await program(world, scope);
			// It needs no header against forgery, except to sign in, which is not for programs.
			await opens((method, path, body) => client(method, path, body, { 'x-bindery-csrf': '1' }), scope);
		});
	}

	it('tells what its path can where a method is none of it, whoever asks', async () => {
		// A segment in braces, here `nobody`, takes any, also a word that another path has there.
		const fits = (form, path) => form.length === path.length &&
			form.every((segment, i) => segment === 'nobody' || segment === path[i]);
		const routes = described().map(({ method, path }) => ({ method, path, form: path.split('/') }));
		for (const { path, form } of routes) {
			const can = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
				method, there: routes.some((route) => route.method === method && fits(route.form, form)),
			}));
			const allow = can.filter(({ there }) => there).map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
			for (const { method } of can.filter(({ there }) => !there)) {
				const { status, headers } = await ask(world, { method, path, body: method === 'GET' ? undefined : {} });
				assert.deepEqual([status, headers.get('allow')], [405, allow], `${method} ${path}`);
			}
		}
	});

	it('that names a role asks who it is', async () => {
		for (const { method, path, body } of described()) {
			const roles = WHO.get(`${method} ${path}`);
			const { status } = await ask(world, { method, path, body });
			assert.equal(status === 401, roles.length > 0, `${method} ${path}: ${status}`);
		}
	});
});
