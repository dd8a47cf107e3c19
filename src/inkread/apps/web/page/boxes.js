// Boxes and labels over the ink: a button for each digit, in the order of reading; one tab stop, arrows move.
import { el } from "./dom.js";
import { percent, t } from "./texts.js";

const LABEL_WIDTH = 66;
const LABEL_WIDTH_CORRECTED = 94;
const LABEL_HEIGHT = 22;
const ALL_OF_IT = 0.9;

export class Boxes {
  #buttons = [];

  /** `heard` is told: chose(index), corrects(index, value). */
  constructor(list, heard) {
    Object.assign(this, { list, heard });
    list.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Shows a reading. What stands where it stood before stays as it is, so that nothing flickers. */
  show(reading, selected) {
    const digits = reading?.lines.flatMap((line) => line.digits) ?? [];
    const before = this.#buttons;
    const focused = before.find((button) => button === document.activeElement);
    this.#buttons = digits.map((digit, i) => this.#box(before, digit, i, digits.length));
    // The edge of a sheet of paper on a table is ink left unread, too, and nothing worth a frame.
    const [width, height] = reading?.size_wh ?? [1, 1];
    const shown = reading?.rejected.filter(({ box }) => box[2] - box[0] < ALL_OF_IT * width || box[3] - box[1] < ALL_OF_IT * height);
    const others = reading ? [...shown.map(rejectedBox), ...reading.marks.map(markBox)] : [];
    this.list.replaceChildren(...this.#buttons.map((button) => button.parentElement), ...others);
    this.select(selected);
    // The focus stays on its digit, also where others have come before it.
    if (focused) {
      const there = this.#buttons.findIndex((button) => near(button.box, focused.box));
      this.focus(there >= 0 ? there : selected ?? 0);
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

  /** At another scale: how high labels are in pixels of the picture, and whether there is room for all of them. */
  fit(view) {
    const rows = this.#buttons.map(({ box: [left, top, right], width }) => [(left + right) / 2, top, width]);
    const collide = (share) => rows.slice(1).some(([x1, y1, width1], i) => {
      const [x, y, width] = rows[i];
      return Math.abs(x1 - x) * view.scale < (share * (width + width1)) / 2 && Math.abs(y1 - y) * view.scale < LABEL_HEIGHT;
    });
    this.list.classList.toggle("crowded", collide(1));
    this.list.classList.toggle("packed", collide(1 / 3));
    for (const button of this.#buttons) button.high = (LABEL_HEIGHT + 2) / view.scale;
  }

  #box(before, digit, i, all) {
    const old = before.find((button) => button.value === String(digit.value) && near(button.box, digit.box));
    const button = old ?? el("button", { type: "button", onclick: () => this.heard.chose(this.#buttons.indexOf(button)) });
    if (!old) el("li", { className: "box-item" }, button);
    const { name, kind, sure } = look(digit);
    button.className = `box ${kind}`;
    button.setAttribute("aria-label", t(name, { n: i + 1, all, value: digit.value, percent: percent(digit.confidence), read: digit.read?.value }));
    Object.assign(button, { box: digit.box, value: String(digit.value), high: 0, width: digit.read ? LABEL_WIDTH_CORRECTED : LABEL_WIDTH });
    place(button.parentElement, digit.box);
    button.replaceChildren(el("span", { className: "chip" }, el("b", {}, String(digit.value)), el("span", { className: "chip-sure" }, sure)));
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
      this.heard.chose(index);
      this.heard.corrects(index, Number(event.key));
      event.preventDefault();
    }
  }
}

/** How a digit is told, shown and labelled. */
function look({ doubtful, confidence, read, value }) {
  if (read) return read.value === value ? { name: "boxConfirmed", kind: "corrected", sure: t("confirmed") } : { name: "boxCorrected", kind: "corrected", sure: t("corrected") };
  const sure = percent(confidence);
  return doubtful ? { name: "boxDoubtful", kind: "doubtful", sure: `${sure} ?` } : { name: "box", kind: "", sure };
}

function rejectedBox({ box }) {
  const item = el("li", { className: "rejected", "aria-hidden": "true" });
  place(item, box);
  return item;
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

/** Whether two boxes are about the same: more than half of both is shared. */
export function near(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return false;
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  return width * height > 0.5 * Math.max(area(a), area(b));
}
