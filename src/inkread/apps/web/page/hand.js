// What was learned from corrections: a list to look through and to forget from, and a switch.
import { forget, heedMine, heedsMine, keptCorrections } from "./api.js";
import { asBlob, button, el } from "./dom.js";
import { t } from "./texts.js";

export class Hand {
  /** `heard` is told: changed(), forgotAll(count), failed(error). */
  constructor(dialog, opener, heard) {
    Object.assign(this, { dialog, heard });
    opener.addEventListener("click", () => this.open());
  }

  async open() {
    await this.#show(keptCorrections);
    if (!this.dialog.open) this.dialog.showModal();
  }

  async #show(ask) {
    try {
      this.#fill(await ask());
    } catch (error) {
      this.dialog.close();
      this.heard.failed(error);
    }
  }

  #fill({ corrections: n, newest }) {
    const heeds = el("input", { type: "checkbox", id: "hand-on", checked: heedsMine(),
      onchange: (event) => { heedMine(event.target.checked); this.heard.changed(); } });
    const rows = newest.map((each) => this.#row(each));
    this.dialog.replaceChildren(
      el("h2", {}, t("handTitle")),
      el("p", {}, t(n > 0 ? "handAbout" : "handNone", { n })),
      el("label", { className: "switch" }, heeds, t("handOn")),
      el("ul", { className: "kept" }, ...rows),
      el("div", { className: "row" },
        ...(n > 0 ? [button("clear", t("forgetAll", { n }), () => this.#forget("", n))] : []),
        button("close", t("handClose"), () => this.dialog.close(), { kind: "strong" })),
    );
  }

  #row({ id, label, guessed, png }) {
    const said = t(guessed === null ? "keptUnread" : "keptAs", { label, guessed });
    const image = el("img", { src: URL.createObjectURL(asBlob(png)), alt: "", className: "kept-ink", onload: (event) => URL.revokeObjectURL(event.target.src) });
    return el("li", {}, image, el("span", {}, said), button("clear", t("forget"), () => this.#forget(id), { long: t("forgetThis", { said }), kind: "quiet" }));
  }

  async #forget(id, n) {
    await this.#show(async () => {
      await forget(id);
      if (!id) this.heard.forgotAll(n);
      return keptCorrections();
    });
    this.dialog.querySelector("button")?.focus();
    this.heard.changed();
  }
}
