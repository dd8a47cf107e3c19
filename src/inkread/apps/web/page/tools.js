// The buttons: for drawing, for photos, for what was read; and what an empty sheet says.
import { button, el, shape } from "./dom.js";
import { t } from "./texts.js";

/** Whether people point with a finger, on what is likely to have a camera. */
export const byTouch = matchMedia("(pointer: coarse)");

export const WIDTHS = { thin: 7, medium: 12, thick: 20 };

/**
 * Puts other buttons into a place; the focus stays on the one that had it, by its name. The same ones stay: a button that
 * was replaced while it is pressed would not be clicked.
 */
function put(place, ...groups) {
  const there = [...place.children];
  if (there.length === groups.length && groups.every((each, i) => each.isEqualNode(there[i]))) return;
  const had = place.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  place.replaceChildren(...groups);
  if (had) (place.querySelector(`[data-name="${had}"]:not(:disabled)`) ?? place.querySelector("button:not(:disabled)"))?.focus();
}

function tool(name, label, act, { pressed, off = false, ...how } = {}) {
  const made = button(name, label, act, how);
  made.dataset.name = label;
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  made.disabled = off;
  return made;
}

const group = (label, ...buttons) => {
  const made = el("div", { className: "group" }, ...buttons);
  if (label) Object.entries({ role: "group", "aria-label": label }).forEach(([name, value]) => made.setAttribute(name, value));
  return made;
};

export function drawTools(place, { model, erasing, width }, actions) {
  const dots = Object.entries(WIDTHS).map(([name, size]) => {
    const dot = tool("", t(name), () => { actions.erasing(false); actions.width(size); }, { pressed: !erasing && width === size, kind: "dot" });
    const mark = el("span", { className: "dot-mark" });
    mark.style.setProperty("--size", `${size * 0.85}px`);
    dot.replaceChildren(mark);
    return dot;
  });
  put(place,
    group("", tool("pen", t("pen"), () => actions.erasing(false), { pressed: !erasing, shy: true }),
      tool("eraser", t("eraser"), () => actions.erasing(true), { pressed: erasing, shy: true })),
    group(t("width"), ...dots),
    group("", ...steps(model, actions), tool("clear", t("clear"), actions.clear, { off: model.isBlank, shy: true })));
}

const steps = (model, actions) => [
  tool("undo", t("undo"), actions.undo, { off: !model.canUndo, shy: true }),
  tool("redo", t("redo"), actions.redo, { off: !model.canRedo, shy: true }),
];

export function photoTools(place, { blob, page, pages, model, tabling }, actions) {
  const there = blob !== null;
  const pick = ways(actions).map(([icon, label, act]) => tool(icon, byTouch.matches ? label : t("anotherPhoto"), act, { long: label, shy: byTouch.matches }));
  const zoom = [["minus", "zoomOut", () => actions.zoom(1 / 1.5)], ["fit", "zoomFit", actions.fit], ["plus", "zoomIn", () => actions.zoom(1.5)]];
  const turn = (name, label, by, off) => tool(name, t(label), () => actions.page(by), { shy: true, off });
  const pager = [turn("left", "pageBefore", -1, page === 1), el("span", { className: "page-number" }, t("pageOf", { n: page, all: pages })),
    turn("right", "pageAfter", 1, page === pages)];
  const corrected = model.canUndo || model.canRedo;
  put(place, ...(there ? [group("", ...pick), ...(pages > 1 ? [group(t("pages"), ...pager)] : []),
    ...(corrected ? [group("", ...steps(model, actions))] : []),
    group("", tool("table", t("table"), actions.table, { pressed: tabling, shy: true, long: t("tableLong") })),
    group("", ...zoom.map(([name, label, act]) => tool(name, t(label), act, { kind: "iconic" })))] : []));
}

export function answerTools(place, any, actions, copied = false) {
  put(place, ...(any ? [
    ...("speechSynthesis" in window ? [tool("speak", t("speak"), actions.speak, { kind: "quiet", shy: true })] : []),
    tool(copied ? "check" : "copy", t(copied ? "copied" : "copy"), actions.copy, { kind: "quiet", shy: true }),
    tool("picture", t("savePicture"), actions.savePicture, { kind: "quiet", shy: true, long: t("savePictureLong") }),
    tool("json", t("saveJson"), actions.saveJson, { kind: "quiet", shy: true, long: t("saveJsonLong") }),
  ] : []));
}

export function emptyState(place, drawing, actions) {
  const more = el("p", { className: "empty-more" }, t(drawing ? "emptyDrawMore" : "emptyPhotoMore"));
  const parts = [el("p", { className: "empty-title" }, t(drawing ? "emptyDraw" : "emptyPhoto")), more];
  if (drawing) parts.unshift(example());
  else {
    parts.push(el("div", { className: "empty-buttons" }, ...ways(actions).map(([icon, label, act], i) => button(icon, label, act, { kind: i === 0 ? "strong" : "outlined" }))));
  }
  place.replaceChildren(...parts);
}

/** How a photo comes in: the camera first where a finger points. */
const ways = (actions) => [
  ...(byTouch.matches ? [["camera", t("takePhoto"), actions.take]] : []),
  ["photo", t("choosePhoto"), actions.choose],
];

/** A number in a faint hand. */
function example() {
  const svg = shape("svg", { viewBox: "0 0 190 84", class: "example", "aria-hidden": "true" });
  for (const d of [
    "M12 24C16 8 40 6 44 20c3 14-18 34-34 50 12-4 24-4 38-2",
    "M84 14C66 14 62 34 64 50c2 22 28 24 32 2 4-20 0-38-12-38z",
    "M116 22c4-12 28-14 30 0 2 12-12 16-20 17 12 0 24 5 23 17-1 16-28 18-35 6",
    "M184 10c-10 6-20 22-22 38-2 16 4 24 13 23 10-1 14-14 9-21-6-8-18-3-22 6",
  ]) svg.append(shape("path", { d }));
  return svg;
}
