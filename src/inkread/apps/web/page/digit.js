// One digit: the glyph that the network saw, its ten probabilities, the runners-up, and a way to say what it is.
import { button, bytes, colour, el } from "./dom.js";
import { percent, t } from "./texts.js";

export class DigitPanel {
  /** What the ten keys do: correct the digit, or insert one "before" or "after" it. */
  #keys = "correct";

  /** `heard` is told: chose(index), types(index, value, keys), deletes(index), takesBack(index), looksInside(). */
  constructor(panel, heard) { Object.assign(this, { panel, heard }); }

  /** The keys now insert; what is typed next stands beside the digit. */
  insert(where = "after") {
    this.#keys = this.#keys === where ? "correct" : where;
    this.show(this.model);
  }

  types(index, value) {
    const keys = this.#keys;
    this.#keys = "correct";
    this.heard.types(index, value, keys);
  }

  /** Shows the chosen part of the view model. */
  show(model) {
    const { panel: words, selected: index, selectedPart: part } = model;
    if (this.model !== model || this.index !== index) this.#keys = "correct";
    Object.assign(this, { model, index });
    this.panel.classList.toggle("nothing", !part);
    if (!part) {
      const text = t(model.parts.length > 0 ? "digitNone" : "digitNoneYet");
      this.panel.replaceChildren(el("span", { className: "grid", "aria-hidden": "true" }), el("p", { className: "hint" }, text));
      return;
    }
    const closeup = part.read && part.ink?.closeup;
    const focused = this.panel.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
    this.panel.replaceChildren(
      this.#head(words.title, index, model.parts.length),
      el("div", { className: "pair" }, value(part, words), ...(closeup ? [glyph(closeup)] : [])),
      el("p", { className: "runners" }, words.rest),
      this.#correction(part, index),
      closeup ? chart(closeup, part.value) : "",
      part.ink?.number && part.read ? button("eye", t("insideOpen"), () => this.heard.looksInside(), { kind: "wide" }) : "",
    );
    const same = [...this.panel.querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === focused);
    if (focused) (same ?? this.panel.querySelector(".key.is") ?? this.panel.querySelector(".key")).focus();
  }

  #head(title, index, all) {
    const step = (name, label, to) => {
      const made = button(name, label, () => this.heard.chose(to), { kind: "round" });
      made.querySelector(".label").className = "unseen";
      made.setAttribute("aria-disabled", String(to < 0 || to >= all));
      return made;
    };
    return el("div", { className: "digit-head" }, el("h2", {}, title), step("left", t("digitBefore"), index - 1), step("right", t("digitAfter"), index + 1));
  }

  #correction(part, index) {
    const inserts = this.#keys !== "correct";
    const buttons = Array.from({ length: 10 }, (_, value) => {
      const made = el("button", { type: "button", className: "key", onclick: () => this.types(index, value) }, String(value));
      made.setAttribute("aria-label", t(inserts ? "insertA" : "correctTo", { value }));
      if (value === part.value && !inserts) made.classList.add("is", ...(part.edit ? ["corrected"] : []));
      return made;
    });
    const back = part.edit ? button("undo", t("takeBack"), () => this.heard.takesBack(index), { kind: "quiet" }) : "";
    const asks = t({ correct: part.value === null ? "isItADigit" : "wrong", before: "whichBefore", after: "whichAfter" }[this.#keys]);
    const beside = (where, long) => {
      const made = button("", t(where), () => this.insert(where), { kind: "outlined", long });
      made.setAttribute("aria-pressed", String(this.#keys === where));
      return made;
    };
    const edits = part.value === null ? [] : [beside("before", t("beforeLong")), beside("after", t("afterLong")), button("", t("leaveOut"), () => this.heard.deletes(index), { kind: "outlined", long: t("leaveOutLong") })];
    return el("div", { className: "correction" },
      el("div", { className: "correction-head" }, el("h3", {}, asks), back),
      el("div", { className: "keys", role: "group", "aria-label": asks }, ...buttons),
      el("div", { className: "edits" }, ...edits));
  }
}

function value({ kind }, words) {
  const look = ["corrected", "confirmed", "inserted"].includes(kind) ? "corrected" : kind;
  return el("div", { className: `value ${look}` }, el("p", { className: "value-number" }, words.value), el("p", { className: "value-sure" }, words.sure));
}

function glyph(closeup) {
  const canvas = el("canvas", { width: 28, height: 28, className: "glyph", role: "img" });
  canvas.setAttribute("aria-label", t("glyph"));
  if (closeup) paintGlyph(canvas, bytes(closeup.glyph));
  return el("figure", { className: "glyph-figure" }, canvas, el("figcaption", {}, t("glyphShort")));
}

/** Ink of 28 by 28 bytes, in the colours of the theme. */
export function paintGlyph(canvas, ink) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(28, 28);
  const [paper, pen] = [rgb(colour("glyph-paper")), rgb(colour("glyph-ink"))];
  ink.forEach((amount, i) => {
    for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = paper[c] + ((pen[c] - paper[c]) * amount) / 255;
    image.data[4 * i + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}

export const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** A bar for each share, the best in the accent. */
export function bars(shares, best, names = shares.map((_, i) => String(i))) {
  const rows = shares.map((share, i) => {
    const fill = el("span", { className: "bar-fill" });
    fill.style.setProperty("--share", String(share));
    return el("li", { className: i === best ? "bar best" : "bar" },
      el("span", { className: "bar-name" }, names[i]),
      el("span", { className: "bar-way" }, fill),
      el("span", { className: "bar-share" }, percent(share)));
  });
  return el("ul", { className: "bars", "aria-label": t("chances") }, ...rows);
}

const chart = ({ probabilities }, best) =>
  el("figure", { className: "chart" }, el("figcaption", {}, t("shapeAlone")), bars(probabilities, best));
