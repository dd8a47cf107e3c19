// The number in large type, how far it can be trusted, and what screen readers are told once the hand rests.
import { el } from "./dom.js";
import { t } from "./texts.js";

const REST_MS = 700;
/** Answers that come sooner need no word about the wait. */
const WAIT_MS = 150;

export class Answer {
  #timer = 0;
  #waiting = 0;

  constructor({ answer, number, sureness, spoken }) {
    Object.assign(this, { answer, number, sureness, spoken });
  }

  /** What the view model has; or, where nothing is drawn yet, what is said in place of the number. */
  show(model, instead) {
    const { number, state } = model;
    const rows = number === "" ? [] : number.split("\n");
    const long = Math.max(0, ...rows.map((row) => row.length));
    this.number.style.setProperty("--rows", String(Math.max(1, rows.length)));
    this.number.dataset.size = rows.length > 4 || long > 18 ? "small" : rows.length > 1 || long > 9 ? "medium" : "large";
    this.number.classList.toggle("nothing", rows.length === 0);
    const words = { empty: instead, reading: "…", waiting: "…", failed: t("notReadNow") }[state] ?? t("noDigits");
    this.number.replaceChildren(...(rows.length > 0 ? model.written.map(row) : [words]));
    this.answer.dataset.state = state;
    this.answer.setAttribute("aria-busy", String(state === "reading"));
    clearTimeout(this.#waiting);
    // What stands in place of the number is not said again below it.
    const more = { empty: "", failed: "", unread: model.says.split(" · ").slice(1).join(" · ") }[state] ?? model.says;
    const says = () => { this.sureness.textContent = more; };
    if (state === "reading") this.#waiting = setTimeout(says, WAIT_MS);
    else says();
    this.#speak({ empty: t("emptySpoken"), unread: `${model.says}.` }[state] ?? (model.isCurrent ? t("spoken", { number: number.replaceAll("\n", ", "), says: model.says }) : model.says));
  }

  /** Told at rest only: nobody wants to hear every stage of a number. */
  #speak(text) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.spoken.textContent !== text) this.spoken.textContent = text;
    }, REST_MS);
  }
}

const KINDS = { doubtful: "maybe", corrected: "said", confirmed: "said", inserted: "said", mark: "between" };

/** A line as it is written: digits, the marks and the spaces between them. */
const row = (parts) => el("span", { className: "row" }, ...parts.map((part) => (part ? el("span", { className: KINDS[part.kind] ?? "" }, part.text) : " ")));
