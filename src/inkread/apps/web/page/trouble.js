// What went wrong: a line below the sheet; a missing token is asked for.
import { t } from "./texts.js";

export class Trouble {
  #lasts = false;

  constructor({ place, token }) {
    Object.assign(this, { place, token });
  }

  /** Tells of an error, or of none; if it is to last, readings that come meanwhile do not put it away. */
  tell(error, lasts = false) {
    this.#lasts = lasts && error !== null;
    if (error?.status !== 401) this.place.textContent = error ? inWords(error) : "";
    else if (!this.token.open) this.token.showModal();
  }

  /** A reading has come: what it says is no trouble. */
  read() { if (!this.#lasts) this.tell(null); }

  /** Something else is on the sheet: what was said is no longer of it. */
  changed() { this.#lasts = false; }
}

/** The server calls what it was sent "the picture:". */
function inWords(error) {
  const text = typeof error === "string" ? error : error.message;
  return text.replace(/^the picture: /, t("theFile"));
}
