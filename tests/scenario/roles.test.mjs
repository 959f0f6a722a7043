// Who may do what, route by route: each route of openapi.yaml with each role and each scope.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { ask, described, person, program, ROLES, SCOPES } from './lib/api.mjs';
import { World } from './lib/index.mjs';

const SIGN_OUT = '/api/v2/sign-out';

describe('every route', () => {
	let world;
	before(async () => {
		world = await World.start(null, { gateway: false });
	});
	after(() => world.finish());

	async function opens(as, role) {
		const routes = described().filter(({ path }) => path !== SIGN_OUT);
		assert.ok(routes.length > 20, `${routes.length}`);
		for (const { method, path, roles, body } of routes) {
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

	it('that names a role asks who it is', async () => {
		for (const { method, path, roles, body } of described()) {
			const { status } = await ask(world, { method, path, body });
			assert.equal(status === 401, roles.length > 0, `${method} ${path}: ${status}`);
		}
	});
});
