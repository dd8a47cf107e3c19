// The page, put together: what is read now, and who is told of it.
import { Refused, correct, keepToken, read, takeToken } from "./api.js";
import { Answer } from "./answer.js";
import { Boxes } from "./boxes.js";
import { DigitPanel } from "./digit.js";
import { Inside } from "./inside.js";
import { paintAll, paintStroke, prepared } from "./paint.js";
import { Pen } from "./pen.js";
import { listenForMoves, listenForPhotos, showIn } from "./photo.js";
import { Live } from "./reading.js";
import { copyText, download } from "./saving.js";
import { Strokes } from "./strokes.js";
import { fillIn, t } from "./texts.js";
import { WIDTHS, answerTools, drawTools, emptyState, photoTools } from "./tools.js";
import { asDrawn, layPhoto } from "./turned.js";
import { View } from "./view.js";
import { asBlob, icon } from "./dom.js";

const WHILE_DRAWING_MS = 220;
const $ = (id) => document.getElementById(id);

takeToken();
fillIn();
for (const each of document.querySelectorAll("[data-icon]")) each.append(icon(each.dataset.icon));

// Each way of giving a number has its own reading: going back and forth loses nothing.
const draw = { strokes: new Strokes(), size: [1, 1], reading: null, closeups: null, selected: null, follows: true };
const photo = { blob: null, page: 1, pages: 1, turned: 0, size: [1, 1], reading: null, closeups: null, selected: null, follows: true };
let now = draw;
let chosenWidth = WIDTHS.medium;

const answer = new Answer({ number: $("number"), sureness: $("sureness"), spoken: $("spoken") });
const boxes = new Boxes($("boxes"), { chose, corrects });
const panel = new DigitPanel($("digit"), { chose, corrects, looksInside: () => inside.show(now.selected) });
const inside = new Inside($("inside"), {
  look: async (index) => (await read(source(), { inside: index + 1 })).inside,
  closes: closeInside,
  fails: trouble,
});
const view = new View($("stage"), $("sheet"), () => { resheet(); repaint(); layPhoto($("photo"), $("sheet"), photo.turned); });
const pen = new Pen({
  stage: $("stage"), canvas: $("canvas"), view, strokes: () => draw.strokes, active: () => now === draw,
  heard: { drew, moving, erased: changed, dropped: repaint, tapped },
});
const live = new Live(source, { read: heard, failed: trouble });
const photos = listenForPhotos({ stage: $("stage"), drop: $("drop"), choose: $("choose"), take: $("take"),
  heard: { photo: takePhoto, trouble } });
listenForMoves({ stage: $("stage"), view, active: () => now === photo && photo.blob !== null, tapped });

const actions = {
  undo: () => draw.strokes.undo() && changed(),
  redo: () => draw.strokes.redo() && changed(),
  clear: () => { draw.strokes.clear(); changed(); },
  erasing: (on) => { pen.erasing = on; showTools(); },
  width: (width) => { chosenWidth = width; showTools(); },
  zoom: (factor) => view.zoomBy(factor),
  fit: () => view.fit(),
  page: (by) => { photo.page += by; return showPage(); },
  choose: photos.choose,
  take: photos.take,
  copy: () => copyText(now.reading.written).then(() => answerTools($("answer-tools"), now.reading, actions, true)),
  savePicture: async () => download(await read(source(), { annotate: true }), "inkread.png"),
  saveJson: () => download(new Blob([JSON.stringify(now.reading, null, 1)], { type: "application/json" }), "inkread.json"),
};

/** What is to be read now, as the API takes it; null for nothing. */
function source() {
  if (now === photo) return photo.blob && { picture: photo.blob, page: photo.page };
  const strokes = pen.drawing ? [...draw.strokes.all, pen.drawing] : draw.strokes.all;
  if (strokes.length === 0) return null;
  return { strokes: Object.assign(new Strokes(), { all: strokes }).toJson(draw.size) };
}

function heard(result, asked) {
  if (asked !== null && (asked.picture ? photo : draw) !== now) return;
  if (asked?.picture && (asked.picture !== photo.blob || asked.page !== photo.page)) return;
  const before = now.reading;
  if (asked?.picture) photo.pages = result.page_count ?? 1;
  now.closeups = result?.closeups ?? null;
  now.reading = now === draw ? asDrawn(result) : result;
  if (now === photo && result && !photo.copied) turnPhoto(result);
  delete now.reading?.closeups;
  const digits = count(result);
  if (now.follows || now.selected === null || now.selected >= digits) {
    now.selected = digits > 0 ? (now === draw ? digits - 1 : 0) : null;
    now.follows = true;
  }
  trouble(null);
  show();
  const moved = JSON.stringify(before?.lines) !== JSON.stringify(result?.lines);
  if (inside.open && moved) now.selected === null ? inside.close() : inside.show(now.selected);
}

/** A photo of a page that lay on its side is shown as it was read. */
function turnPhoto({ turned_degrees: turned, size_wh: size }) {
  if (turned === photo.turned) return;
  Object.assign(photo, { turned, size });
  if ($("stage").classList.contains("has-photo")) turnTo(photo);
}

function show() {
  const empty = now === draw ? draw.strokes.empty : photo.blob === null;
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
  const { strokes } = draw;
  pen.width = penWidth();
  if (now === draw) drawTools($("tools"), { strokes, erasing: pen.erasing, width: chosenWidth }, actions);
  else photoTools($("tools"), photo, actions);
  $("stage").classList.toggle("erasing", now === draw && pen.erasing);
}

function chose(index) {
  if (index < 0 || index >= count(now.reading) || index === null) return;
  now.follows = false;
  now.selected = index;
  boxes.select(index);
  panel.show(now.reading, now.closeups, index);
  if (inside.open) inside.show(index);
}

async function corrects(index, value) {
  try {
    const kept = await correct(source(), index + 1, value);
    panel.note(t(kept.kept ? "kept" : "keptBefore", { value, n: kept.corrections }));
  } catch (error) {
    trouble(error);
  }
}

function closeInside() {
  inside.close();
  $("digit").querySelector(".wide")?.focus();
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
  draw.strokes.add(stroke);
  draw.follows = true;
  changed();
}

function changed() {
  resheet();
  repaint();
  $("empty").hidden = !draw.strokes.empty;
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
  if (now !== draw || !draw.strokes.empty || pen.drawing) return;
  const room = view.room;
  if (room[0] === draw.size[0] && room[1] === draw.size[1]) return;
  draw.size = room;
  view.show(room, true);
}

function repaint() {
  boxes.fit(view);
  if (now !== draw) return;
  paintAll($("canvas"), view, draw.strokes.all);
  if (pen.drawing) paintStroke(prepared($("canvas"), view), pen.drawing);
}

async function takePhoto(blob) {
  if (!/^(image\/|application\/pdf|$)/.test(blob.type)) return trouble(t("notAPicture"));
  Object.assign(photo, { blob, page: 1, pages: 1 });
  return showPage();
}

async function showPage() {
  Object.assign(photo, { turned: 0, copied: false, reading: null, closeups: null, selected: null, follows: true });
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
  $("trouble").textContent = "";
  inside.close();
  view.show(way.size, true);
  layPhoto($("photo"), $("sheet"), photo.turned);
  show();
}

/** A line below the sheet; a missing token is asked for. */
function trouble(error) {
  if (error?.status === 401) {
    if (!$("token").open) $("token").showModal();
    return;
  }
  $("trouble").textContent = error ? inWords(error) : "";
  if (error && now.reading === null) answer.show(null, nothingYet());
}

/** The server calls what it was sent "the picture:". */
function inWords(error) {
  const text = typeof error === "string" ? error : error.message;
  return text.replace(/^the picture: /, t("theFile"));
}

function count(reading) {
  return reading ? reading.lines.reduce((sum, line) => sum + line.digits.length, 0) : 0;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && inside.open && !$("token").open) closeInside();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest?.("input")) return;
  const key = event.key.toLowerCase();
  const known = {
    z: () => (event.shiftKey ? actions.redo() : actions.undo()),
    y: actions.redo,
    o: actions.choose,
    c: () => now.reading && String(getSelection()) === "" && actions.copy(),
  };
  if (!(key in known) || (now !== draw && (key === "z" || key === "y"))) return;
  if (known[key]() !== false) event.preventDefault();
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
