// Boxes and labels over the ink: a button for each digit, in the order of reading; one tab stop, arrows move.
import { el } from "./dom.js";
import { percent, t } from "./texts.js";
import { overlap } from "./view_parts.js";

/** Sizes of labels in rem: as high as the style sheet has them, and as wide as they get. */
const HIGH = 1.5;
const BRIEF = 1.5;
/** Intersection over union from which a box is the one that stood there before. */
const STAYS = 0.5;
const SAID = ["corrected", "confirmed", "inserted"];
const NAMES = {
  sure: "box", doubtful: "boxDoubtful", corrected: "boxCorrected", confirmed: "boxConfirmed", inserted: "boxInserted",
  deleted: "boxDeleted", scrap: "boxScrap",
};

export class Boxes {
  #buttons = [];

  /** `heard` is told: chose(index), types(index, value), deletes(index), inserts(index). */
  constructor(list, heard) {
    Object.assign(this, { list, heard });
    list.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Shows what the view model has. What stands where it stood before stays as it is, so that nothing flickers. */
  show(model) {
    const before = this.#buttons;
    const focused = before.find((button) => button === document.activeElement);
    const { parts, digits } = model;
    this.#buttons = parts.map((part, i) => this.#box(before, part, i, digits.length));
    this.list.replaceChildren(...this.#buttons.map((button) => button.parentElement), ...model.marks.map(markBox));
    this.select(model.selected);
    // The focus stays on its digit, also where others have come before it.
    if (focused) {
      const there = this.#buttons.findIndex((button) => overlap(button.box, focused.box) > STAYS);
      this.focus(there >= 0 ? there : model.selected ?? 0);
    }
  }

  select(index) {
    this.selected = index;
    const stop = index ?? 0;
    this.#buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(i === index));
      button.tabIndex = i === stop ? 0 : -1;
    });
  }

  focus(index) { this.#buttons[index]?.focus({ preventScroll: true }); }

  /** The digit whose box or label holds the point, in pixels of the picture. */
  at(x, y) {
    const found = this.#buttons.findIndex(({ box: [left, top, right, bottom], high }) =>
      x >= left && x <= right && y >= top - high && y <= bottom);
    return found < 0 ? null : found;
  }

  /** At another scale: what is said above each digit, as far as there is room: the chosen one whole, all others brief, then whole. */
  fit(view) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const taken = new Map();
    const takes = (button, width) => {
      const [left, top, right, bottom] = button.box.map((edge) => edge * view.scale);
      const low = top < HIGH * rem + 5;
      const y = low ? bottom + 5 : top - 5 - HIGH * rem;
      const [middle, half] = [(left + right) / 2, (width * rem) / 2];
      const place = [middle - half, y, middle + half, y + HIGH * rem];
      const clashes = ([x0, y0, x1, y1]) => place[0] < x1 && x0 < place[2] && place[1] < y1 && y0 < place[3];
      if ([...taken].some(([other, there]) => other !== button && clashes(there))) return false;
      taken.set(button, place);
      button.classList.toggle("low", low);
      button.high = low ? 0 : (HIGH * rem) / view.scale;
      return true;
    };
    const chosen = this.#buttons[this.selected];
    const urgent = this.#buttons.filter((button) => button.matches(".doubtful, .corrected"));
    const inTurn = [...new Set([chosen, ...urgent, ...this.#buttons])].filter(Boolean);
    if (chosen) takes(chosen, chosen.wide);
    for (const button of inTurn) if (!taken.has(button)) takes(button, BRIEF);
    for (const button of inTurn) {
      button.classList.toggle("bare", !taken.has(button));
      button.classList.toggle("brief", button !== chosen && !(taken.has(button) && takes(button, button.wide)));
    }
  }

  #box(before, part, i, all) {
    const { kind, box } = part;
    const old = before.find((button) => button.value === part.text && overlap(button.box, box) > STAYS);
    const button = old ?? el("button", { type: "button", onclick: () => this.heard.chose(this.#buttons.indexOf(button)) });
    if (!old) el("li", { className: "box-item" }, button);
    const [, digit, label] = part.badge;
    button.className = part.value === null ? `scrap ${kind}` : `box ${SAID.includes(kind) ? "corrected" : kind}`;
    button.setAttribute("aria-label", t(NAMES[kind], { n: i + 1, all, value: digit, percent: percent(part.confidence), read: part.edit?.guessed }));
    Object.assign(button, { box, value: part.text, high: 0, wide: 1.9 + label.length * 0.55 });
    place(button.parentElement, box);
    button.replaceChildren(el("span", { className: "chip" }, el("b", {}, digit), el("span", { className: "chip-sure" }, label)));
    return button;
  }

  #key(event) {
    const index = this.#buttons.indexOf(document.activeElement);
    if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.#buttons.length - 1;
    const moves = { ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1, Home: 0, End: last };
    if (event.key in moves) {
      const next = Math.min(last, Math.max(0, moves[event.key]));
      this.heard.chose(next);
      this.focus(next);
      event.preventDefault();
    } else if (/^\d$/.test(event.key)) {
      this.heard.types(index, Number(event.key));
      event.preventDefault();
    } else if (["Delete", "Backspace"].includes(event.key)) {
      this.heard.deletes(index);
      event.preventDefault();
    } else if (["Insert", "+"].includes(event.key)) {
      this.heard.inserts(index);
      event.preventDefault();
    }
  }
}

function markBox({ box, text }) {
  const item = el("li", { className: "mark" }, el("span", { className: "unseen" }, t("mark", { text })));
  place(item, box);
  return item;
}

/** Where a box stands: in pixels of the picture, which the style sheet multiplies by the scale. */
function place(item, [left, top, right, bottom]) {
  for (const [name, value] of Object.entries({ left, top, width: right - left, height: bottom - top })) {
    item.style.setProperty(`--${name}`, String(value));
  }
}
