// What is shown of a sheet or a photo: what was drawn, read, chosen, corrected and undone. Knows no elements and no server.
// The twin of view_model.py; tests/apps/view_model_cases.json holds what both must do.
import { percent, t } from "./texts.js";
import { Arranged, bestOf } from "./view_parts.js";

const CHANGES_KEPT = 300;
/** Intersection over union from which a digit stays chosen. */
const STAYS = 0.5;
/** Runners-up with a lower probability are not named. */
const WORTH_NAMING = 0.005;
const NOTHING = { lines: [], marks: [], scraps: [] };

export class ViewModel {
  #done = [];
  #undone = [];
  #found = NOTHING;
  #foundOn = null;
  #askedOn = null;
  #error = null;
  #newest = null;
  #putOff = null;
  #arranged;
  selected = null;
  chosen = false;
  message = { text: "", kind: "info" };

  /** `sameInk(a, b)`: whether parts of two readings are of the same ink; `followed(before, after)` is told of each change of edits. */
  constructor({ sameInk = (a, b) => a === b, followed = () => {}, picture = null, size = [1, 1], live = true } = {}) {
    Object.assign(this, { sameInk, followed, live });
    this.sheet = { strokes: [], picture, size, edits: [] };
    this.#arrange();
  }

  // What is done

  drew(stroke, what = t("aStroke")) {
    this.#newest = stroke.bounds ?? null;
    this.#change({ strokes: [...this.sheet.strokes, stroke] }, what);
  }

  /** Only these strokes are left; `same`: one change with the one before. */
  erased(strokes, same = false, what = t("theEraser")) {
    if (same) this.#become({ ...this.sheet, strokes });
    else this.#change({ strokes }, what);
  }

  opened(picture, what) { this.#change({ strokes: [], picture, edits: [] }, what); }

  clear(size = this.sheet.size) {
    if (this.isBlank) return;
    this.#change({ strokes: [], picture: null, edits: [], size }, t("clearing"));
    this.#tell(t("cleared"));
  }

  /** The sheet has another size; nothing that could be undone. */
  trim(size) {
    const before = this.sheet;
    this.sheet = { ...before, size };
    if (this.#foundOn === before) this.#foundOn = this.sheet;
    if (this.#askedOn === before) this.#askedOn = this.sheet;
  }

  /** Takes back the last thing that was done, and says what it was; false if there is nothing. */
  undo() { return this.#step(this.#done, this.#undone, "undone", "nothingToUndo"); }

  redo() { return this.#step(this.#undone, this.#done, "redone", "nothingToRedo"); }

  // What is read

  /** A reading of the sheet as it is now was asked for. */
  started() {
    this.#error = null;
    this.#askedOn = this.sheet;
    return this.sheet;
  }

  /** A reading is here: of this sheet, or of what was asked for last. */
  read(found, of = this.#askedOn ?? this.sheet) {
    [this.#found, this.#foundOn, this.#error] = [found, of, null];
    this.#arrange();
    if (!this.#putOff || !this.isCurrent) return;
    const [wanted, say] = this.#putOff;
    this.#putOff = null;
    const there = bestOf(this.parts, wanted.box, STAYS);
    if (there === null) return void this.#tell(t("noLongerThere"), "error");
    this.choose(there);
    say();
  }

  /** The reading that was asked for came to nothing. */
  failed(message) {
    this.#error = [message, this.#askedOn ?? this.sheet];
    this.#tell(message, "error");
    this.#forgetReading();
  }

  // What is chosen and said

  get isPutOff() { return this.#putOff !== null; }

  choose(index) {
    this.selected = index !== null && index >= 0 && index < this.parts.length ? index : null;
    this.chosen = this.selected !== null;
  }

  chooseNext(step) {
    const count = this.parts.length;
    if (count === 0) return;
    const at = this.selected !== null && this.chosen ? this.selected : step > 0 ? -1 : count;
    this.choose((at + step + count) % count);
  }

  /** Says what the chosen digit is. */
  correct(value) {
    const part = this.#chosenPart("thenType", () => this.correct(value));
    if (!part) return;
    const { edit, guessed } = part;
    if (edit?.value === value) return void this.#tell(t("saidAlready", { value }));
    const isInserted = part.read === null;
    const made = isInserted ? { ...edit, value } : { kind: "correct", box: part.box, ink: part.ink, value, guessed };
    const edits = isInserted ? this.sheet.edits.map((each) => (each === edit ? made : each)) : [...this.sheet.edits, made];
    if (value === guessed) return void this.#say(edits, t("wasConfirmed", { value }), t("confirmedNow", { value }));
    const was = isInserted ? t("wasInserted") : guessed === null ? t("wasNotRead") : t("wasReadAs", { value: guessed });
    this.#say(edits, t("wasCorrected", { from: part.badge[1] || t("ink"), value }), t("correctedNow", { value, was }));
  }

  /** Says that the chosen digit was read right. */
  confirm() {
    const guessed = this.selectedPart?.guessed ?? null;
    if (guessed !== null) this.correct(guessed);
  }

  /** Says that the chosen digit is none: it leaves the number. */
  delete() {
    const part = this.#chosenPart("thenDelete", () => this.delete());
    if (!part) return;
    const { box, ink, value, guessed } = part;
    if (value === null) return void this.#tell(t("notInNumber"));
    const at = this.selected;
    const edits = this.sheet.edits.filter((each) => each !== part.edit);
    if (part.read !== null) edits.push({ kind: "delete", box, ink, value: null, guessed });
    this.#say(edits, t("wasDeleted", { value }), t("deletedNow", { value }));
    this.choose(this.digits.length > 0 ? Math.min(at, this.digits.length - 1) : null);
  }

  /** Puts a digit after the chosen one, or before it. */
  insert(value, before = false) {
    const part = this.#chosenPart("thenInsert", () => this.insert(value, before));
    if (!part) return;
    if (part.value === null) return void this.#tell(t("insertBeside"));
    const edits = [...this.sheet.edits];
    let made = { kind: before ? "before" : "after", box: part.box, ink: part.ink, value, guessed: null };
    if (part.read === null) { // beside an inserted digit: it has the same anchor
      made = { ...part.edit, value };
      edits.splice(edits.indexOf(part.edit) + (before ? 0 : 1), 0, made);
    } else edits.splice(before ? edits.length : 0, 0, made); // the last before a digit stands next to it, the first after it
    this.#say(edits, t("inserting", { value }), t("insertedNow", { value }));
    const there = this.digits.findIndex((each) => each.edit === made);
    this.choose(there < 0 ? null : there);
  }

  /** Takes back what was said of the chosen digit. */
  takeBack() {
    const part = this.selectedPart;
    if (!part?.edit) return void this.#tell(t("notCorrected"));
    const own = part.read === null ? [part.edit] : this.#arranged.holding(part, "correct", "delete");
    const what = `${part.badge[1]} ${part.kind}`;
    this.#say(this.sheet.edits.filter((each) => !own.includes(each)), t("wasTakenBack", { what }), t("takenBack", { what }));
  }

  /** All corrections that were kept are deleted, so many: those of this sheet no longer hold. */
  forgot(n) {
    const edits = this.sheet.edits.filter((each) => each.kind !== "correct");
    if (edits.length === this.sheet.edits.length) this.#tell(t("forgot", { n }), "good");
    else this.#say(edits, t("forgetting"), t("forgot", { n }));
  }

  // What is shown

  get lines() { return this.#arranged.lines; }
  get digits() { return this.lines.flat(); }
  get scraps() { return this.#arranged.scraps; }
  get marks() { return this.#arranged.marks; }
  /** All that can be chosen: digits, then ink that is not in the number. */
  get parts() { return [...this.digits, ...this.scraps]; }
  get selectedPart() { return this.selected === null ? null : this.parts[this.selected]; }
  get badges() { return [...this.parts, ...this.marks].map((part) => part.badge); }
  get isBlank() { return this.sheet.strokes.length === 0 && this.sheet.picture === null; }
  get isCurrent() { return sameDrawn(this.sheet, this.#foundOn); }
  get written() { return this.#arranged.written; }
  /** The number with its marks and spaces, as it is corrected. */
  get number() { return this.written.map((line) => line.map((part) => (part ? part.text : " ")).join("")).join("\n"); }
  /** What is copied and spoken: nothing while it is not of what is on the sheet. */
  get copied() { return this.isCurrent ? this.number : ""; }
  /** That all digits are right, 0 to 1. */
  get confidence() { return this.digits.reduce((product, part) => product * part.confidence, this.digits.length > 0 ? 1 : 0); }
  get canUndo() { return this.#done.length > 0; }
  get canRedo() { return this.#undone.length > 0; }

  /** In a word, what `says` tells in a sentence. */
  get state() {
    if (this.isBlank) return "empty";
    if (this.#error && sameDrawn(this.sheet, this.#error[1])) return "failed";
    if (!this.isCurrent) return this.live || sameDrawn(this.sheet, this.#askedOn) ? "reading" : "waiting";
    if (this.digits.length === 0) return "unread";
    return this.digits.some((part) => part.kind === "doubtful") ? "doubtful" : "read";
  }

  /** In words, how far the number can be trusted. */
  get says() {
    const { state } = this;
    if (state === "failed") return t("notRead", { why: this.#error[0] });
    const fixed = { empty: "nothingDrawn", waiting: "waiting", reading: "reading" }[state];
    if (fixed) return t(fixed);
    const n = this.scraps.filter((part) => part.kind === "scrap").length;
    return [this.digits.length > 0 ? trust(this.digits, this.confidence) : t("noDigits"), ...(n > 0 ? [t("unread", { n })] : [])].join(" · ");
  }

  /** The chosen digit in words: title, value, sure, rest; null where there is none. */
  get panel() {
    const part = this.selectedPart;
    if (!part) return null;
    const sure = t("sure", { percent: percent(part.confidence) });
    const words = { sure, doubtful: t("doubtfulDigit", { sure }), scrap: t("inkNoDigit"), deleted: t("leftOutByYou") };
    const title = { scrap: t("notADigitTitle"), deleted: t("leftOut") }[part.kind];
    return {
      title: title ?? t("digitTitle", { n: this.selected + 1, all: this.digits.length }),
      value: part.text || "–",
      sure: words[part.kind] ?? t("byYou", { what: part.kind }),
      rest: rest(part),
    };
  }

  // How it is done

  #tell(text, kind = "info") { this.message = { text, kind }; }

  /** The chosen part, if something can be said of it now; else that is told, or put off until it was read. */
  #chosenPart(how, again) {
    const part = this.selectedPart;
    if (!part || !(this.chosen || this.parts.length === 1)) {
      if (this.parts.length > 0) this.#tell(t("chooseFirst", { how: t(how) }));
      return null;
    }
    if (this.isCurrent) return part;
    this.#putOff = [part, again];
    this.#tell(t("reading"));
    return null;
  }

  #say(edits, what, told) {
    const before = this.sheet.edits;
    this.#tell(told, "good");
    this.#change({ edits }, what, true);
    this.followed(before, edits);
  }

  #change(change, what, said = false) {
    this.#done = [...this.#done.slice(-CHANGES_KEPT + 1), { sheet: this.sheet, what, said }];
    this.#undone = [];
    this.#become({ ...this.sheet, ...change });
  }

  #step(from, to, done, otherwise) {
    if (from.length === 0) {
      this.#tell(t(otherwise));
      return false;
    }
    const { sheet, what, said } = from.pop();
    const before = this.sheet;
    to.push({ sheet: before, what, said });
    this.#tell(t(done, { what }));
    this.#newest = null;
    this.#become(sheet);
    if (said) this.followed(before.edits, sheet.edits);
    return true;
  }

  #become(sheet) {
    if (this.#putOff) {
      this.#putOff = null;
      this.#tell(t("notCorrectedNow"), "error");
    }
    const before = this.sheet;
    this.sheet = sheet;
    if (sheet.picture !== before.picture || this.isBlank) this.#forgetReading();
    else this.#arrange();
  }

  #forgetReading() {
    [this.#found, this.#foundOn, this.chosen] = [NOTHING, null, false];
    this.#arrange();
  }

  #arrange() {
    const former = this.chosen && this.#arranged ? this.selectedPart : null;
    this.#arranged = new Arranged(this.#found, this.sheet.edits, this.sameInk);
    [this.selected, this.chosen] = this.#selection(former);
  }

  /** What was chosen, if it is still there; else the newest digit of a drawing, or the first of a picture. */
  #selection(former) {
    const stays = former && bestOf(this.parts, former.box, STAYS);
    if (former && stays !== null) return [stays, true];
    const newest = this.#newest && bestOf(this.parts, this.#newest, 0);
    if (this.#newest && newest !== null) return [newest, false];
    if (this.digits.length === 0) return [this.scraps.length > 0 ? 0 : null, false];
    return [this.sheet.picture !== null ? 0 : this.digits.length - 1, false];
  }
}

/** Whether two sheets have the same ink on them. */
function sameDrawn(a, b) {
  return b !== null && a.picture === b.picture && a.strokes.length === b.strokes.length && a.strokes.every((stroke, i) => stroke === b.strokes[i]);
}

/** The words for how many of the digits are to be checked. */
function checks(n, all) {
  if (n < all) return "check";
  return { 1: "checkOne", 2: "checkBoth" }[all] ?? "checkAll";
}

function trust(digits, confidence) {
  const n = digits.filter((part) => part.kind === "doubtful").length;
  if (n > 0) return t(checks(n, digits.length), { n, all: digits.length });
  const said = digits.filter((part) => part.edit).length;
  if (said === digits.length) return t("asYouSaid");
  const whole = t(digits.length === 1 ? "sure" : "sureOfAll", { percent: percent(confidence), all: digits.length });
  return said > 0 ? `${whole} · ${t("saidSome", { n: said })}` : whole;
}

/** What a part was read as, or what else it may be. */
function rest({ read, edit, isDigit }) {
  if (edit && read && edit.guessed === null) return t("notReadAsDigit");
  // What was learned from a correction changes the next reading of the same ink.
  if (edit && read) return edit.guessed === read.value ? t("readAs", { value: read.value, percent: percent(read.confidence) }) : t("wasReadAs", { value: edit.guessed });
  if (!isDigit) return "";
  if (read.unadapted !== undefined) return t("unadapted", { value: read.unadapted });
  const named = (read.runners_up ?? []).filter((other) => other.confidence >= WORTH_NAMING).slice(0, 2);
  return named.map((other) => t("orValue", { value: other.value, percent: percent(other.confidence) })).join("; ") || t("runnerUpNone");
}
