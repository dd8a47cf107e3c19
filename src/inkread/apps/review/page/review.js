// The review: one thing at a time, least sure first; all of it by keyboard. Text is only ever set as text.

import { grouped, known, options } from "./choices.js";

const $ = (id) => document.getElementById(id);
const KEPT = "inkread-review-token";
const INITIALS = "inkread-review-initials";

let review = { items: [], students: [], copies: [], pages: 1, missing: [] };
let queue = [];
let at = 0;
let settledHere = 0;
let busy = false;
let shown = 0; // which showing is the latest: pictures of earlier ones are thrown away

function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return;
  sessionStorage.setItem(KEPT, given);
  history.replaceState(null, "", location.pathname);
}

async function ask(path, body) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(KEPT) ?? ""}` };
  const request = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Error("The server does not answer: is inkread sheet review still running?");
  }
  if (answer.ok) return answer;
  const fields = await answer.json().catch(() => ({}));
  const message = [fields.detail, fields.hint].filter(Boolean).join("; ") || `It failed (${answer.status}).`;
  throw Object.assign(new Error(message), { changed: answer.status === 409 });
}

function element(tag, text = "", properties = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text) made.textContent = text;
  return made;
}

const key = (item) => `${item.sheet}/${item.question}`;
const current = () => queue[at];

async function load(goTo = "") {
  const answer = await ask(`/v1/review?everything=${$("everything").checked}`);
  review = await answer.json();
  $("title").textContent = review.title;
  $("who").placeholder = review.who;
  showMissing(review.missing);
  fill($("by-student"), new Map(review.items.filter((item) => item.kind !== "page").map((item) => [item.sheet, item.student || `sheet ${item.sheet.slice(1)}`])));
  fill($("by-question"), new Map(review.items.filter((item) => item.kind === "answer").map((item) => [String(item.question), item.name])));
  choose(goTo);
}

/** Of whom which pages are missing. */
function showMissing(lines) {
  $("missing").hidden = !lines.length;
  $("missing").querySelector("summary").textContent = `Pages are missing: ${lines.length} student${lines.length > 1 ? "s" : ""}`;
  $("missing").querySelector("ul").replaceChildren(...lines.map((line) => element("li", line)));
}

function fill(select, options) {
  const before = select.value;
  const sorted = [...options].sort((a, b) => a[1].localeCompare(b[1], undefined, { numeric: true }));
  select.replaceChildren(element("option", "all", { value: "" }), ...sorted.map(([value, text]) => element("option", text, { value })));
  select.value = options.has(before) ? before : "";
}

function choose(goTo = "") {
  const [student, question] = [$("by-student").value, $("by-question").value];
  queue = review.items.filter((item) => (!student || item.sheet === student) && (!question || String(item.question) === question));
  if ($("alike").checked) queue = grouped(queue);
  at = Math.max(0, queue.findIndex((item) => key(item) === goTo));
  show();
}

function show() {
  const item = current();
  $("work").hidden = !item;
  $("all-settled").hidden = Boolean(item);
  $("keys").hidden = !item;
  const open = queue.reduce((sum, one) => sum + (one.group?.length ?? 1), 0);
  const total = open + settledHere;
  $("progress").textContent = item ? `${open} ${$("everything").checked ? "shown" : "to settle"}${review.anonymous ? " · anonymous" : ""}` : "";
  $("done").style.width = `${total ? (100 * settledHere) / total : 100}%`;
  $("trouble").textContent = "";
  if (!item) return showSettled();
  const [where, text, label] = heading(item);
  $("work").classList.toggle("whole", item.kind === "page");
  $("work").classList.toggle("rivals", Boolean(item.beside?.length));
  $("work").classList.toggle("grouped", Boolean(item.group));
  $("by-hand").hidden = item.kind !== "answer";
  $("points").value = item.by_hand ? item.points : "";
  $("points").placeholder = item.of ? `of ${item.of}` : "";
  $("comment").value = item.comment ?? "";
  $("where").textContent = where;
  $("text").textContent = text;
  $("entry-label").textContent = label;
  $("remark").textContent = item.remark ?? "";
  $("entry").value = item.guess ?? "";
  const manyPages = item.kind === "page" && review.pages > 1;
  for (const id of ["number", "number-label"]) $(id).hidden = !manyPages;
  Object.assign($("number"), { value: String(item.page ?? 1), max: String(review.pages) });
  for (const key of document.querySelectorAll("#keys .naming")) key.hidden = item.kind === "answer";
  for (const key of document.querySelectorAll("#keys .grouped")) key.hidden = !item.group;
  for (const key of document.querySelectorAll("#keys .answering")) key.hidden = item.kind !== "answer";
  showPictures(item);
  showLikely(item);
  showWorth();
  $("entry").focus();
  $("entry").select();
}

/** Nothing is left: of one student or question, of the answers in an anonymous review, or of all. */
function showSettled() {
  const left = review.items.length;
  const others = review.others ? " Sheets and pages that are not told wait for a review without --anonymous." : "";
  $("settled-title").textContent = left ? "All of these are settled." : review.anonymous ? "All answers are settled." : "All is settled.";
  $("settled-next").replaceChildren(...(left ? [`${left} more ${left > 1 ? "are" : "is"} to be settled.`] : [`Close this page, press Ctrl-C where you started the review, and write the results: `, element("code", `inkread sheet results ${review.file}`), `.${others}`]));
  $("show-all").hidden = !left;
  $("undo").hidden = !settledHere;
}

/** Where it stands, what is asked, and what is to be typed. */
function heading(item) {
  if (item.kind === "page") return [`${item.source} · ${item.status}`, whichPage(item), "Copy, number or name"];
  if (item.kind === "student") return [`Sheet ${item.sheet.slice(1)}`, "Whose sheet is it?", "Number or name"];
  const who = item.group ? `${item.group.length} alike` : item.student || `sheet ${item.sheet.slice(1)}`;
  return [`Question ${item.name} · ${who}`, item.text || `Question ${item.name}`, "Read as"];
}

/** What is not known of a page is asked, and no more. */
function whichPage(item) {
  if (!item.known) return "Which page is it?";
  return item.guess ? `Is it page ${item.page} of ${item.guess}?` : `Whose page ${item.page} is it?`;
}

async function showPictures(item) {
  const showing = ++shown;
  if (item.group) return showGroup(item, showing);
  const rows = item.kind !== "page" ? [0, 1] : item.picture ? [0] : [];
  const beside = (item.beside ?? []).map((other) => ({ kind: "page", id: other.id, said: other.source }));
  const pictures = await Promise.all([...rows.map((row) => picture(item, row)), ...beside.map((other) => picture(other, 0))]);
  if (showing !== shown) return;
  for (const old of $("crops").querySelectorAll("img")) URL.revokeObjectURL(old.src);
  $("crops").replaceChildren(...pictures.filter(Boolean));
}

/** All answers of a group, each of which can be left out of it. */
async function showGroup(item, showing) {
  const figures = await Promise.all(item.group.map((one) => picture(one, one.row ?? 0)));
  if (showing !== shown) return;
  for (const old of $("crops").querySelectorAll("img")) URL.revokeObjectURL(old.src);
  $("crops").replaceChildren(...item.group.map((one, i) => {
    const button = element("button", "", { type: "button", className: "alike" });
    const said = one.student || `sheet ${one.sheet.slice(1)}`;
    button.setAttribute("aria-pressed", String(!item.without.has(one)));
    if (figures[i]) button.append(figures[i].querySelector("img"));
    button.append(element("div", said));
    button.addEventListener("click", () => {
      if (!item.without.delete(one)) item.without.add(one);
      button.setAttribute("aria-pressed", String(!item.without.has(one)));
    });
    return button;
  }));
}

async function picture(item, row) {
  try {
    const place = item.kind === "page" ? `page/${item.id}` : `crop/${encodeURIComponent(item.sheet)}/${item.question}/${row}`;
    const answer = await ask(`/v1/${place}`).catch((error) => (row ? null : Promise.reject(error)));
    if (!answer) return null; // a page that does not lie flat is shown whole, and once
    const what = { page: item.said ?? "the whole page", student: row ? "name" : "student number", answer: row ? "second chance" : "answer" }[item.kind];
    const figure = element("figure", "", { className: item.kind === "page" ? "page" : item.kind === "student" || row === (item.row ?? 0) ? "counts" : row ? "second" : "first" });
    if (item.kind === "page") figure.append(turning(figure));
    figure.append(element("img", "", { src: URL.createObjectURL(await answer.blob()), alt: `What was written: ${what}` }), element("figcaption", what));
    return figure;
  } catch (error) {
    $("trouble").textContent = error.message;
    return null;
  }
}

/** A page that could not be told may lie on its side or its head. */
function turning(figure) {
  const button = element("button", "Turn", { type: "button", className: "turn" });
  let quarters = 0;
  button.addEventListener("click", () => {
    quarters += 1;
    const image = figure.querySelector("img");
    const scale = quarters % 2 ? Math.min(image.width, image.height) / Math.max(image.width, image.height) : 1;
    image.style.transform = `rotate(${90 * quarters}deg) scale(${scale})`;
  });
  return button;
}

function showLikely() {
  $("likely").replaceChildren(...options(current(), $("entry").value, review).map((option) => {
    const button = element("button", option.text, { type: "button" });
    button.append(element("small", option.note));
    button.dataset.value = option.value;
    button.setAttribute("aria-current", String(option.value === $("entry").value));
    button.addEventListener("click", () => settle(option.value));
    const entry = element("li");
    entry.append(button);
    return entry;
  }));
}

function showWorth() {
  const item = current();
  const [worth, typed] = [$("worth"), $("entry").value.trim()];
  worth.className = "none";
  if (item.kind !== "answer") {
    worth.textContent = known(item, typed, review);
    return;
  }
  const points = typed === "" ? "0" : item.likely.find((one) => one.answer === typed)?.points;
  worth.textContent = points === undefined ? `key: ${item.key}` : `${points} of ${item.of} · key: ${item.key}`;
  if (points !== undefined && typed !== "") worth.className = points === "0" ? "wrong" : "right";
}

function step(by) {
  const buttons = [...$("likely").querySelectorAll("button")];
  if (!buttons.length) return;
  const now = buttons.findIndex((button) => button.getAttribute("aria-current") === "true");
  const next = (now + by + buttons.length + (now < 0 && by < 0 ? 1 : 0)) % buttons.length;
  $("entry").value = buttons[next].dataset.value;
  for (const [i, button] of buttons.entries()) button.setAttribute("aria-current", String(i === next));
  showWorth();
}

async function settle(value) {
  const item = current();
  if (!item || busy) return;
  busy = true;
  try {
    const typed = value.trim();
    let notice = "";
    if (item.kind === "page") notice = await settlePage(item, typed);
    else if (item.group) return await settleGroup(item, typed);
    else await ask("/v1/settle", { sheet: item.sheet, question: item.question, answer: item.kind === "student" ? studentOf(typed) : typed, ...grader(item), ...byHand(item) });
    settledHere += 1;
    if (item.kind === "answer") {
      review.items = review.items.filter((other) => other !== item);
      queue.splice(at, 1);
      at = Math.min(at, Math.max(0, queue.length - 1));
      show();
    } else await load(queue[at + 1] ? key(queue[at + 1]) : ""); // others may be somebody's now, too
    $("notice").textContent = notice;
  } catch (error) {
    if (error.changed) await showChanged(item, error.message).catch(() => {});
    else $("trouble").textContent = error.message;
  } finally {
    busy = false;
  }
}

/** The same for all answers of a group that were not left out. */
async function settleGroup(item, typed) {
  const chosen = item.group.filter((one) => !item.without.has(one));
  if (!chosen.length) throw new Error("All answers are left out of the group; choose one of them, or go on.");
  const sheets = chosen.map((one) => ({ sheet: one.sheet, seen: one.seen }));
  await ask("/v1/settle-alike", { question: item.question, answer: typed, sheets, who: $("who").value.trim(), ...byHand(item) });
  settledHere += chosen.length;
  review.items = review.items.filter((one) => !chosen.includes(one));
  const place = at;
  choose();
  at = Math.min(place, Math.max(0, queue.length - 1));
  show();
}

/** Points and comment, of answers alone. */
const byHand = (item) => (item.kind === "answer" ? { points: $("points").value.trim(), comment: $("comment").value.trim() } : {});

/** A typed name stands for the one student who has it; nothing typed, for nobody. */
function studentOf(typed) {
  if (!typed) return null;
  const found = options(current(), typed, review);
  return found.length === 1 ? found[0].value : typed;
}

/** Nothing typed: it is no page of this exam. */
async function settlePage(item, typed) {
  const whose = studentOf(typed) ?? "";
  const copy = Number(/^copy (\d{1,8})$/.exec(whose)?.[1] ?? 0);
  const number = typed ? Number($("number").value) || 1 : 0;
  const answer = await ask("/v1/page", { page: item.id, number, copy, student: copy || !typed ? null : whose, ...grader(item) });
  return (await answer.json()).notice;
}

async function undo() {
  if (busy) return;
  busy = true;
  try {
    const taken = await (await ask("/v1/undo", { who: $("who").value.trim() })).json();
    if (taken) {
      settledHere = Math.max(0, settledHere - 1);
      await load(`${taken.sheet}/${taken.question}`);
    } else $("trouble").textContent = "There is nothing of yours to take back.";
  } catch (error) {
    $("trouble").textContent = error.message;
  } finally {
    busy = false;
  }
}

/** Who decides, and which decision was there when the item was shown. */
const grader = (item) => ({ seen: item.seen, who: $("who").value.trim() });

/** Somebody else was faster: shows what it is now, and says so. */
async function showChanged(item, message) {
  await load(key(item));
  $("trouble").textContent = `${heading(item)[0]}: ${message}`;
}

function move(by) {
  if (!queue.length) return;
  at = (at + by + queue.length) % queue.length;
  show();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z") {
    event.preventDefault();
    undo();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT" || event.target === $("who")) return;
  const besides = event.target === $("points") || event.target === $("comment");
  if (besides && !["PageDown", "PageUp", "Escape"].includes(event.key)) return; // there, all letters are text
  if (event.target.classList.contains("alike") && event.key === "Enter") {
    event.preventDefault(); // Space leaves one out; Enter settles the group
    settle($("entry").value);
    return;
  }
  const item = current();
  const naming = item && item.kind !== "answer";
  const letters = { n: () => move(1), p: () => move(-1), u: undo, x: () => settle(""), o: () => $("points").select(), c: () => $("comment").select() };
  const plain = { PageDown: () => move(1), PageUp: () => move(-1), ArrowDown: () => item && step(1), ArrowUp: () => item && step(-1), Escape: () => item && show() };
  if (event.target === $("number") && event.key.startsWith("Arrow")) return; // there, they count
  const action = plain[event.key] ?? (naming && event.target.tagName === "INPUT" ? undefined : letters[event.key]);
  if (action) {
    event.preventDefault();
    action();
  } else if (item?.one && /^[0-9]$/.test(event.key) && event.target === $("entry")) {
    event.preventDefault(); // one box, one digit: nothing more can follow
    settle(event.key);
  } else if (item && /^[0-9.,:/-]$/.test(event.key) && event.target === document.body) $("entry").focus();
});
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  settle($("entry").value);
});
$("undo").addEventListener("click", undo);
$("show-all").addEventListener("click", () => {
  for (const id of ["by-student", "by-question"]) $(id).value = "";
  choose();
});
$("entry").addEventListener("input", () => {
  showLikely();
  showWorth();
});
for (const id of ["by-student", "by-question", "alike"]) $(id).addEventListener("change", () => choose());
$("everything").addEventListener("change", () => load().catch((error) => { $("trouble").textContent = error.message; }));

$("who").value = sessionStorage.getItem(INITIALS) ?? "";
$("who").addEventListener("input", () => sessionStorage.setItem(INITIALS, $("who").value.trim()));

takeToken();
load().catch((error) => {
  $("work").hidden = false;
  $("trouble").textContent = error.message;
});
