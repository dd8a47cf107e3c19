// Elements and icons. Text is only ever set as text: nothing that a server or a file says becomes markup.

const ICONS = {
  pen: "M4 20l4.500-1L20 7.500 16.500 4 5 15.500zM14 6.500L17.500 10",
  photo: "M4 5h16v14H4zM4 15.500l5-5 5 5M12.500 14l2.500-2.500 5 5M15.500 8.200a.8.8 0 1 1 0 1.600.8.8 0 0 1 0-1.600",
  camera: "M4 8h3.500l1.500-2.500h6L16.500 8H20v11H4zM12 10.200a3 3 0 1 1 0 6.001 3 3 0 0 1 0-6",
  eraser: "M9 19h11M5 14.500L13.500 6l5 5L11 19H8.500L5 15.500z M9.500 10l5 5",
  undo: "M8 5L4 9l4 4M4 9h9.500a5 5 0 0 1 0 10H9",
  redo: "M16 5l4 4-4 4M20 9h-9.500a5 5 0 0 0 0 10H15",
  clear: "M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  copy: "M9 9h10v11H9zM5 15V4h10v2",
  speak: "M4 9.500v5h3.500L12 19V5L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a7.500 7.500 0 0 1 0 11",
  check: "M5 12.500l4.500 4.500L19 7",
  picture: "M20 11V5H4v13h7M4 15l4.500-4 3.500 3M17.500 14v6M15 17.500l2.500 2.500 2.500-2.500",
  json: "M9 4.500c-2.500 0-3 1-3 3v1.800c0 1.500-.6 2.200-2 2.700 1.400.5 2 1.200 2 2.700v1.800c0 2 .5 3 3 3M15 4.500c2.500 0 3 1 3 3v1.800c0 1.500.6 2.200 2 2.700-1.400.5-2 1.200-2 2.700v1.800c0 2-.5 3-3 3",
  table: "M4 5h16v14H4zM4 9.700h16M4 14.300h16M9.300 5v14M14.700 5v14",
  left: "M14.500 6l-6 6 6 6",
  right: "M9.500 6l6 6-6 6",
  close: "M6 6l12 12M18 6L6 18",
  eye: "M3 12c3-5 6-6.500 9-6.500s6 1.500 9 6.500c-3 5-6 6.500-9 6.500S6 17 3 12zM12 9.200a2.800 2.800 0 1 1 0 5.600 2.800 2.800 0 0 1 0-5.600",
};

/** An element: properties, attributes (with a dash, or "role" and the like), and what is in it. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-")) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function icon(name) {
  return shape("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, shape("path", { d: ICONS[name] }));
}

/** An element of SVG with attributes. */
export function shape(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A button with an icon, and a label that may be hidden where room is short. */
export function button(name, label, onclick, { long = "", shy = false, kind = "" } = {}) {
  const text = el("span", { className: shy ? "label shy" : "label" }, label);
  const made = el("button", { type: "button", className: `button ${kind}`, onclick, title: long || label }, text);
  if (name) made.prepend(icon(name));
  made.setAttribute("aria-label", long || label);
  return made;
}

/** The value of a colour of the style sheet, as the theme has it now. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Bytes from Base64. */
export function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export const asBlob = (text, type = "image/png") => new Blob([bytes(text)], { type });
