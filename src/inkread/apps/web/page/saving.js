// Copying and downloading what was read.
import { el } from "./dom.js";

/** Text into the clipboard, also where the page does not come from this very machine over HTTPS. */
export async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = el("textarea", { value: text, className: "unseen" });
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  before?.focus();
}

/** Has the browser say a number, digit by digit. */
export function speak(written, names) {
  speechSynthesis.cancel();
  const words = [...written].map((each) => ("\n ".includes(each) ? "," : names[each] ?? each)).join(" ");
  speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(words), { lang: document.documentElement.lang }));
}

export function download(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
