// A machine of its own as far as systemd is concerned: systemd as the first process of new namespaces, on a layer
// over this machine's file system that is gone with it. What is installed into it is installed nowhere else. It
// shares the network and the clock with everybody.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Child, run } from './process.mjs';
import { waitFor } from './wait.mjs';

const FOLDERS = fileURLToPath(new URL('../../../build/scenario', import.meta.url));
const NAMESPACES = ['--pid', '--mount', '--uts', '--ipc', '--cgroup'];
const BOOT_MS = 60_000;

// A machine cannot be had here; says why.
export class NoMachine extends Error {}

// What is written stands in memory. The kernel's settings are everybody's, so they are read-only. The network is too: no
// unit of this machine is wanted, lest one configure it, and it counts as being online.
const BOOT = `set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
root=$1/root
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,ro,bind "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom tty; do touch "$root/dev/$node" && mount --bind "/dev/$node" "$root/dev/$node"; done
mkdir "$root/dev/pts" "$root/dev/shm" && mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"; ln -s /proc/self/fd "$root/dev/fd"
tr -d - < /proc/sys/kernel/random/uuid > "$root/etc/machine-id"
rm -rf "$root/etc/systemd/system/"*.wants "$root/lib/systemd/system/"{timers,sockets,network-online}.target.wants
cd "$root"
mkdir -p before
pivot_root . before
umount -l /before
mount --make-rshared /
exec env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \\
	/lib/systemd/systemd --system --unit=basic.target --log-target=journal --show-status=no
`;

export class Machine {
	// Booted, or NoMachine where systemd cannot begin in one here (no root, no systemd, no namespaces). Ends with `t`.
	static async boot(t) {
		const machine = new Machine();
		t.after(() => machine.off());
		await machine.#boot();
		return machine;
	}

	async #boot() {
		mkdirSync(FOLDERS, { recursive: true });
		this.folder = mkdtempSync(join(FOLDERS, 'm-'));
		const script = join(this.folder, 'boot');
		writeFileSync(script, BOOT);
		mkdirSync(join(this.folder, 'layer'));
		this.unshare = new Child('unshare', 'unshare',
			[...NAMESPACES, '--fork', '--kill-child=SIGKILL', 'bash', script, join(this.folder, 'layer')],
			{ log: join(this.folder, 'boot.log') });
		await waitFor(() => this.unshare.over || (this.first = this.#firstProcess()), { timeout: BOOT_MS, what: 'systemd begins' });
		if (this.unshare.over) throw new NoMachine(`no machine can be had here: ${this.unshare.output.trim()}`);
		let state = '';
		await waitFor(async () => ['running', 'degraded'].includes((state = (await this.run('systemctl is-system-running')).stdout.trim())), {
			timeout: BOOT_MS,
			what: () => `systemd runs; it is ${state}`,
		});
	}

	// systemd's process id out here, once it is no shell any more.
	#firstProcess() {
		const [pid] = readFileSync(`/proc/${this.unshare.pid}/task/${this.unshare.pid}/children`, 'utf8').split(' ');
		return pid && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'systemd' ? pid : null;
	}

	// Its file system, seen from here.
	path(...parts) {
		return join(`/proc/${this.first}/root`, ...parts);
	}

	// A line of shell as root there: { code, stdout, stderr }.
	run(line, options) {
		return run('nsenter', ['-t', this.first, '-p', '-m', '-u', '-i', '-C', 'env', '-i', 'HOME=/root', 'TERM=dumb', 'LANG=C.UTF-8',
			'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'bash', '-c', `cd / && ${line}`], options);
	}

	// Likewise, and it has to end well: what it wrote.
	async ok(line, options) {
		const { code, stdout, stderr } = await this.run(line, options);
		if (code !== 0) throw new Error(`${line}: ended with ${code}\n${stdout}${stderr}`);
		return stdout;
	}

	// Properties of a unit: { ActiveState, MainPID, … }
	async unit(name, ...properties) {
		const text = await this.ok(`systemctl show ${name} ${properties.map((one) => `-p ${one}`).join(' ')}`);
		return Object.fromEntries(text.trim().split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
	}

	// What a unit has written so far, and what systemd said of it.
	journal(unit) {
		return this.ok(`journalctl --no-pager -o cat -u ${unit}`);
	}

	async says(unit, pattern, options) {
		let journal = '';
		await waitFor(async () => pattern.test((journal = await this.journal(unit))), {
			what: () => `${unit} says ${pattern}; it said:\n${journal.slice(-3000)}`,
			...options,
		});
	}

	async off() {
		await this.unshare?.kill();
		if (this.folder) rmSync(this.folder, { recursive: true, force: true });
	}
}
