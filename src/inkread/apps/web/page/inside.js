// What the network sees: picture, ink, pieces, glyph, what each layer finds, what decided, the answer.
import { button, bytes, colour, el } from "./dom.js";
import { bars, paintGlyph, rgb } from "./digit.js";
import { percent, t } from "./texts.js";

const PIECES = 6;

export class Inside {
  #wanted = 0;

  /** `look(number)` fetches; `closes()` is told. */
  constructor(panel, { look, closes, fails }) {
    Object.assign(this, { panel, look, closes, fails, told: null });
  }

  get open() { return !this.panel.hidden; }

  async show(number) {
    const mine = (this.#wanted += 1);
    const first = this.panel.hidden;
    this.panel.hidden = false;
    if (first || !this.told) this.#put(this.#head(t("insideWaiting")));
    this.panel.setAttribute("aria-busy", "true");
    if (first) this.panel.querySelector("h2").focus();
    try {
      const told = await this.look(number);
      if (mine !== this.#wanted) return;
      this.told = told;
      await this.#draw();
    } catch (error) {
      if (mine === this.#wanted) this.fails(error);
    } finally {
      if (mine === this.#wanted) this.panel.removeAttribute("aria-busy");
    }
  }

  close() {
    this.#wanted += 1;
    this.panel.hidden = true;
    this.told = null;
  }

  /** In the colours of another theme. */
  repaint() { if (this.open && this.told) this.#draw(); }

  async #draw() {
    const told = this.told;
    const steps = [
      step(1, t("stepImage"), t("stepImageMore"), await picture(told.image)),
      step(2, t("stepInk"), t("stepInkMore"), await picture(told.ink, inkColours())),
      step(3, t("stepSegments"), t("stepSegmentsMore", { n: told.boxes.length }), await pieces(told)),
    ];
    if (told.glyph) steps.push(step(4, t("stepGlyph"), t("stepGlyphMore"), glyphOf(told)));
    const parts = [this.#head(t("insideLead", { value: told.value })), el("ol", { className: "steps" }, ...steps)];
    if (told.layers?.length > 0) parts.push(part(5, t("stepMaps"), t("stepMapsMore"), ...told.layers.map(layer)));
    if (told.glyph) parts.push(el("div", { className: "last" }, decided(told), chances(told)));
    this.#put(...parts);
  }

  /** Other content; the focus does not fall out of the panel with the old one. */
  #put(...parts) {
    const hadFocus = this.panel.contains(document.activeElement);
    this.panel.replaceChildren(...parts);
    if (hadFocus) this.panel.querySelector("h2").focus({ preventScroll: true });
  }

  #head(lead) {
    return el("div", { className: "inside-head" },
      el("div", {}, el("h2", { tabIndex: -1 }, t("insideTitle")), el("p", { className: "lead" }, lead)),
      button("close", t("insideClose"), () => this.closes()));
  }
}

function step(number, title, more, shown) {
  return el("li", { className: "step" }, shown,
    el("div", { className: "step-words" }, el("h3", {}, el("span", { className: "count" }, String(number)), title), el("p", {}, more)));
}

function part(number, title, more, ...shown) {
  return el("section", { className: "part" },
    el("h3", {}, el("span", { className: "count" }, String(number)), title), el("p", { className: "more" }, more), ...shown);
}

/** A PNG on a canvas; `colours` gives each of its 256 grey values another colour. */
async function picture(base64, colours = null) {
  const bitmap = await createImageBitmap(new Blob([bytes(base64)], { type: "image/png" }));
  const canvas = el("canvas", { width: bitmap.width, height: bitmap.height, className: "shown" });
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  if (colours) {
    const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
    for (let i = 0; i < image.data.length; i += 4) image.data.set(colours(image.data[i]), i);
    context.putImageData(image, 0, 0);
  }
  return canvas;
}

function inkColours() {
  const [paper, pen] = [rgb(colour("glyph-paper")), rgb(colour("glyph-ink"))];
  return (amount) => paper.map((value, c) => value + ((pen[c] - value) * amount) / 255);
}

async function pieces(told) {
  const paper = rgb(colour("glyph-paper"));
  const inks = Array.from({ length: PIECES }, (_, i) => rgb(colour(`piece-${i + 1}`)));
  const canvas = await picture(told.segments, (number) => (number > 0 ? inks[(number - 1) % PIECES] : paper));
  const [left, top, right] = told.around;
  const scale = canvas.width / (right - left);
  const context = canvas.getContext("2d");
  for (const [box, name, thick] of [...told.boxes.map((box) => [box, "line", 1]), [told.box, "accent", 3]]) {
    context.strokeStyle = colour(name);
    context.lineWidth = Math.max(thick, (thick * canvas.width) / 260);
    context.strokeRect((box[0] - left) * scale, (box[1] - top) * scale, (box[2] - box[0]) * scale, (box[3] - box[1]) * scale);
  }
  return canvas;
}

function glyphOf(told) {
  const canvas = el("canvas", { width: 28, height: 28, className: "shown fine" });
  canvas.setAttribute("aria-hidden", "true");
  paintGlyph(canvas, bytes(told.glyph));
  return canvas;
}

function layer(told, i) {
  const [width, height] = told.size_wh;
  const about = t(told.shown < told.maps ? "layerShown" : "layerMaps", { ...told, width, height });
  const values = new Int8Array(bytes(told.values).buffer);
  const maps = Array.from({ length: told.shown }, (_, n) =>
    signed(values.subarray(n * width * height, (n + 1) * width * height), width, height));
  return el("div", { className: "layer" }, el("h4", {}, t("layer", { n: i + 1 }), el("span", {}, about)),
    el("div", { className: "maps", "aria-hidden": "true" }, ...maps));
}

/** Values from -127 to 127 as colours: none at 0, the accent above, orange below; over a glyph, if there is one. */
function signed(values, width, height, glyph = null) {
  const canvas = el("canvas", { width, height, className: "map" });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const [nothing, above, below, pen] = ["map-none", "map-above", "map-below", "glyph-ink"].map((name) => rgb(colour(name)));
  values.forEach((value, i) => {
    const goal = value > 0 ? above : below;
    const amount = (Math.abs(value) / 127) ** 0.8;
    const ink = glyph ? (0.28 * glyph[i]) / 255 : 0;
    for (let c = 0; c < 3; c += 1) {
      const ground = nothing[c] + (pen[c] - nothing[c]) * ink;
      image.data[4 * i + c] = ground + (goal[c] - ground) * amount;
    }
    image.data[4 * i + 3] = 255;
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

function decided(told) {
  const glyph = bytes(told.glyph);
  const one = (values, name) => el("figure", {}, signed(new Int8Array(bytes(values).buffer), 28, 28, glyph),
    el("figcaption", {}, t(name)));
  return part(6, t("stepDecided"), t("stepDecidedMore", { value: told.value }),
    el("div", { className: "decided" }, one(told.without_ink, "inkDecided"), one(told.with_ink, "paperDecided")));
}

function chances(told) {
  const shares = told.probabilities.slice(0, 10);
  const names = told.classes.slice(0, 10);
  // What else a network may know: marks between digits, of which only the sum is shown, and what is neither.
  const others = told.classes.map((name, i) => [name, told.probabilities[i]]).slice(10);
  const sum = (some) => some.reduce((total, [, share]) => total + share, 0);
  const known = ["none", "many"];
  const groups = [["aMark", others.filter(([each]) => !known.includes(each))]];
  groups.push(["several", others.filter(([each]) => each === "many")], ["notADigit", others.filter(([each]) => each === "none")]);
  for (const [name, some] of groups) {
    if (some.length > 0) {
      shares.push(sum(some));
      names.push(t(name));
    }
  }
  return part(7, t("stepChances"), t("stepChancesMore", { percent: percent(told.confidence) }), bars(shares, shares.indexOf(Math.max(...shares)), names));
}
