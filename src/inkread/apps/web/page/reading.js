// Reads while somebody draws: one request at a time, and the latest state of the sheet always wins.
import { Refused, read } from "./api.js";

export class Live {
  #running = false;
  #again = false;

  /** `source()` is what is to be read now, or null for nothing; `heard` is told: read(result, source), failed(error). */
  constructor(source, heard) {
    Object.assign(this, { source, heard });
  }

  /** Reads now, or as soon as the reading that is on its way is back. */
  async wake() {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#read(this.source());
      }
    } finally {
      this.#running = false;
    }
  }

  async #read(source) {
    try {
      const result = source && (await read(source, { closeups: true }));
      this.heard.read(result, source);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.heard.failed(error);
    }
  }
}
