// A photo that is chosen, taken, dropped or pasted. It goes to the server as it is, and is shown from memory.
import { t } from "./texts.js";

/** `heard` is told: photo(blob), trouble(text). Returns what opens the system's dialogs. */
export function listenForPhotos({ stage, drop, choose, take, heard }) {
  for (const input of [choose, take]) {
    input.addEventListener("change", () => {
      if (input.files.length > 0) heard.photo(input.files[0]);
      input.value = "";
    });
  }
  let depth = 0;
  const over = (by) => {
    depth = Math.max(0, depth + by);
    drop.hidden = depth === 0;
  };
  const hasFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragenter", (event) => hasFile(event) && over(1));
  document.addEventListener("dragleave", (event) => hasFile(event) && over(-1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(-Infinity);
    const file = event.dataTransfer?.files[0];
    if (file) heard.photo(file);
  });
  document.addEventListener("paste", (event) => {
    if (event.target.closest?.("input")) return;
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (file) heard.photo(file);
    else heard.trouble(t("clipboardEmpty"));
  });
  return { choose: () => choose.click(), take: () => take.click() };
}

/** Zooms and moves a photo: wheel with Ctrl, two fingers, or drag. */
export function listenForMoves({ stage, view, active, tapped }) {
  const down = new Map();
  let moved = 0;
  stage.addEventListener("wheel", (event) => {
    if (!active() || !event.ctrlKey) return;
    event.preventDefault();
    zoomAt(event, Math.exp(-event.deltaY / 200));
  }, { passive: false });
  stage.addEventListener("pointerdown", (event) => {
    if (!active() || event.button > 0) return;
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, event);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before || !active()) return;
    const others = [...down.values()].filter((each) => each !== before);
    moved += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
    if (others.length > 0) {
      const apart = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1;
      zoomAt(event, apart(event, others[0]) / apart(before, others[0]));
    } else if (moved > 4) {
      view.moveBy(event.clientX - before.clientX, event.clientY - before.clientY);
    }
    down.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    stage.addEventListener(name, (event) => {
      if (down.delete(event.pointerId) && name === "pointerup" && moved <= 4 && active()) tapped(...view.toPicture(event));
    });
  }

  function zoomAt(event, factor) {
    const at = stage.getBoundingClientRect();
    view.zoomBy(factor, event.clientX - at.left, event.clientY - at.top);
  }
}

/** Of these a browser that shows them at all shows the first page only. */
const PAGED = /^(application\/pdf|image\/tiff?)$/;

/** Puts the picture into the <img>; the server's upright copy where the browser cannot show the file or the page itself.
 *  `isShown` says whether it still is what is to be seen. */
export async function showIn(img, blob, upright, isShown) {
  const put = (content) => {
    if (img.src) URL.revokeObjectURL(img.src);
    img.src = URL.createObjectURL(content);
    return img.decode();
  };
  try {
    if (PAGED.test(blob.type)) throw new Error("paged");
    await put(blob);
  } catch {
    const copy = await upright();
    if (isShown()) await put(copy);
  }
  return [img.naturalWidth, img.naturalHeight];
}
