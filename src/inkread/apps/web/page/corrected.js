// What people say digits are: for which digits of a reading it holds, and what the reading then says.
import { near } from "./boxes.js";
import { bytes } from "./dom.js";

/** The mean difference of two glyphs, of 255, below which they are of the same ink. */
const SAME_INK = 8;

export const digitsOf = (reading) => reading?.lines.flatMap((line) => line.digits) ?? [];

/** The corrections that hold for a digit: for the ink that they were made of, and no other. */
export function holding(corrections, digit, closeup) {
  return corrections.filter(({ box, glyph }) => near(box, digit.box) && sameInk(glyph, closeup?.glyph));
}

/** The reading, its corrected digits as people say they are; what was read stays in their `read`. */
export function corrected(reading, closeups, corrections) {
  if (!reading || corrections.length === 0) return reading;
  const digits = digitsOf(reading).map((digit, i) => {
    const last = holding(corrections, digit, closeups?.[i]).at(-1);
    return last ? { ...digit, value: last.value, confidence: 1, doubtful: false, read: last.read } : digit;
  });
  const filled = (text) => {
    let at = 0;
    return text.replace(/\d/g, () => String(digits[at++].value));
  };
  let from = 0;
  const lines = reading.lines.map((line) => {
    const own = digits.slice(from, (from += line.digits.length));
    return { ...line, text: own.map((digit) => digit.value).join(""), digits: own };
  });
  const confidence = digits.reduce((product, digit) => product * digit.confidence, digits.length > 0 ? 1 : 0);
  return { ...reading, text: filled(reading.text), written: filled(reading.written), confidence, lines };
}

function sameInk(a, b) {
  if (a === b || !a || !b) return a === b;
  const [one, other] = [bytes(a), bytes(b)];
  return one.reduce((sum, ink, i) => sum + Math.abs(ink - other[i]), 0) < SAME_INK * one.length;
}
