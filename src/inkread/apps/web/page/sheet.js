// What is on the sheet: strokes, and what people said digits are; with undo, redo, an eraser. Knows no canvas and no server.

export class Sheet {
  #done = [];
  #undone = [];
  #now = { strokes: [], corrections: [] };

  get strokes() { return this.#now.strokes; }
  get corrections() { return this.#now.corrections; }
  get canUndo() { return this.#done.length > 0; }
  get canRedo() { return this.#undone.length > 0; }
  get empty() { return this.strokes.length === 0; }

  add(stroke) { this.#become({ strokes: [...this.strokes, stroke] }); }

  clear() { if (!this.empty) this.#become({ strokes: [] }); }

  correct(corrections) { this.#become({ corrections }); }

  undo() { return this.#step(this.#done, this.#undone); }

  redo() { return this.#step(this.#undone, this.#done); }

  /** Takes away each stroke that comes within the radius of (x, y). While one rubs, it is one change. */
  erase(x, y, radius, sameChange) {
    const strokes = this.strokes.filter((stroke) => distance(stroke, x, y) > radius);
    if (strokes.length === this.strokes.length) return false;
    if (sameChange) this.#now = { ...this.#now, strokes };
    else this.#become({ strokes });
    return true;
  }

  #become(change) {
    this.#done.push(this.#now);
    this.#undone = [];
    this.#now = { ...this.#now, ...change };
  }

  #step(from, to) {
    if (from.length === 0) return false;
    to.push(this.#now);
    this.#now = from.pop();
    return true;
  }
}

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

/** From (x, y) to the nearest ink of a stroke. */
export function distance({ points, width }, x, y) {
  let nearest = Infinity;
  points.forEach(([x1, y1], i) => {
    const [x0, y0] = points[Math.max(0, i - 1)];
    const [dx, dy] = [x1 - x0, y1 - y0];
    const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
    nearest = Math.min(nearest, Math.hypot(x - x0 - along * dx, y - y0 - along * dy));
  });
  return Math.max(0, nearest - width / 2);
}
