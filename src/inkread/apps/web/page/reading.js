// Reads while somebody draws: one request at a time, and the latest state of the sheet always wins.
import { Refused, read } from "./api.js";

export class Live {
  #running = false;
  #again = false;

  /** `asks()` is what is to be read now: its `source`, and what else is to be told again; or null for nothing.
   *  `heard` is told: read(result, asked), failed(error, asked). */
  constructor(asks, heard) {
    Object.assign(this, { asks, heard, idle: Promise.resolve() });
  }

  /** Reads now, or as soon as the reading that is on its way is back. `idle` is when all has been read. */
  wake() {
    this.#again = true;
    if (!this.#running) this.idle = this.#run();
    return this.idle;
  }

  async #run() {
    this.#running = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#read(this.asks());
      }
    } finally {
      this.#running = false;
    }
  }

  async #read(asked) {
    if (asked === null) return;
    try {
      this.heard.read(await read(asked.source, { closeups: true, ...asked.wishes }), asked);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.heard.failed(error, asked);
    }
  }
}
