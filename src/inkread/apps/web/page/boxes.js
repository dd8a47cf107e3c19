// Boxes and labels over the ink: a button for each digit, in the order of reading; one tab stop, arrows move.
import { el } from "./dom.js";
import { percent, t } from "./texts.js";

const LABEL_WIDTH = 66;
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
    const focused = before.indexOf(document.activeElement);
    this.#buttons = digits.map((digit, i) => this.#box(before[i], digit, i, digits.length));
    // The edge of a sheet of paper on a table is ink left unread, too, and nothing worth a frame.
    const [width, height] = reading?.size_wh ?? [1, 1];
    const shown = reading?.rejected.filter(({ box }) => box[2] - box[0] < ALL_OF_IT * width || box[3] - box[1] < ALL_OF_IT * height);
    const others = reading ? [...shown.map(rejectedBox), ...reading.marks.map(markBox)] : [];
    this.list.replaceChildren(...this.#buttons.map((button) => button.parentElement), ...others);
    this.select(selected);
    if (focused >= 0) this.focus(Math.min(focused, this.#buttons.length - 1));
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
    const rows = this.#buttons.map(({ box: [left, top, right] }) => [(left + right) / 2, top]);
    const tight = rows.some(([x, y], i) => rows.slice(i + 1, i + 2).some(([x1, y1]) =>
      Math.abs(x1 - x) * view.scale < LABEL_WIDTH && Math.abs(y1 - y) * view.scale < LABEL_HEIGHT));
    const tighter = rows.some(([x, y], i) => rows.slice(i + 1, i + 2).some(([x1, y1]) =>
      Math.abs(x1 - x) * view.scale < LABEL_WIDTH / 3 && Math.abs(y1 - y) * view.scale < LABEL_HEIGHT));
    this.list.classList.toggle("crowded", tight);
    this.list.classList.toggle("packed", tighter);
    for (const button of this.#buttons) button.high = (LABEL_HEIGHT + 2) / view.scale;
  }

  #box(old, digit, i, all) {
    const same = old && old.value === digit.value && near(old.box, digit.box);
    const button = same ? old : el("button", { type: "button", onclick: () => this.heard.chose(this.#buttons.indexOf(button)) });
    if (!same) el("li", { className: "box-item" }, button);
    const name = digit.doubtful ? "boxDoubtful" : "box";
    const sure = percent(digit.confidence);
    button.className = digit.doubtful ? "box doubtful" : "box";
    button.setAttribute("aria-label", t(name, { n: i + 1, all, value: digit.value, percent: sure }));
    Object.assign(button, { box: digit.box, value: digit.value, high: 0 });
    place(button.parentElement, digit.box);
    button.replaceChildren(el("span", { className: "chip" }, el("b", {}, String(digit.value)),
      el("span", { className: "chip-sure" }, digit.doubtful ? `${sure} ?` : sure)));
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
function near(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return false;
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  return width * height > 0.5 * Math.max(area(a), area(b));
}
