// Parts of a reading as they are shown: digits, marks and other ink, with what somebody said of them.
// The twin of view_parts.py. Knows no state and no elements.
import { percent } from "./texts.js";

/** Intersection over union from which two boxes of successive readings are of the same digit. */
const SAME_PLACE = 0.6;
/** Gaps between numbers, in heights of a digit and in least gaps. */
const [SPACE, WIDE_SPACE, TIMES_LEAST] = [0.55, 2, 2];

/** A digit, a mark between digits, or ink that is neither; `edit` is what somebody said of it. */
export class Part {
  /** `read`: as the server has it, null for a digit that was inserted; `ink`: what tells the same ink again. */
  constructor(read, box, ink = null, edit = null) { Object.assign(this, { read, box, ink, edit }); }

  get isDigit() { return this.read !== null && "value" in this.read; }
  get isMark() { return this.read !== null && "text" in this.read; }
  get value() { return this.edit ? this.edit.value : this.guessed; }
  /** What it was read as, before somebody said something that may have been learned since; null: not as a digit. */
  get guessed() { return this.edit ? this.edit.guessed : this.isDigit ? this.read.value : null; }
  get confidence() { return this.edit ? 1 : this.isDigit ? this.read.confidence : 0; }
  get text() { return this.isMark ? this.read.text : this.value === null ? "" : String(this.value); }

  /** sure, doubtful, corrected, confirmed, inserted, deleted, scrap or mark */
  get kind() {
    if (this.isMark) return "mark";
    if (this.edit) return this.read === null ? "inserted" : this.value === null ? "deleted" : this.value === this.guessed ? "confirmed" : "corrected";
    if (!this.isDigit) return "scrap";
    return this.read.doubtful ? "doubtful" : "sure";
  }

  /** [kind, text, label] beside its box */
  get badge() {
    const { kind } = this;
    const sure = percent(this.confidence);
    const label = { sure, doubtful: `${sure} ?`, scrap: "not a digit", mark: "" }[kind] ?? kind;
    return [kind, kind === "deleted" && this.guessed !== null ? String(this.guessed) : this.text, label];
  }

  with(edit) { return new Part(this.read, this.box, this.ink, edit); }
}

/** The parts of a reading. `inkOf(part, i)`: of the digits, then of the ink left unread. */
export function foundIn({ lines, marks, rejected }, inkOf = () => null, isShown = () => true) {
  let at = 0;
  const part = (each) => new Part(each, each.box, inkOf(each, at++));
  return {
    lines: lines.map((line) => line.digits.map(part)),
    scraps: rejected.filter(isShown).map(part),
    marks: marks.map((each) => new Part(each, each.box)),
  };
}

/** What was found and what was said of it: lines of digits, scraps, and the number as it is written (null: a space). */
export class Arranged {
  #edits;
  #sameInk;

  constructor(found, edits, sameInk) {
    this.#edits = edits;
    this.#sameInk = sameInk;
    this.marks = found.marks;
    let rows = found.lines.map((line) => this.#edited(line));
    const mended = found.scraps.map((part) => this.#mended(part));
    for (const part of mended) if (part.value !== null) rows = placed(rows, part);
    // A digit that was left out still takes its room: what stands beside it is no number of its own.
    this.lines = rows.map((row) => row.filter((part) => part.value !== null)).filter((row) => row.length > 0);
    this.scraps = [...rows.flat(), ...mended].filter((part) => part.value === null);
    this.written = withMarks(rows, found.marks).map(spaced).filter((row) => row.some((part) => part && part.value !== null));
  }

  /** What was said of the ink of a part, oldest first. */
  holding(part, ...kinds) {
    return this.#edits.filter((edit) => kinds.includes(edit.kind) && overlap(edit.box, part.box) > SAME_PLACE && this.#sameInk(edit.ink, part.ink));
  }

  #mended(part) {
    const last = this.holding(part, "correct", "delete").at(-1);
    return last ? part.with(last) : part;
  }

  #edited(line) {
    return line.flatMap((part, at) => [
      ...inserted(this.holding(part, "before"), line[at - 1]?.box, part.box),
      this.#mended(part),
      ...inserted(this.holding(part, "after"), part.box, line[at + 1]?.box),
    ]);
  }
}

/** Intersection over union of two boxes, 0 to 1. */
export function overlap(a, b) {
  const [width, height] = [Math.min(a[2], b[2]) - Math.max(a[0], b[0]), Math.min(a[3], b[3]) - Math.max(a[1], b[1])];
  if (width <= 0 || height <= 0) return 0;
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

/** Which of the parts lies where the box does; null if no overlap exceeds `least`. */
export function bestOf(parts, box, least) {
  const shares = parts.map((part) => overlap(part.box, box));
  const best = Math.max(0, ...shares);
  return best > least ? shares.indexOf(best) : null;
}

/** Digits between two boxes, or beside one: as high as that, and as broad as there is room. */
function inserted(edits, left, right) {
  const known = left ?? right;
  const side = (known[3] - known[1]) / 2;
  const low = left ? left[2] : known[0] - side * edits.length;
  const high = Math.max(right ? right[0] : low + side * edits.length, low + (side / 4) * edits.length);
  const step = Math.min(side, (high - low) / edits.length);
  return edits.map((edit, at) => new Part(null, [low + step * at, known[1], low + step * (at + 1), known[3]], null, edit));
}

const edge = (row, at, most) => most(...row.map((part) => part.box[at]));

/** The rows with one digit more: in the row that it stands level with, else as a row of its own. */
function placed(rows, part) {
  const middle = (part.box[1] + part.box[3]) / 2;
  const at = rows.findIndex((row) => edge(row, 1, Math.min) < middle && middle < edge(row, 3, Math.max));
  if (at >= 0) return rows.with(at, [...rows[at], part].toSorted((a, b) => a.box[0] - b.box[0]));
  return [...rows, [part]].toSorted((a, b) => edge(a, 1, Math.min) - edge(b, 1, Math.min));
}

const middle = ({ box: [left, top, right, bottom] }) => [(left + right) / 2, (top + bottom) / 2];

/** The rows with each mark in the one whose nearest digit is nearest, behind the digits to its left. */
function withMarks(rows, marks) {
  const mixed = rows.map((row) => [...row]);
  if (mixed.length === 0) return mixed;
  for (const mark of marks.toSorted((a, b) => a.box[0] - b.box[0])) {
    const [x, y] = middle(mark);
    const far = (row) => Math.min(...row.map((part) => Math.hypot(middle(part)[0] - x, middle(part)[1] - y)));
    const row = mixed.reduce((nearest, each) => (far(each) < far(nearest) ? each : nearest));
    row.splice(row.filter((part) => middle(part)[0] <= x).length, 0, mark);
  }
  return mixed;
}

/** A line without what was left out, null for each gap that is wide for it: there the next number begins. */
function spaced(row) {
  const height = median(row.filter((part) => part.kind !== "mark").map((part) => part.box[3] - part.box[1]));
  const boxes = row.filter((part) => part.read !== null).map((part) => part.box);
  const gaps = boxes.slice(1).map((box, i) => box[0] - boxes[i][2]);
  const least = gaps.length > 1 ? Math.min(...gaps) : 0;
  const wide = Math.max(SPACE * height, Math.min(TIMES_LEAST * least, WIDE_SPACE * height));
  const shown = [];
  let right = Infinity;
  for (const part of row) {
    // What was inserted belongs to the digit that it was put beside.
    const box = part.read === null ? part.edit.box : part.box;
    if (box[0] - right > wide && shown.length > 0 && shown.at(-1) !== null) shown.push(null);
    if (part.text) shown.push(part);
    right = box[2];
  }
  return shown.at(-1) === null ? shown.slice(0, -1) : shown;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
