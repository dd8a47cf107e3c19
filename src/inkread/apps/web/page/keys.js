// Keys of the whole page: Escape, and what Ctrl or the command key is held with.

/** `known(key)` does what a key is for, and says false if there was nothing to do; `escaped()` is told of Escape. */
export function listenForKeys({ known, escaped }) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") escaped();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest?.("input")) return;
    const act = known[event.key.toLowerCase()];
    if (act && act(event) !== false) event.preventDefault();
  });
}
