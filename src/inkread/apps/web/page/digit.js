// One digit: the glyph that the network saw, its ten probabilities, the runners-up, and a way to say what it is.
import { button, bytes, colour, el } from "./dom.js";
import { percent, t } from "./texts.js";

const WORTH_NAMING = 0.005;

export class DigitPanel {
  /** `heard` is told: chose(index), corrects(index, value), takesBack(index), looksInside(). */
  constructor(panel, heard) {
    Object.assign(this, { panel, heard, noted: "" });
  }

  show(reading, closeups, index) {
    const digits = reading?.lines.flatMap((line) => line.digits) ?? [];
    const digit = digits[index];
    const key = JSON.stringify([digit?.box, digit?.value, digit?.read]);
    if (key !== this.key) this.noted = "";
    this.key = key;
    this.panel.classList.toggle("nothing", !digit);
    if (!digit) {
      const text = t(digits.length > 0 ? "digitNone" : "digitNoneYet");
      this.panel.replaceChildren(el("span", { className: "grid", "aria-hidden": "true" }), el("p", { className: "hint" }, text));
      return;
    }
    const closeup = closeups?.[index];
    const focused = this.panel.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
    this.panel.replaceChildren(
      this.#head(digits, index),
      el("div", { className: "pair" }, value(digit), glyph(closeup)),
      closeup ? chart(closeup, digit.read?.value ?? digit.value) : "",
      el("p", { className: "runners" }, runners(digit), learned(digit)),
      this.#correction(digit, index),
      button("eye", t("insideOpen"), () => this.heard.looksInside(), { kind: "wide" }),
    );
    const same = [...this.panel.querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === focused);
    if (focused) (same ?? this.panel.querySelector(".key.is")).focus();
  }

  note(text) {
    this.noted = text;
    const place = this.panel.querySelector(".noted");
    if (place) place.textContent = text;
  }

  #head(digits, index) {
    const step = (name, label, to) => {
      const made = button(name, label, () => this.heard.chose(to), { kind: "round" });
      made.querySelector(".label").className = "unseen";
      made.setAttribute("aria-disabled", String(to < 0 || to >= digits.length));
      return made;
    };
    return el("div", { className: "digit-head" },
      el("h2", {}, t("digitTitle", { n: index + 1, all: digits.length })),
      step("left", t("digitBefore"), index - 1), step("right", t("digitAfter"), index + 1));
  }

  #correction(digit, index) {
    const buttons = Array.from({ length: 10 }, (_, value) => {
      const made = el("button", { type: "button", className: "key", onclick: () => this.heard.corrects(index, value) }, String(value));
      made.setAttribute("aria-label", t("correctTo", { value }));
      if (value === digit.value) made.classList.add("is", ...(digit.read ? ["corrected"] : []));
      return made;
    });
    const back = digit.read ? button("undo", t("takeBack"), () => this.heard.takesBack(index), { kind: "quiet" }) : "";
    return el("div", { className: "correction" },
      el("div", { className: "correction-head" }, el("h3", {}, t("wrong")), back),
      el("div", { className: "keys", role: "group", "aria-label": t("wrong") }, ...buttons),
      el("p", { className: "noted", role: "status" }, this.noted));
  }
}

function value(digit) {
  const said = digit.read?.value === digit.value ? "confirmedDigit" : "correctedDigit";
  const sure = t(digit.read ? said : digit.doubtful ? "doubtfulDigit" : "sureOfDigit", { percent: percent(digit.confidence) });
  return el("div", { className: digit.read ? "value corrected" : digit.doubtful ? "value doubtful" : "value" },
    el("p", { className: "value-number" }, String(digit.value)), el("p", { className: "value-sure" }, sure));
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

/** What corrections of like digits changed. */
const learned = ({ unadapted, read }) => (unadapted === undefined || read ? "" : ` ${t("unadapted", { value: unadapted })}`);

function runners(digit) {
  if (digit.read) return t(digit.read.doubtful ? "wasReadDoubtful" : "wasRead", { value: digit.read.value, percent: percent(digit.read.confidence) });
  // What neither the digit nor its runners-up have is the probability that the ink was cut wrongly, or is no digit.
  const others = digit.runners_up.reduce((sum, other) => sum + other.confidence, 0);
  if (digit.doubtful && 1 - digit.confidence - others > others) return t("cutInDoubt");
  const named = digit.runners_up.filter((other) => other.confidence >= WORTH_NAMING)
    .map((other) => `${other.value} (${percent(other.confidence)})`);
  if (named.length === 0) return t("runnerUpNone");
  const list = named.length > 1 ? named.slice(0, -1).join(", ") + t("or") + named.at(-1) : named[0];
  return t("runnerUp", { list });
}
