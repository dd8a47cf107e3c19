// Corrections: kept on the server and shown, undone and made again, one after the other as people ask for it.
import { correct, forget, read } from "./api.js";
import { near } from "./boxes.js";
import { digitsOf, holding } from "./corrected.js";
import { t } from "./texts.js";
import { asDrawn } from "./turned.js";

export class Corrections {
  #last = Promise.resolve();

  /**
   * `way()` is what is shown: its sheet, its reading, and of what source it is; `source()` is what is to be read by now.
   * `heard` is told: changed() to show the reading anew, noted(text), failed(error), learned().
   */
  constructor({ way, source, heard }) {
    Object.assign(this, { way, source, heard });
  }

  /** Has a correction kept, and shows it as soon as it is. */
  async correct(index, value) {
    const way = this.way();
    const { sheet } = way;
    const digit = digitsOf(way.reading)[index];
    if (digit.read && digit.value === value) return this.heard.noted(t("keptBefore"));
    const source = this.source();
    return this.#told(async () => {
      const named = await inReading(digit, way, source);
      if (named === null) return this.heard.failed(t("noLongerThere"));
      const made = { ...named, value };
      const { corrections: n } = await this.#keep(made);
      sheet.correct([...sheet.corrections, made]);
      if (sheet !== this.way().sheet) return null; // another photo by now
      this.heard.changed();
      return this.heard.noted(t("kept", { n }));
    });
  }

  /** Takes back what was said of a digit; can be undone. */
  takeBack(index) {
    const { sheet, plain, closeups } = this.way();
    const before = sheet.corrections;
    const gone = holding(before, digitsOf(plain)[index], closeups?.[index]);
    sheet.correct(before.filter((each) => !gone.includes(each)));
    return this.follow(before);
  }

  /** The sheet has other corrections than before: they are shown, and the server follows. */
  async follow(before) {
    const after = this.way().sheet.corrections;
    if (after === before) return;
    this.heard.changed();
    const gone = before.filter((each) => !after.includes(each)).reverse();
    const come = after.filter((each) => !before.includes(each));
    await this.#told(async () => {
      let told = null;
      for (const each of gone) told = (await this.#inTurn(() => undone(each))) ?? told;
      for (const each of come) await this.#keep(each);
      if (told) this.heard.noted(t("takenBack", { n: told.corrections }));
    });
  }

  /** What was corrected in what is shown, as the API takes it beside a reading. */
  get sayings() {
    const { reading, result } = this.way();
    const sent = digitsOf(result);
    return digitsOf(reading).flatMap(({ read, value }, i) => (read ? [`${sent[i].box}:${value}`] : []));
  }

  /** What the server says of a correction (id, kept, former) stays with it. */
  #keep(made) {
    return this.#inTurn(async () => Object.assign(made, await correct(made.source, made.sent, made.value)));
  }

  #inTurn(work) {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #told(work) {
    try {
      this.heard.failed(null);
      await work();
      this.heard.learned();
    } catch (error) {
      this.heard.failed(error);
    }
  }
}

/**
 * A digit as the reading of a source has it: where it is shown, what it looks like, and its box as the server knows it.
 * Where more was drawn since what is shown was read, that is read first; null if the digit is no longer there.
 */
async function inReading(digit, way, source) {
  let { result, plain, closeups } = way;
  if (source.strokes && JSON.stringify(source) !== JSON.stringify(way.source)) {
    result = await read(source, { closeups: true });
    [plain, closeups] = [asDrawn(result), result.closeups];
  }
  const index = digitsOf(plain).findIndex(({ box }) => near(box, digit.box));
  if (index < 0) return null;
  // What was learned from a correction may change what is read next; what was read before it was made stays.
  const { value, confidence, doubtful, box } = digitsOf(plain)[index];
  const before = holding(way.sheet.corrections, digitsOf(plain)[index], closeups[index]).at(-1)?.read ?? { value, confidence, doubtful };
  return { source, sent: digitsOf(result)[index].box, box, glyph: closeups[index]?.glyph, read: before };
}

/** What was kept before stays kept; what had another label has it again. */
function undone({ source, sent, id, kept, former }) {
  if (!kept) return null;
  return former === null ? forget(id) : correct(source, sent, former);
}
