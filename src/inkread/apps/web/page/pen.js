// Pointer events -> strokes. Finger, pen or mouse; a pen's pressure is felt, and while a pen is about, hands that
// rest on the screen draw nothing.
import { paintStroke, prepared } from "./paint.js";

const PALM_MS = 2500;
const TAP_PX = 6;
const TAP_MS = 350;

export class Pen {
  width = 12; // in pixels of the sheet
  erasing = false;
  #stroke = null;
  #pointer = null;
  #penSeen = -Infinity;
  #rubbed = false;

  /**
   * `heard` is told: drew(stroke), moving(), dropped(), rubs(x, y, radius, same) -> whether there was ink,
   * tapped(x, y) -> whether a tap was meant for something.
   */
  constructor({ stage, canvas, view, heard, active }) {
    Object.assign(this, { canvas, view, heard, active });
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerup", (event) => this.#up(event));
    stage.addEventListener("pointercancel", (event) => this.#cancel(event));
    this.stage = stage;
  }

  get drawing() { return this.#stroke; }

  #down(event) {
    if (!this.active() || event.button > 0 || event.target.closest("button")) return;
    const isPen = event.pointerType === "pen";
    if (isPen) {
      this.#penSeen = event.timeStamp;
      if (this.#stroke) this.#drop(); // a palm came first
    }
    if (this.#pointer !== null || (event.pointerType === "touch" && event.timeStamp - this.#penSeen < PALM_MS)) return;
    event.preventDefault();
    this.#pointer = event.pointerId;
    this.stage.setPointerCapture?.(event.pointerId);
    this.#rubbed = false;
    // The other end of many pens rubs out.
    this.rubbing = this.erasing || (isPen && (event.buttons & 32) !== 0);
    if (this.rubbing) return this.#rub(event);
    const at = this.view.toPicture(event);
    this.#stroke = { points: [at], width: this.width, start: event.timeStamp, felt: isPen && event.pressure > 0 };
    if (this.#stroke.felt) this.#stroke.widths = [this.#widthAt(event)];
  }

  #move(event) {
    if (event.pointerType === "pen") this.#penSeen = event.timeStamp;
    if (event.pointerId !== this.#pointer) return;
    if (this.rubbing) return this.#rub(event);
    const { points, widths } = this.#stroke;
    const before = points.length;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) {
      const at = this.view.toPicture(each);
      const last = points.at(-1);
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) < 1.2) continue;
      points.push(at);
      widths?.push(this.#widthAt(each));
    }
    if (points.length > before) {
      paintStroke(prepared(this.canvas, this.view), this.#stroke, before);
      this.heard.moving();
    }
  }

  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    const stroke = this.#stroke;
    this.#pointer = this.#stroke = null;
    if (this.rubbing || !stroke) return;
    const { points, start, felt, ...rest } = stroke;
    const reach = Math.max(...points.map(([x, y]) => Math.hypot(x - points[0][0], y - points[0][1])));
    const tap = reach * this.view.scale < TAP_PX && event.timeStamp - start < TAP_MS;
    if (tap && this.heard.tapped(...points[0])) return;
    this.heard.drew({ ...rest, points: tap ? points.slice(0, 1) : points, ...(tap && felt && { widths: [this.width] }) });
  }

  #cancel(event) {
    if (event.pointerId === this.#pointer) this.#drop();
  }

  #drop() {
    this.#pointer = this.#stroke = null;
    this.heard.dropped();
  }

  #rub(event) {
    const [x, y] = this.view.toPicture(event);
    if (this.heard.rubs(x, y, 8 / this.view.scale, this.#rubbed)) this.#rubbed = true;
  }

  #widthAt(event) {
    return this.width * (0.45 + 1.1 * event.pressure);
  }
}
