// Numbers that look random and come again from the same seed, which the test prints: run it again with
// BINDERY_TEST_SEED set to that.

export class Random {
	// `t` is the test, which is told the seed.
	constructor(t, seed = Number(process.env.BINDERY_TEST_SEED ?? Date.now() % 1_000_000)) {
		this.state = seed >>> 0;
		t.diagnostic(`seed ${seed}`);
	}

	// 0 <= n < 1; mulberry32.
	next() {
		this.state = (this.state + 0x6d2b79f5) >>> 0;
		let n = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
		n ^= n + Math.imul(n ^ (n >>> 7), n | 61);
		return ((n ^ (n >>> 14)) >>> 0) / 2 ** 32;
	}

	// A whole number from `from` up to and without `to`.
	between(from, to) {
		return from + Math.floor(this.next() * (to - from));
	}

	one(list) {
		return list[this.between(0, list.length)];
	}
}
