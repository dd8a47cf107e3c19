// The tables of a photo: a grid over it, and beside it a spreadsheet whose doubtful cells come first.
import { button, el, shape } from "./dom.js";
import { percent, t } from "./texts.js";

export class Tables {
  #wanted = 0;
  #cells = [];

  /** `look()` fetches the tables; `saves(tables, format)`, `copies(tables)`, `closes()` and `fails(error)` are told. */
  constructor(panel, grid, heard) {
    Object.assign(this, { panel, grid, heard, found: [] });
    panel.addEventListener("keydown", (event) => this.#key(event));
  }

  get open() { return !this.panel.hidden; }

  async show() {
    const mine = (this.#wanted += 1);
    this.panel.hidden = false;
    this.panel.replaceChildren(this.#head(t("tableWaiting")));
    try {
      const found = await this.heard.look();
      if (mine !== this.#wanted) return;
      this.found = found;
      this.#draw();
    } catch (error) {
      if (mine !== this.#wanted) return;
      this.heard.closes();
      this.heard.fails(error);
    }
  }

  close() {
    this.#wanted += 1;
    this.panel.hidden = this.grid.toggleAttribute("hidden", true);
    this.panel.replaceChildren();
    this.grid.replaceChildren();
    this.#cells = [];
    this.found = [];
  }

  #draw() {
    this.#cells = this.found.flatMap((table, n) => table.cells.map((cell) => this.#cell(cell, n)));
    const sheets = this.found.map((table, n) => this.#sheet(table, n));
    this.panel.replaceChildren(this.#head(""), ...sheets, ...(sheets.length > 0 ? [el("p", { className: "hint" }, t("tableHelp"))] : []));
    const [width, height] = this.found[0]?.size_wh ?? [1, 1];
    this.grid.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.grid.replaceChildren(...this.#cells.map(({ outline }) => outline));
    this.grid.toggleAttribute("hidden", false);
    this.#told();
    // Tab goes from one doubtful cell to the next; arrows reach the others.
    const first = this.#cells.find(({ cell }) => cell.doubtful) ?? this.#cells[0];
    if (!first) return;
    first.input.tabIndex = 0;
    first.input.focus({ preventScroll: true });
  }

  #cell(cell, table) {
    const input = el("input", { value: shown(cell), autocomplete: "off", spellcheck: false, tabIndex: cell.doubtful ? 0 : -1 });
    input.setAttribute("inputmode", "decimal");
    const outline = shape("polygon", { points: cell.corners.map((corner) => corner.join()).join(" ") });
    const made = { cell, table, input, outline };
    input.addEventListener("input", () => this.#say(made, input.value));
    input.addEventListener("focus", () => {
      input.select();
      for (const each of this.#cells) each.outline.classList.toggle("current", each === made);
      this.grid.append(outline); // above its neighbours
    });
    return made;
  }

  #sheet({ row_count: rows, column_count: columns }, n) {
    const corner = el("td", {});
    const head = el("tr", {}, corner, ...Array.from({ length: columns }, (_, i) => el("th", { scope: "col" }, letters(i))));
    const body = Array.from({ length: rows }, (_, i) => el("tr", {}, el("th", { scope: "row" }, String(i + 1)),
      ...this.#cells.filter(({ cell, table }) => table === n && cell.row === i).map(({ cell, input }) =>
        el("td", { rowSpan: cell.rows, colSpan: cell.columns }, input))));
    const caption = el("caption", { className: this.found.length > 1 ? "" : "unseen" }, t("tableOf", { n: n + 1 }));
    return el("div", { className: "spread" }, el("table", {}, caption, el("thead", {}, head), el("tbody", {}, ...body)));
  }

  #head(lead) {
    const any = this.#cells.length > 0;
    const save = (format, name, long) => button("", t(name), () => this.heard.saves(this.found, format).catch(this.heard.fails), { kind: "quiet", long: t(long) });
    const copy = button("copy", t("copy"), async () => {
      await this.heard.copies(this.found);
      copy.querySelector(".label").textContent = t("copied");
    }, { kind: "quiet", long: t("copyTable") });
    return el("div", { className: "tables-head" }, el("h2", {}, t("tableTitle")),
      el("div", { className: "group" }, ...(any ? [copy, save("csv", "saveCsv", "saveCsvLong"), save("xlsx", "saveXlsx", "saveXlsxLong")] : []),
        button("close", t("insideClose"), () => this.heard.closes(), { kind: "quiet", shy: true })),
      el("p", { className: "lead", role: "status" }, lead));
  }

  /** What a person says is written there; what was read, if that is what it is. */
  #say(made, text, confirmed = false) {
    const { cell } = made;
    if (text === cell.written && !confirmed) delete cell.said;
    else cell.said = text;
    this.#told();
  }

  /** Names, colours and counts, as things are now. */
  #told() {
    for (const { cell, input, outline } of this.#cells) {
      const kind = cell.said !== undefined ? "said" : cell.doubtful ? "doubtful" : "";
      input.className = kind;
      outline.classList.remove("said", "doubtful");
      if (kind) outline.classList.add(kind);
      const name = kind === "said" ? "cellSaid" : cell.unread && !cell.text ? "cellUnread" : kind ? "cellDoubtful" : cell.text ? "cell" : "cellEmpty";
      const perhaps = cell.lines[0]?.expected?.text;
      const other = kind === "doubtful" && perhaps && perhaps !== cell.written;
      input.setAttribute("aria-label", t(other ? "cellPerhaps" : name, { name: nameOf(cell), text: shown(cell), percent: percent(cell.confidence), perhaps }));
      input.title = other ? input.getAttribute("aria-label") : "";
    }
    const said = this.#cells.filter(({ cell }) => cell.said !== undefined).length;
    const doubtful = this.#cells.filter(({ cell }) => cell.doubtful && cell.said === undefined).length;
    const parts = this.found.map(({ row_count: rows, column_count: columns }) => t("tableSize", { rows, columns }));
    parts.push(doubtful > 0 ? t("doubtfulCells", { n: doubtful }) : t("noDoubt"));
    if (said > 0) parts.push(t("saidCells", { n: said }));
    const broken = this.found.flatMap(({ sums = [] }) => sums.filter(({ satisfied }) => !satisfied)).map(({ name, total, difference }) =>
      t(difference === null ? "sumUnknown" : "sumBroken", { name, total, difference: difference > 0 ? `+${difference}` : difference }));
    this.panel.querySelector(".lead").textContent = this.found.length > 0 ? [parts.join("  ·  "), ...broken].join("\n") : t("tableNone");
  }

  #key(event) {
    const made = this.#cells.find(({ input }) => input === event.target);
    if (!made || event.ctrlKey || event.metaKey || event.altKey) return;
    const { input } = made;
    const all = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0] };
    if (all || input.selectionEnd === 0) moves.ArrowLeft = [0, -1];
    if (all || input.selectionStart === input.value.length) moves.ArrowRight = [0, 1];
    if (event.key === "Escape" && made.cell.said !== undefined) {
      input.value = made.cell.written;
      this.#say(made, input.value);
      event.stopPropagation();
    } else if (event.key in moves) {
      if (event.key === "Enter" && made.cell.doubtful) this.#say(made, input.value, true);
      this.#beside(made, ...moves[event.key])?.input.focus();
      event.preventDefault();
    }
  }

  /** The next cell above, below or beside. */
  #beside({ cell, table }, down, right) {
    const row = down > 0 ? cell.row + cell.rows : cell.row + down;
    const column = right > 0 ? cell.column + cell.columns : cell.column + right;
    return this.#cells.find((other) => other.table === table && row >= other.cell.row && row < other.cell.row + other.cell.rows &&
      column >= other.cell.column && column < other.cell.column + other.cell.columns);
  }
}

const shown = (cell) => (cell.said ?? cell.written).replaceAll("\n", " ");

const nameOf = ({ row, column }) => `${letters(column)}${row + 1}`;

/** A, B … Z, AA, AB, as spreadsheets name columns. */
function letters(column) {
  return (column >= 26 ? letters(Math.floor(column / 26) - 1) : "") + String.fromCharCode(65 + (column % 26));
}

/** Tables as text that a spreadsheet takes when it is pasted: tabs between cells, an empty line between tables. */
export function asTsv(tables) {
  return tables.map(({ row_count: rows, column_count: columns, cells }) => {
    const texts = Array.from({ length: rows }, () => Array(columns).fill(""));
    for (const cell of cells) texts[cell.row][cell.column] = shown(cell);
    return texts.map((row) => row.join("\t")).join("\n");
  }).join("\n\n");
}
