// Certificates made on the spot by openssl, and a TLS front before a carrier that speaks plain TCP.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function openssl(...args) {
	execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

// A certificate authority in `folder`; its files are <name>.pem and <name>.key.
export class Authority {
	constructor(folder, name) {
		this.folder = folder;
		this.name = name;
		this.pem = join(folder, `${name}.pem`);
		this.key = join(folder, `${name}.key`);
		openssl('req', '-x509', ...EC, '-keyout', this.key, '-out', this.pem, '-days', '2',
			'-subj', `/CN=${name}`);
	}

	// A certificate for `names`, such as 'DNS:smsc.example' or 'IP:127.0.0.1': { pem, key } paths.
	// Of negative `days` it has expired.
	issue(file, names, days = 2) {
		const path = (end) => join(this.folder, `${file}.${end}`);
		openssl('req', ...EC, '-keyout', path('key'), '-out', path('csr'), '-subj', `/CN=${file}`,
			'-addext', `subjectAltName=${names}`);
		openssl('x509', '-req', '-in', path('csr'), '-CA', this.pem, '-CAkey', this.key,
			'-days', String(days), '-copy_extensions', 'copy', '-out', path('pem'));
		return { pem: path('pem'), key: path('key') };
	}
}

// Listens with TLS and passes all on to `port`. `names` are those that clients asked for by SNI.
export class TlsFront {
	static async start(t, { port, certificate, clientCa, maxVersion }) {
		const front = new TlsFront();
		front.names = [];
		front.protocols = [];
		front.sockets = new Set();
		front.server = createServer({
			...TlsFront.identity(certificate),
			...(clientCa ? { ca: readFileSync(clientCa.pem), requestCert: true } : {}),
			rejectUnauthorized: !!clientCa,
			maxVersion,
		});
		front.server.on('tlsClientError', () => {});
		front.server.on('secureConnection', (secure) => front.#pass(secure, port));
		await new Promise((resolve) => front.server.listen(0, '127.0.0.1', resolve));
		front.port = front.server.address().port;
		t.after(() => front.close());
		return front;
	}

	static identity({ pem, key }) {
		return { cert: readFileSync(pem), key: readFileSync(key) };
	}

	// Connections from now on see this certificate.
	show(certificate) {
		this.server.setSecureContext(TlsFront.identity(certificate));
	}

	#pass(secure, port) {
		const plain = connect(port, '127.0.0.1');
		this.names.push(secure.servername);
		this.protocols.push(secure.getProtocol());
		for (const socket of [secure, plain]) {
			this.sockets.add(socket);
			socket.on('error', () => {});
			socket.on('close', () => {
				this.sockets.delete(socket);
				secure.destroy();
				plain.destroy();
			});
		}
		secure.pipe(plain);
		plain.pipe(secure);
	}

	close() {
		for (const socket of this.sockets) socket.destroy();
		this.server.close();
	}
}
