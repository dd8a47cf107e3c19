// How a photo is to be read: print, what is expected, and regions that are drawn over it, named, read, saved and loaded.
import { button, el, shape } from "./dom.js";
import { t } from "./texts.js";

const LEAST = 0.004;
const PRINTED = { "": "printedAny", keep: "printedKeep", leave: "printedLeave", only: "printedOnly" };

export class Wishes {
  #regions = [];
  #start = null;

  /** `overlay` is an SVG over the photo. `heard`: changed(), reads(regions), saves(text, name), fails(error), size(), at(event). */
  constructor({ place, overlay, stage }, heard) {
    Object.assign(this, { overlay, stage, heard, drawing: false });
    const named = (name, made, hint) => el("label", {}, el("span", {}, t(name)), made, ...(hint ? [el("small", { className: "hint" }, t(hint))] : []));
    this.printed = el("select", { onchange: heard.changed }, ...Object.entries(PRINTED).map(([value, name]) => el("option", { value }, t(name))));
    this.expect = el("input", { autocomplete: "off", spellcheck: false, onchange: heard.changed });
    this.expectTable = el("input", { autocomplete: "off", spellcheck: false, onchange: heard.changed });
    this.said = el("p", { className: "lead", role: "status" });
    this.list = el("ol", { className: "region-list" });
    this.file = el("input", { type: "file", accept: ".toml,.json", hidden: true, onchange: () => this.#load() });
    this.file.setAttribute("aria-label", t("regionsLoad"));
    this.pen = button("", t("regionDraw"), () => this.#draws(!this.drawing), { long: t("regionDrawLong") });
    this.tools = el("div", { className: "group" });
    place.append(el("details", {}, el("summary", {}, t("wishes")), el("div", { className: "wishes-body" },
      named("printedLabel", this.printed), named("expectLabel", this.expect, "expectHint"), this.said,
      named("expectTableLabel", this.expectTable, "expectTableHint"),
      el("h2", {}, t("regions")), el("p", { className: "hint" }, t("regionsHelp")), this.list, this.tools, this.file)));
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("pointermove", (event) => this.#moved(event));
    stage.addEventListener("pointerup", (event) => this.#up(event));
    stage.addEventListener("pointercancel", () => this.#draws(false));
    this.#show();
  }

  /** What the API is asked beside the picture, for a reading. */
  get asked() { return this.#asked(this.expect); }

  /** The same for tables. */
  get askedOfTable() { return this.#asked(this.expectTable); }

  #asked({ value }) {
    return { ...(this.printed.value && { printed: this.printed.value }), ...(value.trim() && { expect: value.trim() }) };
  }

  /** Says whether what was read is as expected. */
  tell(expected) {
    this.said.textContent = !expected ? "" : expected.satisfied ? t("asExpected")
      : expected.text === null ? t("notExpected") : t("notExpectedBut", { text: expected.text.replaceAll("\n", ", "), odds: expected.odds.toPrecision(2) });
  }

  /** Regions are of one picture; those of another are drawn on it, too, until they are removed. */
  repaint() {
    this.overlay.replaceChildren(...this.#regions.filter(({ edges }) => edges).map(({ edges: [x, y, u, v] }) =>
      shape("rect", { x: 100 * x, y: 100 * y, width: 100 * (u - x), height: 100 * (v - y) })));
  }

  #draws(on) {
    this.drawing = on;
    this.#start = null;
    this.pen.setAttribute("aria-pressed", String(on));
    this.stage.classList.toggle("drawing-region", on);
    if (on) this.stage.scrollIntoView({ block: "nearest" });
    this.repaint();
  }

  #down(event) {
    if (!this.drawing || event.button > 0) return;
    this.#start = this.#fraction(event);
    event.target.setPointerCapture?.(event.pointerId);
  }

  #moved(event) {
    if (!this.#start) return;
    this.repaint();
    const [x, y, u, v] = between(this.#start, this.#fraction(event));
    this.overlay.append(shape("rect", { x: 100 * x, y: 100 * y, width: 100 * (u - x), height: 100 * (v - y), class: "current" }));
  }

  #up(event) {
    if (!this.#start) return;
    const edges = between(this.#start, this.#fraction(event));
    this.#draws(false);
    if (edges[2] - edges[0] >= LEAST && edges[3] - edges[1] >= LEAST) this.#add(edges);
  }

  #fraction(event) {
    const size = this.heard.size();
    return this.heard.at(event).map((value, i) => Math.min(1, Math.max(0, value / size[i])));
  }

  #add(edges) {
    let number = this.#regions.length + 1;
    while (this.#regions.some(({ name }) => name === String(number))) number += 1;
    this.#regions.push({ name: String(number), edges, expect: "", found: "" });
    this.#show();
    this.list.querySelector("li:last-child input").select();
    this.list.querySelector("li:last-child input").focus();
  }

  #show() {
    const any = this.#regions.length > 0;
    this.list.replaceChildren(...this.#regions.map((region, i) => this.#row(region, i)));
    this.tools.replaceChildren(this.pen, button("plus", t("regionAdd"), () => this.#add([0.25, 0.25, 0.75, 0.5]), { long: t("regionAddLong") }),
      ...(any ? [button("", t("regionsRead"), () => this.#read(), { kind: "strong" })] : []),
      ...(any ? ["toml", "json"].map((kind) => button("", t("regionsSave", { kind: kind.toUpperCase() }), () => this.heard.saves(asFile(this.#regions, kind), `regions.${kind}`), { kind: "quiet" })) : []),
      button("", t("regionsLoad"), () => this.file.click(), { kind: "quiet" }));
    this.repaint();
  }

  #row(region, i) {
    const field = (name, long, value, put) => {
      const made = el("input", { value, autocomplete: "off", spellcheck: false, onchange: () => put(made), placeholder: t(name) });
      made.setAttribute("aria-label", t(long, { n: i + 1 }));
      return made;
    };
    const box = field("regionBox", "regionBoxOf", shownBox(region.edges), (input) => {
      region.edges = edgesOf(input.value);
      input.setAttribute("aria-invalid", String(region.edges === null));
      this.repaint();
    });
    return el("li", {}, field("regionName", "regionNameOf", region.name, (input) => { region.name = input.value.trim(); }), box,
      field("regionExpect", "regionExpectOf", region.expect, (input) => { region.expect = input.value.trim(); }),
      el("output", {}, region.found),
      button("close", t("regionRemove", { name: region.name }), () => {
        this.#regions.splice(i, 1);
        this.#show();
        (this.list.querySelector("li:last-child input") ?? this.pen).focus();
      }, { kind: "quiet round", shy: true }));
  }

  async #read() {
    try {
      if (this.#regions.some(({ edges }) => edges === null)) throw new Error(t("regionNone"));
      const found = await this.heard.reads(JSON.stringify(this.#regions.map(asTold)));
      for (const region of this.#regions) region.found = found[region.name]?.written.replaceAll("\n", ", ") || t("regionEmpty");
      this.#show();
    } catch (error) {
      this.heard.fails(error);
    }
  }

  async #load() {
    const [file] = this.file.files;
    this.file.value = "";
    try {
      this.#regions = regionsOf(await file.text(), file.name);
      this.#show();
    } catch {
      this.heard.fails(new Error(t("regionsNone", { name: file.name })));
    }
  }
}

const between = ([x, y], [u, v]) => [Math.min(x, u), Math.min(y, v), Math.max(x, u), Math.max(y, v)].map((edge) => Math.round(edge * 1e4) / 1e4);

const shownBox = (edges) => edges.map((edge) => `${Math.round(edge * 1e4) / 100}%`).join(", ");

/** Fractions of the picture from "5%, 10%, 50%, 20%"; null for what is no rectangle in it. */
function edgesOf(text) {
  const parts = text.split(",").map((part) => /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(part)?.[1] / 100);
  const [x, y, u, v] = parts;
  return parts.length === 4 && x < u && y < v && u <= 1 && v <= 1 ? parts : null;
}

const asTold = ({ name, edges, expect }) => ({ name, box: edges, ...(expect && { expect }) });

function asFile(regions, kind) {
  const told = regions.filter(({ edges }) => edges).map(asTold);
  if (kind === "json") return JSON.stringify({ region: told }, null, 1);
  return told.map((region) => ["[[region]]", ...Object.entries(region).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)].join("\n")).join("\n\n") + "\n";
}

/** The regions of a file, in fractions or per cent of a picture. Throws for what has none. */
function regionsOf(text, name) {
  const listed = name.endsWith(".json") ? JSON.parse(text).region : text.split(/^\s*\[\[region\]\]\s*$/m).slice(1).map((block) =>
    Object.fromEntries(block.split("\n").filter((line) => /^\s*\w+\s*=/.test(line)).map((line) => {
      const [, key, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line);
      return [key, JSON.parse(value)];
    })));
  const found = listed.map((each, i) => ({
    name: String(each.name ?? i + 1), expect: each.expect ?? "", found: "",
    edges: edgesOf(Array.isArray(each.box) ? each.box.map((edge) => `${100 * edge}%`).join() : each.box),
  }));
  if (found.length === 0 || found.some(({ edges }) => edges === null)) throw new Error("no regions");
  return found;
}
