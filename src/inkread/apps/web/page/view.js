// Where a picture of some size is shown in the stage: fitted, zoomed, moved. Knows nothing of what is on it.

const ZOOM_MAX = 12;

export class View {
  constructor(stage, sheet, changed) {
    Object.assign(this, { stage, sheet, changed, size: [1, 1], zoom: 1, x: 0, y: 0, enlarges: true });
    new ResizeObserver(() => this.#resized()).observe(stage);
  }

  /** A picture of another size: shown whole. `enlarges`: whether a small one fills the stage. */
  show(size, enlarges) {
    Object.assign(this, { size, enlarges });
    this.fit();
  }

  get room() { return [this.stage.clientWidth, this.stage.clientHeight]; }

  get fitting() {
    const [width, height] = this.room;
    const scale = Math.min(width / this.size[0], height / this.size[1]);
    return this.enlarges ? scale : Math.min(1, scale);
  }

  get scale() { return this.fitting * this.zoom; }

  fit() {
    this.zoom = 1;
    this.#centre();
    this.#apply();
  }

  /** Zooms by a factor; the point (x, y) of the stage stays where it is. */
  zoomBy(factor, x = this.room[0] / 2, y = this.room[1] / 2) {
    const before = this.scale;
    this.zoom = Math.min(ZOOM_MAX, Math.max(1, this.zoom * factor));
    const by = this.scale / before;
    this.x = x - (x - this.x) * by;
    this.y = y - (y - this.y) * by;
    this.#keepIn();
    this.#apply();
  }

  moveBy(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#keepIn();
    this.#apply();
  }

  /** A point of the screen in pixels of the picture. */
  toPicture(event) {
    const at = this.stage.getBoundingClientRect();
    return [(event.clientX - at.left - this.stage.clientLeft - this.x) / this.scale,
      (event.clientY - at.top - this.stage.clientTop - this.y) / this.scale];
  }

  #resized() {
    if (this.zoom === 1) this.#centre();
    this.#keepIn();
    this.#apply();
  }

  #centre() {
    this.x = (this.room[0] - this.size[0] * this.scale) / 2;
    this.y = (this.room[1] - this.size[1] * this.scale) / 2;
  }

  /** No farther than that an edge of the picture reaches the edge of the stage; centred where it is smaller. */
  #keepIn() {
    [this.x, this.y] = [this.x, this.y].map((at, i) => {
      const slack = this.room[i] - this.size[i] * this.scale;
      return slack >= 0 ? slack / 2 : Math.min(0, Math.max(slack, at));
    });
  }

  #apply() {
    const { style } = this.sheet;
    style.setProperty("--scale", String(this.scale));
    style.transform = `translate(${this.x}px, ${this.y}px)`;
    style.width = `${this.size[0] * this.scale}px`;
    style.height = `${this.size[1] * this.scale}px`;
    this.changed(this);
  }
}
