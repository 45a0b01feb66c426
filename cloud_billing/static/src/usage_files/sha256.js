const BLOCK = 64;
// The first 32 bits of the fractional parts of the cube roots and square roots of the first primes: FIPS 180-4.
const PRIMES = [];
for (let number = 2; PRIMES.length < 64; number++) {
    if (PRIMES.every((prime) => number % prime)) {
        PRIMES.push(number);
    }
}
const fraction = (number) => ((number - Math.floor(number)) * 2 ** 32) | 0;
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

/** The SHA-256 of an ArrayBuffer, hexadecimal. */
export async function sha256(buffer) {
    // Browsers offer theirs over HTTPS only.
    const digest = crypto.subtle ? await crypto.subtle.digest("SHA-256", buffer) : sha256Slowly(buffer);
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The same as bytes, without the browser's help. */
export function sha256Slowly(buffer) {
    const bytes = new Uint8Array(buffer);
    const whole = bytes.length - (bytes.length % BLOCK);
    const state = Int32Array.from(START);
    const words = new Int32Array(64);
    for (let at = 0; at < whole; at += BLOCK) {
        mix(state, words, new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK));
    }
    const rest = bytes.length - whole;
    const end = new Uint8Array(rest + 9 > BLOCK ? 2 * BLOCK : BLOCK);
    end.set(bytes.subarray(whole));
    end[rest] = 0x80;
    new DataView(end.buffer).setBigUint64(end.length - 8, BigInt(bytes.length) * 8n);
    for (let at = 0; at < end.length; at += BLOCK) {
        mix(state, words, new DataView(end.buffer, at, BLOCK));
    }
    const digest = new DataView(new ArrayBuffer(32));
    state.forEach((word, index) => digest.setInt32(4 * index, word));
    return digest.buffer;
}

function mix(state, words, block) {
    for (let i = 0; i < 16; i++) {
        words[i] = block.getInt32(4 * i);
    }
    for (let i = 16; i < 64; i++) {
        const early = words[i - 15];
        const late = words[i - 2];
        const first = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
        const second = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
        words[i] = (words[i - 16] + first + words[i - 7] + second) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
        const chosen = (e & f) ^ (~e & g);
        const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + chosen + ROUNDS[i] + words[i]) | 0;
        const most = (a & b) ^ (a & c) ^ (b & c);
        const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + most) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] = (state[index] + word) | 0));
}

function turn(word, bits) {
    return (word >>> bits) | (word << (32 - bits));
}
