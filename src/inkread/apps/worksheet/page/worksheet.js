// The editor: rectangles over the pages of a worksheet; all of it by keyboard, too. Text is only ever set as text.

import { between, isDrawn, moved, nextName, resized } from "./rectangles.js";

const $ = (id) => document.getElementById(id);
const KEPT = "inkread-worksheet-token";
const LETTERS = "ABCDEFGH";
const EXAMPLES = { integer: "7 | -7", decimal: "3.14", fraction: "3/4", time: "08:30", date: "2026-01-31", choice: "B", manual: "" };
const TITLES = { number: "Student number", name: "Name" };

let sheet = { pages: [], kinds: [], seen: "" };
let fields = []; // {what: "question" | "number" | "name", page, box, and of a question: was, name, kind, key, points}
let digits = 6;
let page = 1;
let current = null;
let history = [];
let changed = false;
let busy = false;

function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return;
  sessionStorage.setItem(KEPT, given);
  window.history.replaceState(null, "", location.pathname);
}

async function ask(path, body) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(KEPT) ?? ""}` };
  const request = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Error("The server does not answer: is inkread sheet template still running?");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Error([said.detail, said.hint].filter(Boolean).join("; ") || `It failed (${answer.status}).`);
}

function element(tag, text = "", properties = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text) made.textContent = text;
  return made;
}

async function load() {
  sheet = await (await ask("/v1/worksheet")).json();
  $("title").textContent = sheet.template;
  take(sheet);
  await showPage(1);
}

/** Takes over what the file says. */
function take(said) {
  sheet.seen = said.seen;
  digits = said.student_number;
  fields = said.questions.map((one) => ({ what: "question", ...one, box: one.box ?? [0.4, 0.4, 0.6, 0.44] }));
  for (const what of ["number", "name"]) if (said[what]) fields.push({ what, ...said[what] });
  const lines = said.faults.map((fault) => element("li", `${fault.question ? `Question ${fault.question}` : `Line ${fault.line}`}: ${fault.message}`));
  $("faults").querySelector("ul").replaceChildren(...lines);
  $("faults").hidden = !lines.length;
  $("faults").querySelector("h2").textContent = "To mend";
  changed = false;
  current = null;
}

async function showPage(number) {
  page = number;
  const answer = await ask(`/v1/page/${page}`);
  URL.revokeObjectURL($("picture").src);
  $("picture").src = URL.createObjectURL(await answer.blob());
  await $("picture").decode();
  show();
}

function show() {
  $("page-number").textContent = `page ${page} of ${sheet.pages.length}`;
  $("before").disabled = page === 1;
  $("after").disabled = page === sheet.pages.length;
  $("undo").disabled = !history.length;
  $("digits").value = String(digits);
  $("digits-label").hidden = !fields.some((field) => field.what === "number");
  for (const what of ["number", "name"]) $(`add-${what}`).hidden = fields.some((field) => field.what === what);
  const count = fields.filter((field) => field.what === "question").length;
  $("state").textContent = `${count} answer${count === 1 ? "" : "s"}${changed ? " · not saved" : ""}`;
  showRectangles();
  showFields();
}

const titleOf = (field) => TITLES[field.what] ?? field.name;

function showRectangles() {
  const focused = document.activeElement?.classList.contains("rectangle");
  $("rectangles").replaceChildren(...fields.filter((field) => field.page === page).map((field) => {
    const made = element("div", "", { className: `rectangle ${field.what}`, tabIndex: 0 });
    made.setAttribute("role", "button");
    made.setAttribute("aria-label", `Rectangle ${titleOf(field)}`);
    made.setAttribute("aria-current", String(field === current));
    made.append(element("span", titleOf(field)), ...["nw", "ne", "sw", "se"].map((corner) => element("i", "", { className: `corner ${corner}` })));
    place(made, field.box);
    divide(made, field);
    made.addEventListener("pointerdown", (event) => grab(event, field, made));
    made.addEventListener("keydown", (event) => steer(event, field));
    made.addEventListener("focus", () => choose(field));
    field.shown = made;
    return made;
  }));
  if (focused && current?.shown?.isConnected) current.shown.focus();
}

function place(made, [left, top, right, bottom]) {
  Object.assign(made.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
}

/** Boxes to tick: equal parts of the rectangle, below each other where it is higher than wide. */
function divide(made, field) {
  made.querySelector(".options")?.remove();
  if (field.kind !== "choice") return;
  const [wide, tall] = sheet.pages[field.page - 1];
  const [left, top, right, bottom] = field.box;
  const parts = element("div", "", { className: "options" });
  parts.classList.toggle("upright", (bottom - top) * tall > (right - left) * wide);
  parts.append(...[...LETTERS.slice(0, field.options)].map((letter) => element("b", letter)));
  made.prepend(parts);
}

/** One field is the current one; nothing is built anew, so that the focus stays. */
function choose(field) {
  current = field;
  for (const one of fields) {
    one.shown?.setAttribute("aria-current", String(one === field));
    one.row?.setAttribute("aria-current", String(one === field));
  }
  field?.row?.scrollIntoView({ block: "nearest" });
}

function showFields() {
  $("fields").replaceChildren(...fields.map((field) => {
    const row = element("li", "", { className: field.what === "question" ? "" : "other" });
    row.setAttribute("aria-current", String(field === current));
    row.classList.toggle("choice", field.kind === "choice");
    if (field.what === "question") row.append(...inputs(field));
    else row.append(element("span", `${TITLES[field.what]}, page ${field.page}`));
    const remove = element("button", "×", { type: "button", className: "plain" });
    remove.setAttribute("aria-label", `Remove ${titleOf(field)}`);
    remove.addEventListener("click", () => removeField(field));
    row.append(remove);
    row.addEventListener("focusin", () => {
      choose(field);
      if (field.page !== page) showPage(field.page).catch(complain);
    });
    field.row = row;
    return row;
  }));
}

function inputs(field) {
  const kinds = element("select");
  kinds.replaceChildren(...sheet.kinds.map((kind) => element("option", kind, { value: kind })));
  kinds.value = field.kind;
  const made = { name: element("input", "", { value: field.name, maxLength: 5 }), kind: kinds,
    key: element("input", "", { value: field.key, maxLength: 200, className: "key", placeholder: EXAMPLES[field.kind] ?? "", spellcheck: false }),
    options: element("input", "", { value: String(field.options), type: "number", min: "2", max: "8" }),
    points: element("input", "", { value: String(field.points), type: "number", min: "0", max: "1000", step: "any" }) };
  if (field.kind !== "choice") delete made.options;
  return Object.entries(made).map(([name, input]) => {
    const label = element("label", { name: "Question", kind: "Answer", key: "Key", options: "Boxes", points: "Points" }[name]);
    label.append(input);
    input.addEventListener("change", () => {
      remember();
      field[name] = name === "points" ? Number(input.value) || 0 : name === "options" ? Math.min(8, Math.max(2, Math.round(input.value) || 4)) : input.value.trim();
      if (name === "kind" || name === "options") return again(field, name);
      $("state").textContent = "not saved";
      if (name === "name") field.shown?.querySelector("span").replaceChildren(titleOf(field));
    });
    return label;
  });
}

/** Shows a field anew whose boxes changed; the focus stays where it was. */
function again(field, name) {
  show();
  field.row.querySelector(name === "kind" ? "select" : "input[max='8']").focus();
}

/** Called before each change: it can be taken back. */
function remember() {
  history.push(JSON.stringify({ digits, fields: fields.map(({ shown, row, ...rest }) => rest) }));
  if (history.length > 200) history.shift();
  changed = true;
  $("undo").disabled = false;
  $("faults").querySelector("h2").textContent = "To mend, when last saved";
}

function undo() {
  const before = history.pop();
  if (!before) return;
  ({ digits, fields } = JSON.parse(before));
  current = null;
  changed = true;
  show();
}

function add(what, box) {
  remember();
  const names = fields.filter((field) => field.what === "question").map((field) => field.name);
  const last = fields.findLast((field) => field.what === "question");
  const field = { what, page, box };
  if (what === "question") Object.assign(field, { was: null, name: nextName(names), kind: last?.kind ?? "integer", options: last?.options ?? 4, key: "", points: last?.points ?? 1 });
  const at = what === "question" ? names.length : fields.length;
  fields.splice(at, 0, field);
  current = field;
  show();
  if (what === "question") field.row.querySelector(".key").focus();
  else field.shown.focus();
}

function removeField(field) {
  remember();
  fields = fields.filter((one) => one !== field);
  current = null;
  show();
}

function pointOf(event) {
  const frame = $("sheet").getBoundingClientRect();
  return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
}

/** Follows the pointer until it is let go: tells each place, and the last one. */
function follow(event, step, done) {
  const holder = $("sheet");
  holder.setPointerCapture(event.pointerId);
  const move = (later) => step(pointOf(later));
  const end = (later) => {
    holder.removeEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) holder.removeEventListener(name, end);
    done(pointOf(later));
  };
  holder.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) holder.addEventListener(name, end);
}

/** A new rectangle is drawn from where the pointer went down. */
function draw(event) {
  if (event.button !== 0 || busy) return;
  event.preventDefault();
  const from = pointOf(event);
  const made = element("div", "", { className: "rectangle" });
  $("rectangles").append(made);
  follow(event, (to) => place(made, between(from, to)), (to) => {
    made.remove();
    const box = between(from, to);
    if (isDrawn(box)) add("question", box);
  });
}

/** A rectangle is moved, or resized by one of its corners. */
function grab(event, field, made) {
  if (event.button !== 0) return;
  event.preventDefault();
  event.stopPropagation();
  made.focus();
  const [from, before] = [pointOf(event), field.box];
  const corner = /corner (\w+)/.exec(event.target.className)?.[1];
  const to = ([x, y]) => (corner ? resized(before, corner, x - from[0], y - from[1]) : moved(before, x - from[0], y - from[1]));
  follow(event, (point) => place(made, to(point)), (point) => change(field, to(point)));
}

function change(field, box) {
  if (String(box) === String(field.box)) return;
  remember();
  field.box = box;
  place(field.shown, box);
  divide(field.shown, field);
  $("state").textContent = "not saved";
}

/** Arrows move a rectangle by a millimetre or more; with Shift they move its right lower corner. */
function steer(event, field) {
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (ways[event.key] && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    const [wide, tall] = sheet.pages[field.page - 1];
    const mm = event.altKey ? 0.25 : 1.5;
    const [dx, dy] = [(mm * ways[event.key][0]) / wide, (mm * ways[event.key][1]) / tall];
    change(field, event.shiftKey ? resized(field.box, "se", dx, dy) : moved(field.box, dx, dy));
  } else if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    const others = fields.filter((one) => one.page === page);
    const next = others[(others.indexOf(field) + 1) % others.length];
    removeField(field);
    if (next !== field) next?.shown?.focus();
  } else if (event.key === "Enter" && field.what === "question") {
    event.preventDefault();
    field.row.querySelector(".key").focus();
  }
}

async function save() {
  if (busy) return;
  busy = true;
  $("trouble").textContent = "";
  document.activeElement?.blur?.(); // what is being typed counts
  try {
    const of = (what) => fields.filter((field) => field.what === what).map(({ shown, row, ...rest }) => rest);
    const answer = await ask("/v1/worksheet", { seen: sheet.seen, student_number: digits, number: of("number")[0] ?? null, name: of("name")[0] ?? null, questions: of("question") });
    take(await answer.json());
    history = [];
    show();
    $("state").textContent = `saved to ${sheet.file}`;
  } catch (error) {
    complain(error);
  } finally {
    busy = false;
  }
}

function complain(error) {
  $("trouble").textContent = error.message;
}

/** Where a rectangle that is added without drawing goes: below the last one, or to the middle of what is seen. */
function free() {
  const last = fields.findLast((field) => field.page === page && field.what === "question");
  if (last) return moved(last.box, 0, 1.5 * (last.box[3] - last.box[1]));
  return [0.55, 0.3, 0.8, 0.34];
}

$("sheet").addEventListener("pointerdown", draw);
$("add").addEventListener("click", () => add("question", free()));
$("add-number").addEventListener("click", () => add("number", [0.6, 0.05, 0.85, 0.09]));
$("add-name").addEventListener("click", () => add("name", [0.15, 0.05, 0.5, 0.09]));
$("digits").addEventListener("change", () => {
  remember();
  digits = Math.min(12, Math.max(1, Math.round(Number($("digits").value)) || 6));
  show();
});
$("before").addEventListener("click", () => showPage(page - 1).catch(complain));
$("after").addEventListener("click", () => showPage(page + 1).catch(complain));
$("undo").addEventListener("click", undo);
$("save").addEventListener("click", save);
document.addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  const typing = event.target.tagName === "INPUT";
  const action = { s: save, z: typing ? undefined : undo }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});

takeToken();
load().catch(complain);
