/**
 * Exact numbers as text: shown and read in the person's language, never turned into a JavaScript number.
 *
 * The server sends a DecimalField as plain digits ("-1234.50", false when empty) and takes the same back.
 */
import { localization } from "@web/core/l10n/localization";
import { insertThousandsSep } from "@web/core/utils/numbers";

const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;
const EXPONENT = /^(-?)(\d+)(?:\.(\d*))?[eE]([+-]?\d{1,3})$/;
const NO_DECIMALS = "";
// The server refuses numbers outside 10^60: the field says so at once instead of after saving.
const MAX_DIGITS = 60;

export class NotANumberError extends Error {}

/** "1.5e-7" as plain digits; a value that is plain already comes back as it is. */
function expand(text) {
    const match = EXPONENT.exec(text);
    if (!match) {
        return text;
    }
    const [, sign, integers, decimals = NO_DECIMALS, exponent] = match;
    const point = integers.length + Number(exponent);
    if (Math.abs(Number(exponent)) > MAX_DIGITS) {
        throw new NotANumberError(text);
    }
    const digits = (integers + decimals).padEnd(Math.max(point, 1), "0");
    if (point <= 0) {
        return `${sign}0.${"0".repeat(-point)}${digits}`;
    }
    const rest = digits.slice(point);
    return sign + digits.slice(0, point) + (rest ? `.${rest}` : "");
}

/** {sign, integers, decimals} of what the server sent, or null when it is no plain number. */
function split(value) {
    const match = PLAIN.exec(expand(String(value)));
    return match && { sign: match[1], integers: match[2], decimals: match[3] || NO_DECIMALS };
}

export function isEmpty(value) {
    return value === false || value === null || value === undefined || value === "";
}

/** Plain digits rounded half away from zero to so many decimals; what has no more of them stays as it is. */
export function roundExact(value, digits) {
    const parts = isEmpty(value) ? null : split(value);
    if (!parts || parts.decimals.length <= digits) {
        return value;
    }
    const cut = parts.decimals.length - digits;
    const half = 5n * 10n ** BigInt(cut - 1);
    const scaled = (BigInt(parts.integers + parts.decimals) + half) / 10n ** BigInt(cut);
    return unscale(parts.sign ? -scaled : scaled, digits);
}

/**
 * The number in the person's language, with every digit it has.
 *
 * @param {string|false} value plain digits
 * @param {Object} [options]
 * @param {boolean} [options.trim] drop zeros at the end of the decimals
 * @param {number} [options.minDecimals] fill up with zeros to so many decimals
 * @param {number} [options.maxDecimals] round to so many: beside it every digit must be there to be looked up
 */
export function formatExact(value, { trim = false, minDecimals = 0, maxDecimals } = {}) {
    if (isEmpty(value)) {
        return "";
    }
    const parts = split(maxDecimals === undefined ? value : roundExact(value, maxDecimals));
    if (!parts) {
        return String(value);
    }
    let decimals = trim ? parts.decimals.replace(/0+$/, "") : parts.decimals;
    decimals = decimals.padEnd(minDecimals, "0");
    const { thousandsSep, grouping, decimalPoint } = localization;
    const integers = insertThousandsSep(parts.integers, thousandsSep, grouping);
    return parts.sign + integers + (decimals ? decimalPoint + decimals : "");
}

/**
 * Plain digits of what a person typed in his or her language; false for nothing.
 *
 * Thousands separators may stand only where they belong: in German "1.5" is a slip for 1,5, not fifteen.
 * Throws NotANumberError for everything else.
 */
export function parseExact(typed) {
    const { thousandsSep, grouping, decimalPoint } = localization;
    const text = typed.trim().replace(/\u2212/g, "-");
    if (!text) {
        return false;
    }
    const exponential = text.replace(decimalPoint, ".").replace(/^\+/, "");
    if (EXPONENT.test(exponential)) {
        return normalise(split(exponential), typed);
    }
    const [, sign, unsigned] = /^([+-]?)(.*)$/s.exec(text);
    const [head, decimals = NO_DECIMALS, ...more] = unsigned.split(decimalPoint);
    if (more.length || (!head && !decimals)) {
        throw new NotANumberError(typed);
    }
    // A blank stands for every kind of blank: languages group with no-break and narrow ones, keyboards have one.
    const isBlank = /^\s+$/.test(thousandsSep);
    const separator = isBlank ? " " : thousandsSep;
    const grouped = isBlank ? head.replace(/\s/g, " ") : head;
    const integers = separator ? grouped.split(separator).join("") : grouped;
    if (grouped !== integers && (integers[0] === "0" || insertThousandsSep(integers, separator, grouping) !== grouped)) {
        throw new NotANumberError(typed);
    }
    return normalise(split(`${sign === "-" ? "-" : ""}${integers || "0"}${decimals ? `.${decimals}` : ""}`), typed);
}

function normalise(parts, typed) {
    if (!parts || parts.integers.replace(/^0+/, "").length > MAX_DIGITS || parts.decimals.length > MAX_DIGITS) {
        throw new NotANumberError(typed);
    }
    const integers = parts.integers.replace(/^0+(?=\d)/, "");
    const isZero = !/[1-9]/.test(integers + parts.decimals);
    return (isZero ? "" : parts.sign) + integers + (parts.decimals ? `.${parts.decimals}` : "");
}

/** The exact sum, greatest or least of texts; "avg" has no exact answer and gives null. */
export function aggregateExact(values, kind) {
    const parts = values.filter((value) => !isEmpty(value)).map(split);
    if (!parts.length || parts.includes(null)) {
        return false;
    }
    const scale = Math.max(...parts.map((part) => part.decimals.length));
    const scaled = parts.map((part) => BigInt(part.sign + part.integers + part.decimals.padEnd(scale, "0")));
    const reducers = {
        sum: (one, other) => one + other,
        max: (one, other) => (one > other ? one : other),
        min: (one, other) => (one < other ? one : other),
    };
    return kind in reducers ? unscale(scaled.reduce(reducers[kind]), scale) : null;
}

function unscale(number, scale) {
    const sign = number < 0n ? "-" : "";
    const digits = (number < 0n ? -number : number).toString().padStart(scale + 1, "0");
    const cut = digits.length - scale;
    return sign + digits.slice(0, cut) + (scale ? `.${digits.slice(cut)}` : "");
}

/** A cell of a pivot: sorts as a number, is shown with every digit. */
export class ExactMeasure {
    constructor(text) {
        this.text = text;
    }
    valueOf() {
        return Number(this.text);
    }
    toString() {
        return this.text;
    }
    toJSON() {
        return Number(this.text);
    }
}
