// Corrections on the server: what people say digits are is kept, and forgotten when it is undone, one after the other.
import { correct, forget } from "./api.js";
import { bytes } from "./dom.js";

/** The mean difference of two glyphs, of 255, below which they are of the same ink. */
const SAME_INK = 8;

export class Corrections {
  #last = Promise.resolve();
  /** What the server said of an edit: its id, whether it is new, and the former label. */
  #kept = new Map();

  /** `heard` is told: kept(count), failed(error), learned(). */
  constructor(heard) { this.heard = heard; }

  /** Other digits are corrected than before: the server follows. Only what was read as a digit can be kept. */
  follow(before, after) {
    const of = (edits, others) => edits.filter((each) => each.kind === "correct" && each.ink?.number && !others.includes(each));
    const [gone, come] = [of(before, after).reverse(), of(after, before)];
    if (gone.length + come.length > 0) this.#last = this.#last.then(() => this.#follow(gone, come));
  }

  /** Nothing is kept any more. */
  forgotAll() { this.#kept.clear(); }

  async #follow(gone, come) {
    try {
      let told = null;
      for (const edit of gone) told = (await this.#undo(edit)) ?? told;
      for (const edit of come) {
        told = await correct(edit.ink.source, edit.ink.sent, edit.value);
        this.#kept.set(edit, told);
      }
      if (told) this.heard.kept(told.corrections);
      this.heard.learned();
    } catch (error) {
      this.heard.failed(error);
    }
  }

  /** What was kept before stays kept; what had another label has it again. */
  #undo(edit) {
    const { id, kept, former } = this.#kept.get(edit) ?? {};
    this.#kept.delete(edit);
    if (!kept) return null;
    return former === null ? forget(id) : correct(edit.ink.source, edit.ink.sent, former);
  }
}

/** Whether two parts of readings are of the same ink: their glyphs hardly differ. */
export function sameInk(a, b) {
  const [one, other] = [a?.closeup?.glyph, b?.closeup?.glyph];
  if (one === other || !one || !other) return one === other;
  const [mine, theirs] = [bytes(one), bytes(other)];
  return mine.reduce((sum, ink, i) => sum + Math.abs(ink - theirs[i]), 0) < SAME_INK * mine.length;
}
