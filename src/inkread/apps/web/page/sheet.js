// Strokes: as the API takes them, and where they are.

/** Strokes on a sheet of this size, as the API takes them. */
export function asJson(strokes, [width, height]) {
  const told = strokes.map(({ points, width: pen, widths }) => ({
    points: points.map(([x, y]) => [round(x), round(y)]),
    width: round(pen),
    ...(widths && { widths: widths.map(round) }),
  }));
  return { size_wh: [Math.round(width), Math.round(height)], strokes: told };
}

const round = (value) => Math.round(10 * value) / 10;

/** The box of a stroke, with the width of its pen. */
export function boundsOf({ points, width }) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs) - width / 2, Math.min(...ys) - width / 2, Math.max(...xs) + width / 2, Math.max(...ys) + width / 2];
}

/** The strokes that do not come within the radius of (x, y). */
export const withoutThoseAt = (strokes, x, y, radius) => strokes.filter((stroke) => distance(stroke, x, y) > radius);

/** From (x, y) to the nearest ink of a stroke. */
function distance({ points, width }, x, y) {
  let nearest = Infinity;
  points.forEach(([x1, y1], i) => {
    const [x0, y0] = points[Math.max(0, i - 1)];
    const [dx, dy] = [x1 - x0, y1 - y0];
    const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
    nearest = Math.min(nearest, Math.hypot(x - x0 - along * dx, y - y0 - along * dy));
  });
  return Math.max(0, nearest - width / 2);
}
