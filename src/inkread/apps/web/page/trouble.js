// What went wrong: a line below the sheet. A missing token is asked for once; who leaves that may come back to it.
import { enter } from "./api.js";
import { button } from "./dom.js";
import { t } from "./texts.js";

export class Trouble {
  #lasts = false;
  #left = false;

  /** `token` is the dialog that asks for it; `entered()` is told. */
  constructor({ place, token, entered }) {
    Object.assign(this, { place, token });
    token.querySelector("[value=later]").addEventListener("click", () => token.close("later"));
    token.addEventListener("close", async () => {
      const { value } = token.querySelector("[type=password]");
      this.#left = token.returnValue !== "use";
      if (this.#left) return this.#askAgain();
      token.querySelector("[type=password]").value = "";
      this.tell(null);
      return enter(value, token.querySelector("[type=checkbox]").checked).then(entered, (error) => this.tell(error));
    });
  }

  /** Tells of an error, or of none; if it is to last, readings that come meanwhile do not put it away. */
  tell(error, lasts = false) {
    this.#lasts = lasts && error !== null;
    if (error?.status !== 401) this.place.textContent = error ? inWords(error) : "";
    else if (this.#left) this.#askAgain();
    else if (!this.token.open) this.#ask(error.word === "token_wrong" ? inWords(error) : "");
  }

  /** A reading has come: what it says is no trouble. */
  read() { if (!this.#lasts) this.tell(null); }

  /** Something else is on the sheet: what was said is no longer of it. */
  changed() { this.#lasts = false; }

  /** Asks for the token, and says why the last one was not taken. */
  #ask(why = "") {
    this.token.querySelector(".trouble").textContent = why;
    this.token.returnValue = "";
    this.token.showModal();
  }

  #askAgain() {
    this.place.replaceChildren(`${t("tokenMissing")} `, button("", t("tokenEnter"), () => this.#ask(), { kind: "outlined" }));
  }
}

/** The server calls what it was sent "the picture:". */
function inWords(error) {
  const text = typeof error === "string" ? error : error.message;
  const told = text.replace(/^the picture: /, t("theFile"));
  return told.charAt(0).toUpperCase() + told.slice(1);
}
