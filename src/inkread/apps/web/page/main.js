// The page, put together: it tells the view model what is done, and shows what that has.
import { Refused, fileOf, read, readTables, takeToken } from "./api.js";
import { Answer } from "./answer.js";
import { Boxes } from "./boxes.js";
import { Corrections, sameInk } from "./corrections.js";
import { DigitPanel } from "./digit.js";
import { Hand } from "./hand.js";
import { Inside } from "./inside.js";
import { listenForKeys } from "./keys.js";
import { asReading, sayings } from "./outputs.js";
import { keepForLater } from "./offline.js";
import { paintAll, paintStroke, prepared } from "./paint.js";
import { Pen } from "./pen.js";
import { listenForMoves, listenForPhotos, showIn } from "./photo.js";
import { Live } from "./reading.js";
import { Wishes } from "./regions.js";
import { copyText, download, speak } from "./saving.js";
import { asJson, boundsOf, withoutThoseAt } from "./sheet.js";
import { Tables, asTsv } from "./table.js";
import { fillIn, t } from "./texts.js";
import { WIDTHS, answerTools, byTouch, drawTools, emptyState, photoTools } from "./tools.js";
import { Trouble } from "./trouble.js";
import { asDrawn, layPhoto } from "./turned.js";
import { View } from "./view.js";
import { ViewModel } from "./view_model.js";
import { foundIn } from "./view_parts.js";
import { asBlob, icon } from "./dom.js";

const REST_MS = 250;
const ALL_OF_IT = 0.9;
const MARKS = { "-": "dash", "/": "slash", ".": "point", ",": "comma", ":": "colon", "+": "plus", "(": "bracket", ")": "bracket" };
const $ = (id) => document.getElementById(id);

const entering = takeToken();
fillIn();
for (const each of document.querySelectorAll("[data-icon]")) each.append(icon(each.dataset.icon));

// Each way of giving a number has its own view model: going back and forth loses nothing. `result` is what the server
// said last, `reading` the same with its boxes where they are shown.
const nothingRead = { result: null, reading: null, source: null };
const corrections = new Corrections({
  kept: (n) => tell([now.model.message.text, t("kept", { n })].filter(Boolean).join(" · ")),
  failed: (error) => trouble(error, true),
  learned: () => live.wake(),
});
const modelled = (picture, size) => new ViewModel({ sameInk, picture, size, followed: (before, after) => corrections.follow(before, after) });
const draw = { model: modelled(null, [1, 1]), get size() { return this.model.sheet.size; }, ...nothingRead };
// Each page of a photo has its own.
const photo = { models: [], model: modelled(null), blob: null, page: 1, pages: 1, turned: 0, size: [1, 1], ...nothingRead };
let now = draw;
let chosenWidth = WIDTHS[localStorage.getItem("inkread-pen")] ?? WIDTHS.medium;

const answer = new Answer({ answer: $("answer"), number: $("number"), sureness: $("sureness"), spoken: $("spoken") });
const told = new Trouble({ place: $("trouble"), token: $("token"), entered: () => live.wake() });
const boxes = new Boxes($("boxes"), {
  chose,
  types: (index, value) => { chose(index); panel.types(index, value); },
  deletes: (index) => said(index, (model) => model.delete()),
  inserts: (index) => { chose(index); panel.insert(); },
});
const panel = new DigitPanel($("digit"), {
  chose,
  types: (index, value, keys) => said(index, (model) => (keys === "correct" ? model.correct(value) : model.insert(value, keys === "before"))),
  deletes: (index) => said(index, (model) => model.delete()),
  takesBack: (index) => said(index, (model) => model.takeBack()),
  looksInside: () => inside.show(numberOf(now)),
});
const inside = new Inside($("inside"), {
  look: async (number) => (await read(now.source, { inside: number })).inside,
  closes: closeInside,
  fails: trouble,
});
const tables = new Tables($("table"), $("grid"), {
  look: () => readTables(source(), wishes.askedOfTable),
  saves: async (found, format) => download(await fileOf(found, format), `table.${format}`),
  copies: (found) => copyText(asTsv(found)),
  closes: closeTables,
  fails: trouble,
});
const view = new View($("stage"), $("sheet"), () => { resheet(); repaint(); layPhoto($("photo"), $("sheet"), photo.turned); });
const wishes = new Wishes({ place: $("wishes"), overlay: $("regions"), stage: $("stage") }, {
  changed: () => (tables.open ? tables.show() : live.wake()),
  reads: async (regions) => (await read(source(), { ...wishes.asked, regions })).regions,
  saves: (text, name) => download(new Blob([text], { type: "text/plain" }), name),
  fails: trouble,
  size: () => photo.size,
  at: (event) => view.toPicture(event),
});
const pen = new Pen({
  stage: $("stage"), canvas: $("canvas"), view, active: () => now === draw,
  heard: { drew, moving, rubs, dropped, tapped },
});
new Hand($("hand"), $("hand-open"), {
  changed: () => live.wake(), failed: trouble,
  forgotAll: (n) => { corrections.forgotAll(); done(() => now.model.forgot(n)); },
});
const live = new Live(asks, { read: heard, failed });
const photos = listenForPhotos({ stage: $("stage"), drop: $("drop"), choose: $("choose"), take: $("take"),
  heard: { photo: takePhoto, trouble } });
listenForMoves({ stage: $("stage"), view, active: () => now === photo && photo.blob !== null && !wishes.drawing, tapped });

const actions = {
  undo: () => done(() => now.model.undo()),
  redo: () => done(() => now.model.redo()),
  clear: () => done(() => now.model.clear()),
  erasing: (on) => { pen.erasing = on; showTools(); },
  width: (width) => { chosenWidth = width; localStorage.setItem("inkread-pen", Object.keys(WIDTHS).find((name) => WIDTHS[name] === width)); showTools(); },
  zoom: (factor) => view.zoomBy(factor),
  fit: () => view.fit(),
  table: () => (tables.open ? closeTables() : openTables()),
  page: (by) => { photo.page += by; return showPage(); },
  choose: photos.choose,
  take: photos.take,
  speak: async () => speak(await current(), MARKS),
  copy: async () => { await copyText(await current()); answerTools($("answer-tools"), true, actions, true); },
  savePicture: async () => {
    await live.idle;
    download(await read(now.source, { annotate: true, ...sayings(now.model, now.reading) }), "inkread.png");
  },
  saveJson: async () => {
    await live.idle;
    download(new Blob([JSON.stringify(asReading(now.model, now.reading), null, 1)], { type: "application/json" }), "inkread.json");
  },
};

/** The number, once it is of what is on the sheet. */
async function current() {
  await live.idle;
  return now.model.copied;
}

/** What is to be read now, as the API takes it; null for nothing. */
function source() {
  if (now === photo) return photo.blob && { picture: photo.blob, page: photo.page };
  return draw.model.isBlank && !pen.drawing ? null : { strokes: asJson(strokesNow(), draw.size) };
}

const strokesNow = () => (pen.drawing ? [...draw.model.sheet.strokes, pen.drawing] : draw.model.sheet.strokes);

/** A reading of what is there now, a stroke that is being drawn among it. */
function asks() {
  const asked = source();
  if (asked === null) return null;
  const started = now.model.started();
  const sheet = now === draw && pen.drawing ? { ...started, strokes: strokesNow() } : started;
  showState();
  return { source: asked, way: now, model: now.model, sheet, wishes: now === photo ? wishes.asked : {} };
}

function heard(result, { source: asked, way, model, sheet }) {
  if (model !== way.model) return; // of another photo or page
  if (asked.picture) photo.pages = result.page_count ?? 1;
  const reading = way === draw ? asDrawn(result) : result;
  const before = insideOf(way);
  Object.assign(way, { result, reading, source: asked });
  const { message } = model;
  model.read(foundIn(reading, inkOf(result, asked), isShown(reading)), sheet);
  if (way === photo && !photo.copied) turnPhoto(result);
  if (way !== now) return;
  told.read();
  wishes.tell(result.expected);
  show();
  if (model.message !== message) tell(model.message.text);
  if (inside.open && before !== insideOf(way)) numberOf(way) ? inside.show(numberOf(way)) : inside.close();
}

function failed(error, { model, way }) {
  if (model !== way.model) return;
  model.failed(error.message);
  if (way === now) trouble(error);
}

/** What tells the ink of a part again: what it looks like, and where the server has it in the reading of what source. */
function inkOf(result, asked) {
  const sent = [...result.lines.flatMap((line) => line.digits), ...result.rejected.filter(isShown(result))];
  const count = sent.length - result.rejected.filter(isShown(result)).length;
  return (_, i) => ({ closeup: result.closeups[i], sent: sent[i].box, source: asked, number: i < count ? i + 1 : 0 });
}

/** The edge of a sheet of paper on a table is ink left unread, too, and nothing worth a frame. */
const isShown = ({ size_wh: [width, height] }) => ({ box }) => box[2] - box[0] < ALL_OF_IT * width || box[3] - box[1] < ALL_OF_IT * height;

/** Which digit of the server's reading is chosen, from 1; 0: none of them. */
const numberOf = (way) => (way.model.selectedPart?.read && way.model.selectedPart.ink?.number) || 0;

/** What the panel on the network is of. */
const insideOf = (way) => JSON.stringify([numberOf(way), way.reading?.lines]);

/** Something is done to the view model; all of it is shown, and read again if it needs to be. */
function done(act) {
  const { sheet, message } = now.model;
  const result = act();
  if (now.model.sheet !== sheet) {
    told.changed();
    resheet();
    repaint();
  }
  show();
  if (!now.model.isCurrent) live.wake();
  tell(now.model.message === message ? "" : now.model.message.text);
  return result;
}

/** Something is said of a digit. */
function said(index, act) {
  told.tell(null);
  now.model.choose(index);
  done(() => act(now.model));
}

function tell(text) { $("message").textContent = text; }

/** A photo of a page that lay on its side is shown as it was read. */
function turnPhoto({ turned_degrees: turned, size_wh: size }) {
  if (turned === photo.turned) return;
  Object.assign(photo, { turned, size });
  if ($("stage").classList.contains("has-photo")) turnTo(photo);
}

/** How far the reading is; no button is replaced, which may be pressed just now. */
function showState() {
  answer.show(now.model, nothingYet());
  for (const name of ["boxes", "digit"]) $(name).setAttribute("aria-busy", String(now.model.state === "reading"));
}

function show() {
  const { model } = now;
  const empty = model.isBlank && !(now === draw && pen.drawing);
  showState();
  boxes.show(model);
  boxes.fit(view);
  panel.show(model);
  answerTools($("answer-tools"), model.digits.length > 0, actions);
  $("empty").hidden = !empty;
  showTools();
}

const nothingYet = () => t(now === draw ? "nothingYet" : "nothingYetPhoto");

function showTools() {
  pen.width = penWidth();
  if (now === draw) drawTools($("tools"), { model: draw.model, erasing: pen.erasing, width: chosenWidth }, actions);
  else photoTools($("tools"), { ...photo, tabling: tables.open }, actions);
  for (const name of ["wishes", "regions"]) $(name).toggleAttribute("hidden", now === draw || photo.blob === null);
  $("stage").classList.toggle("erasing", now === draw && pen.erasing);
}

function chose(index) {
  if (index === null || index < 0 || index >= now.model.parts.length) return;
  now.model.choose(index);
  boxes.select(index);
  boxes.fit(view);
  panel.show(now.model);
  if (inside.open) numberOf(now) ? inside.show(numberOf(now)) : inside.close();
}

function closeInside() {
  inside.close();
  $("digit").querySelector(".wide")?.focus();
}

/** The table takes the place of the number and the digit; its grid, that of the boxes. */
function openTables() {
  inside.close();
  document.body.classList.add("tabling");
  const shown = tables.show();
  showTools();
  return shown;
}

function closeTables() {
  if (!tables.open) return;
  tables.close();
  document.body.classList.remove("tabling");
  showTools();
  $("tools").querySelector(`[data-name="${t("table")}"]`)?.focus();
}

/** Pens are thinner on small sheets, where people write smaller. */
function penWidth() {
  return chosenWidth * Math.min(1, Math.max(0.6, draw.size[0] / 640));
}

let resting = 0;

/** While a stroke is drawn, when the pen rests; at its end, at once: no earlier reading is in the way. */
function moving() {
  $("empty").hidden = true;
  clearTimeout(resting);
  resting = setTimeout(() => live.wake(), REST_MS);
}

function dropped() {
  clearTimeout(resting);
  repaint();
}

function drew(stroke) {
  clearTimeout(resting);
  done(() => draw.model.drew({ ...stroke, bounds: boundsOf(stroke) }));
}

/** The eraser is at (x, y); whether there was ink. While it rubs, it is one change. */
function rubs(x, y, radius, same) {
  const { strokes } = draw.model.sheet;
  const left = withoutThoseAt(strokes, x, y, radius);
  if (left.length === strokes.length) return false;
  done(() => draw.model.erased(left, same));
  return true;
}

/** A tap on a digit chooses it, and draws nothing. */
function tapped(x, y) {
  const index = boxes.at(x, y);
  if (index !== null) chose(index);
  return index !== null;
}

/** An empty sheet is as large as there is room; one with something on it keeps its size and is shown whole. */
function resheet() {
  if (now !== draw || pen.drawing) return;
  if (draw.model.isBlank) draw.model.trim(view.room);
  if (view.size.join() !== draw.size.join()) view.show(draw.size, true);
}

function repaint() {
  boxes.fit(view);
  if (now !== draw) return;
  paintAll($("canvas"), view, draw.model.sheet.strokes);
  if (pen.drawing) paintStroke(prepared($("canvas"), view), pen.drawing);
}

async function takePhoto(blob) {
  if (!/^(image\/|application\/pdf|$)/.test(blob.type)) return trouble(t("notAPicture"));
  Object.assign(photo, { blob, page: 1, pages: 1, models: [] });
  return showPage();
}

async function showPage() {
  const model = (photo.models[photo.page] ??= modelled(photo.blob));
  Object.assign(photo, { turned: 0, copied: false, model, ...nothingRead });
  turnTo(photo);
  const shown = source();
  const isShown = () => photo.blob === shown.picture && photo.page === shown.page;
  const upright = async () => {
    const { upright: base64 } = await read(shown, { upright: true });
    if (isShown()) Object.assign(photo, { turned: 0, copied: true });
    return asBlob(base64);
  };
  live.wake();
  try {
    const size = await showIn($("photo"), shown.picture, upright, isShown);
    if (!isShown()) return null;
    photo.size = photo.turned % 180 === 0 ? size : [size[1], size[0]];
  } catch (error) {
    if (!isShown()) return null;
    if (photo.pages === 1) Object.assign(photo, { blob: null, model: modelled(null) });
    $("photo").removeAttribute("src");
    turnTo(photo);
    return trouble(error instanceof Refused ? error : t("cannotShow"));
  }
  if (now === photo) turnTo(photo);
  return null;
}

function turnTo(way) {
  now = way;
  const drawing = way === draw;
  $("stage").dataset.mode = $("answer").dataset.mode = drawing ? "draw" : "photo";
  $("mode-draw").setAttribute("aria-pressed", String(drawing));
  $("mode-photo").setAttribute("aria-pressed", String(!drawing));
  $("canvas").hidden = !drawing;
  $("photo").hidden = drawing || photo.blob === null;
  $("stage").classList.toggle("has-photo", !$("photo").hidden);
  $("stage").style.setProperty("--aspect", String(photo.size[0] / photo.size[1]));
  emptyState($("empty"), drawing, actions);
  told.tell(null);
  inside.close();
  closeTables();
  view.show(way.size, true);
  layPhoto($("photo"), $("sheet"), photo.turned);
  tell("");
  show();
}

function trouble(error, lasts = false) {
  told.tell(error, lasts);
  show();
}

listenForKeys({
  known: {
    z: ({ shiftKey }) => (shiftKey ? actions.redo() : actions.undo()),
    y: actions.redo,
    o: actions.choose,
    c: () => now.model.digits.length > 0 && String(getSelection()) === "" && actions.copy(),
  },
  escaped: () => {
    if ($("token").open) return;
    if (tables.open) closeTables();
    else if (inside.open) closeInside();
  },
});

for (const [name, way] of Object.entries({ draw, photo })) {
  $(`mode-${name}`).addEventListener("click", () => { localStorage.setItem("inkread-mode", name); turnTo(way); });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  repaint();
  panel.show(now.model);
  inside.repaint();
});
// On a phone the camera comes first, unless its owner drew last.
const first = localStorage.getItem("inkread-mode") ?? (byTouch.matches && matchMedia("(max-width: 38.75em)").matches ? "photo" : "draw");
turnTo(first === "photo" ? photo : draw);
entering?.catch(trouble);
keepForLater();
