// Rectangles in fractions of a page: drawn, moved, resized, kept on the page. Knows no page of the browser.

const LEAST = 0.012;

const round = (value) => Math.round(value * 10000) / 10000;
const within = (value, least, most) => Math.min(Math.max(value, least), most);

/** The rectangle between two points. */
export function between([x, y], [u, v]) {
  return [x, y, u, v].every(Number.isFinite) ? tidy([Math.min(x, u), Math.min(y, v), Math.max(x, u), Math.max(y, v)]) : null;
}

/** Whether it is large enough to be meant. */
export const isDrawn = (box) => box[2] - box[0] >= LEAST && box[3] - box[1] >= LEAST / 2;

/** The rectangle moved, not over the edge of the page. */
export function moved([left, top, right, bottom], dx, dy) {
  const x = within(dx, -left, 1 - right);
  const y = within(dy, -top, 1 - bottom);
  return tidy([left + x, top + y, right + x, bottom + y]);
}

/** The rectangle with one corner ("nw", "ne", "sw", "se") moved. */
export function resized([left, top, right, bottom], corner, dx, dy) {
  if (corner.includes("w")) left = within(left + dx, 0, right - LEAST);
  else right = within(right + dx, left + LEAST, 1);
  if (corner.includes("n")) top = within(top + dy, 0, bottom - LEAST / 2);
  else bottom = within(bottom + dy, top + LEAST / 2, 1);
  return tidy([left, top, right, bottom]);
}

const tidy = (box) => box.map((edge) => round(within(edge, 0, 1)));

/** The name of the next question: one more than the largest number. */
export function nextName(names) {
  return String(1 + Math.max(0, ...names.map((name) => Number.parseInt(name, 10) || 0)));
}
