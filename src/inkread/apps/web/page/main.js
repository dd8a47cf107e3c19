// The page, put together: what is read now, and who is told of it.
import { Refused, fileOf, keepToken, read, readTables, takeToken } from "./api.js";
import { Answer } from "./answer.js";
import { Boxes, near } from "./boxes.js";
import { corrected, digitsOf } from "./corrected.js";
import { Corrections } from "./corrections.js";
import { DigitPanel } from "./digit.js";
import { Hand } from "./hand.js";
import { Inside } from "./inside.js";
import { listenForKeys } from "./keys.js";
import { paintAll, paintStroke, prepared } from "./paint.js";
import { Pen } from "./pen.js";
import { listenForMoves, listenForPhotos, showIn } from "./photo.js";
import { Live } from "./reading.js";
import { copyText, download, speak } from "./saving.js";
import { Sheet, asJson } from "./sheet.js";
import { fillIn, t } from "./texts.js";
import { WIDTHS, answerTools, drawTools, emptyState, photoTools } from "./tools.js";
import { Tables, asTsv } from "./table.js";
import { Trouble } from "./trouble.js";
import { asDrawn, layPhoto } from "./turned.js";
import { View } from "./view.js";
import { asBlob, icon } from "./dom.js";

const WHILE_DRAWING_MS = 220;
const MARKS = { "-": "dash", "/": "slash", ".": "point", ",": "comma", ":": "colon", "+": "plus", "(": "bracket", ")": "bracket" };
const $ = (id) => document.getElementById(id);

takeToken();
fillIn();
for (const each of document.querySelectorAll("[data-icon]")) each.append(icon(each.dataset.icon));

// Each way of giving a number has its own reading: going back and forth loses nothing. `result` is what the server said
// of `source`, `plain` the same with its boxes where they are shown, `reading` the same as it was corrected.
const nothingRead = () => ({ source: null, result: null, plain: null, reading: null, closeups: null, selected: null, follows: true });
const draw = { sheet: new Sheet(), size: [1, 1], ...nothingRead() };
// Each page of a photo has its own corrections.
const photo = { sheets: [], sheet: new Sheet(), blob: null, page: 1, pages: 1, turned: 0, size: [1, 1], ...nothingRead() };
let now = draw;
let chosenWidth = WIDTHS.medium;

const answer = new Answer({ number: $("number"), sureness: $("sureness"), spoken: $("spoken") });
const told = new Trouble({ place: $("trouble"), token: $("token") });
const corrects = (index, value) => corrections.correct(index, value);
const boxes = new Boxes($("boxes"), { chose, corrects });
const panel = new DigitPanel($("digit"), {
  chose, corrects, takesBack: (index) => corrections.takeBack(index), looksInside: () => inside.show(now.selected),
});
const inside = new Inside($("inside"), {
  look: async (index) => (await read(now.source, { inside: index + 1 })).inside,
  closes: closeInside,
  fails: trouble,
});
const tables = new Tables($("table"), $("grid"), {
  look: () => readTables(source()),
  saves: async (found, format) => download(await fileOf(found, format), `table.${format}`),
  copies: (found) => copyText(asTsv(found)),
  closes: closeTables,
  fails: trouble,
});
const view = new View($("stage"), $("sheet"), () => { resheet(); repaint(); layPhoto($("photo"), $("sheet"), photo.turned); });
const pen = new Pen({
  stage: $("stage"), canvas: $("canvas"), view, sheet: () => draw.sheet, active: () => now === draw,
  heard: { drew, moving, erased: changed, dropped: repaint, tapped },
});
const corrections = new Corrections({
  way: () => now, source,
  heard: { changed: correctedAnew, noted: (text) => panel.note(text), failed: (error) => trouble(error, true), learned: () => live.wake() },
});
new Hand($("hand"), $("hand-open"), { changed: () => live.wake(), failed: trouble });
const live = new Live(source, { read: heard, failed: trouble });
const photos = listenForPhotos({ stage: $("stage"), drop: $("drop"), choose: $("choose"), take: $("take"),
  heard: { photo: takePhoto, trouble } });
listenForMoves({ stage: $("stage"), view, active: () => now === photo && photo.blob !== null, tapped });

const actions = {
  undo: () => stepped("undo"),
  redo: () => stepped("redo"),
  clear: () => { draw.sheet.clear(); changed(); },
  erasing: (on) => { pen.erasing = on; showTools(); },
  width: (width) => { chosenWidth = width; showTools(); },
  zoom: (factor) => view.zoomBy(factor),
  fit: () => view.fit(),
  table: () => (tables.open ? closeTables() : openTables()),
  page: (by) => { photo.page += by; return showPage(); },
  choose: photos.choose,
  take: photos.take,
  speak: () => speak(now.reading.written, MARKS),
  copy: () => copyText(now.reading.written).then(() => answerTools($("answer-tools"), now.reading, actions, true)),
  savePicture: async () => download(await read(now.source, { annotate: true, corrected: corrections.sayings }), "inkread.png"),
  saveJson: () => download(new Blob([JSON.stringify(now.reading, null, 1)], { type: "application/json" }), "inkread.json"),
};

/** What is to be read now, as the API takes it; null for nothing. */
function source() {
  if (now === photo) return photo.blob && { picture: photo.blob, page: photo.page };
  const strokes = pen.drawing ? [...draw.sheet.strokes, pen.drawing] : draw.sheet.strokes;
  return strokes.length > 0 ? { strokes: asJson(strokes, draw.size) } : null;
}

function heard(result, asked) {
  // What was asked of another photo or page, or in the other mode, is not what is shown now.
  if (asked !== null && (now === photo ? asked.picture !== photo.blob || asked.page !== photo.page : !asked.strokes)) return;
  if (asked?.picture) photo.pages = result.page_count ?? 1;
  const before = digitsOf(now.plain);
  Object.assign(now, { source: asked, result, closeups: result?.closeups ?? null, plain: now === draw ? asDrawn(result) : result });
  if (now === photo && result && !photo.copied) turnPhoto(result);
  delete now.plain?.closeups;
  select(before);
  told.read();
  correctedAnew();
  if (inside.open && JSON.stringify(before) !== JSON.stringify(digitsOf(now.plain))) now.selected === null ? inside.close() : inside.show(now.selected);
}

/** What was chosen stays so if it is still there; else the newest digit is, or the first of a photo. */
function select(before) {
  const digits = digitsOf(now.plain);
  const chosen = now.follows ? undefined : before[now.selected];
  const there = chosen ? digits.findIndex((digit) => near(digit.box, chosen.box)) : -1;
  now.follows = there < 0;
  now.selected = there >= 0 ? there : digits.length === 0 ? null : now === draw ? digits.length - 1 : 0;
}

/** Shows what was read as people have corrected it. */
function correctedAnew() {
  now.reading = corrected(now.plain, now.closeups, now.sheet.corrections);
  show();
}

/** A photo of a page that lay on its side is shown as it was read. */
function turnPhoto({ turned_degrees: turned, size_wh: size }) {
  if (turned === photo.turned) return;
  Object.assign(photo, { turned, size });
  if ($("stage").classList.contains("has-photo")) turnTo(photo);
}

function show() {
  const empty = now === draw ? draw.sheet.empty : photo.blob === null;
  answer.show(now.reading, ...(empty ? [nothingYet()] : ["…", t("reading")]));
  boxes.show(now.reading, now.selected);
  boxes.fit(view);
  panel.show(now.reading, now.closeups, now.selected);
  answerTools($("answer-tools"), now.reading, actions);
  $("empty").hidden = !empty || pen.drawing !== null;
  showTools();
}

const nothingYet = () => t(now === draw ? "nothingYet" : "nothingYetPhoto");

function showTools() {
  pen.width = penWidth();
  if (now === draw) drawTools($("tools"), { sheet: draw.sheet, erasing: pen.erasing, width: chosenWidth }, actions);
  else photoTools($("tools"), { ...photo, tabling: tables.open }, actions);
  $("stage").classList.toggle("erasing", now === draw && pen.erasing);
}

function chose(index) {
  if (index < 0 || index >= digitsOf(now.reading).length || index === null) return;
  now.follows = false;
  now.selected = index;
  boxes.select(index);
  panel.show(now.reading, now.closeups, index);
  if (inside.open) inside.show(index);
}

/** Undoes or redoes what was done last, be it a stroke or a correction; false if there is nothing. */
function stepped(step) {
  const { strokes, corrections: before } = now.sheet;
  if (!now.sheet[step]()) return false;
  if (now.sheet.strokes !== strokes) changed();
  corrections.follow(before);
  return true;
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

let last = 0;

/** While a stroke is drawn, now and then; at its end, at once. */
function moving() {
  $("empty").hidden = true;
  if (performance.now() - last < WHILE_DRAWING_MS) return;
  last = performance.now();
  live.wake();
}

function drew(stroke) {
  draw.sheet.add(stroke);
  draw.follows = true;
  changed();
}

function changed() {
  told.changed();
  resheet();
  repaint();
  $("empty").hidden = !draw.sheet.empty;
  showTools();
  live.wake();
}

/** A tap on a digit chooses it, and draws nothing. */
function tapped(x, y) {
  const index = boxes.at(x, y);
  if (index !== null) chose(index);
  return index !== null;
}

/** An empty sheet is as large as there is room; one with something on it keeps its size and is shown whole. */
function resheet() {
  if (now !== draw || !draw.sheet.empty || pen.drawing) return;
  const room = view.room;
  if (room[0] === draw.size[0] && room[1] === draw.size[1]) return;
  draw.size = room;
  view.show(room, true);
}

function repaint() {
  boxes.fit(view);
  if (now !== draw) return;
  paintAll($("canvas"), view, draw.sheet.strokes);
  if (pen.drawing) paintStroke(prepared($("canvas"), view), pen.drawing);
}

async function takePhoto(blob) {
  if (!/^(image\/|application\/pdf|$)/.test(blob.type)) return trouble(t("notAPicture"));
  Object.assign(photo, { blob, page: 1, pages: 1, sheets: [] });
  return showPage();
}

async function showPage() {
  const sheet = (photo.sheets[photo.page] ??= new Sheet());
  Object.assign(photo, { turned: 0, copied: false, sheet, ...nothingRead() });
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
    if (photo.pages === 1) photo.blob = null;
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
  correctedAnew();
}

function trouble(error, lasts = false) {
  told.tell(error, lasts);
  if (error && now.reading === null) answer.show(null, nothingYet());
}

listenForKeys({
  known: {
    z: ({ shiftKey }) => (shiftKey ? actions.redo() : actions.undo()),
    y: actions.redo,
    o: actions.choose,
    c: () => now.reading !== null && String(getSelection()) === "" && actions.copy(),
  },
  escaped: () => {
    if ($("token").open) return;
    if (tables.open) closeTables();
    else if (inside.open) closeInside();
  },
});

$("mode-draw").addEventListener("click", () => turnTo(draw));
$("mode-photo").addEventListener("click", () => turnTo(photo));
$("token").addEventListener("close", () => {
  keepToken($("token-value").value);
  live.wake();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  repaint();
  panel.show(now.reading, now.closeups, now.selected);
  inside.repaint();
});
turnTo(draw);
