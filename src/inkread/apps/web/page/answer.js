// The number in large type, how sure it is, and what screen readers are told once the hand rests.
import { el } from "./dom.js";
import { percent, t } from "./texts.js";

const REST_MS = 700;

export class Answer {
  #timer = 0;

  constructor({ number, sureness, spoken }) {
    Object.assign(this, { number, sureness, spoken });
  }

  /** A reading; or null, with what is said in its place and beside it. */
  show(reading, instead = "", beside = "") {
    const digits = reading?.lines.flatMap((line) => line.digits) ?? [];
    const long = Math.max(0, ...(reading?.written ?? "").split("\n").map((line) => line.length));
    const lines = reading?.lines.length ?? 0;
    this.number.style.setProperty("--rows", String(Math.max(1, lines)));
    this.number.dataset.size = lines > 4 || long > 18 ? "small" : lines > 1 || long > 9 ? "medium" : "large";
    this.number.classList.toggle("nothing", digits.length === 0);
    const rows = (reading?.written ?? "").split("\n").map((written, i) => row(written, reading?.lines[i]));
    if (lines === 0) rows.length = 0;
    this.number.replaceChildren(...(rows.length > 0 ? rows : [reading ? t("noDigits") : instead]));
    this.sureness.textContent = reading ? remark(reading, digits) : beside;
    this.#speak(reading ? spoken(reading, digits) : beside || t("emptySpoken"));
  }

  /** Told at rest only: nobody wants to hear every stage of a number. */
  #speak(text) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.spoken.textContent !== text) this.spoken.textContent = text;
    }, REST_MS);
  }
}

/** A line as it is written: digits, and the marks between them. */
function row(written, line) {
  let at = 0;
  const characters = [...written].map((character) => {
    if (!/\d/.test(character)) return el("span", { className: "between" }, character);
    const digit = line.digits[at];
    at += 1;
    return el("span", { className: digit.doubtful ? "maybe" : digit.read ? "said" : "" }, character);
  });
  return el("span", { className: "row" }, ...characters);
}

const doubtful = (digits) => digits.filter((digit) => digit.doubtful).length;
const corrected = (digits) => digits.filter((digit) => digit.read).length;

function remark(reading, digits) {
  const parts = [];
  if (digits.length > 0) {
    parts.push(sureness(reading, digits));
    if (digits.length > 1) parts.push(t("count", { n: digits.length }));
    if (doubtful(digits) > 0) parts.push(t("doubtful", { n: doubtful(digits) }));
    if (corrected(digits) > 0 && corrected(digits) < digits.length) parts.push(t("correctedSome", { n: corrected(digits) }));
  }
  if (reading.rejected.length > 0) parts.push(t("unread", { n: reading.rejected.length }));
  return parts.join("  ·  ");
}

function sureness(reading, digits) {
  if (corrected(digits) === digits.length) return t("asYouSaid");
  return t(digits.length > 1 ? "sureOfAll" : "sure", { percent: percent(reading.confidence) });
}

function spoken(reading, digits) {
  if (digits.length === 0) return t("noDigitsSpoken");
  const values = {
    number: reading.written.replaceAll("\n", ", "),
    sure: corrected(digits) > 0 ? remark(reading, digits) : t("sure", { percent: percent(reading.confidence) }),
    doubtful: t("doubtful", { n: doubtful(digits) }),
  };
  return t(doubtful(digits) > 0 ? "spokenDoubt" : "spoken", values);
}
