// The server's API: readings, corrections, what the network sees. Nothing else is ever asked for.
import { t } from "./texts.js";

const MINE = "inkread-mine";

/** Whether corrections change how digits are read; remembered. */
export const heedsMine = () => localStorage.getItem(MINE) !== "no";
export const heedMine = (on) => localStorage.setItem(MINE, on ? "yes" : "no");

export class Refused extends Error {
  constructor(status, fields) {
    super([fields.detail, fields.hint].filter(Boolean).join("; ") || t("offline"));
    Object.assign(this, { status, word: fields.error });
  }
}

let entering = Promise.resolve();

/** A token that came in the address, after #, is taken out of it and sent; rejects if the server does not take it. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return null;
  history.replaceState(null, "", location.pathname);
  return enter(given, true);
}

/** Has the server give the browser a cookie for a token: until the browser is closed, or remembered. */
export function enter(token, remember) {
  const asked = send("/enter", { method: "POST", body: JSON.stringify({ token, remember }) });
  entering = asked.catch(() => null); // what is asked for meanwhile waits
  return asked;
}

/** Reads a source: {strokes}, or {picture} and the number of its {page}. What else is wanted: closeups, inside, annotate, upright. */
export async function read(source, wishes = {}) {
  const answer = await ask(source.picture ? "/v1/read" : "/v1/read/strokes", source, wishes);
  return wishes.annotate ? answer.blob() : answer.json();
}

/** Tells the server what the digit in a box of this source's reading really is. */
export async function correct(source, box, label) {
  return (await ask("/v1/corrections", source, { box: box.join(), label })).json();
}

/** The corrections that the server keeps, the newest first. */
export const keptCorrections = async () => (await send("/v1/corrections", {})).json();

/** Has the server remove a correction, or all; null if it is gone already. */
export async function forget(id = "") {
  try {
    return await (await send(`/v1/corrections${id && `/${id}`}`, { method: "DELETE" })).json();
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** The tables on a picture, each with its cells. */
export async function readTables(source, wishes) {
  return (await (await ask("/v1/tables", source, wishes)).json()).tables;
}

/** Tables as a file: "csv" or "xlsx". */
export async function fileOf(tables, format) {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ tables }) };
  return (await send(`/v1/tables/${format}`, request)).blob();
}

function ask(path, source, wishes) {
  const asked = { ...(source.picture && { page: source.page }), ...(heedsMine() && { mine: true }), ...wishes };
  const plain = (value) => String(value === true ? 1 : value);
  const query = new URLSearchParams(Object.entries(asked).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, plain(each)])));
  const headers = { "Content-Type": source.picture ? typeOf(source.picture) : "application/json" };
  return send(`${path}?${query}`, { method: "POST", headers, body: source.picture ?? JSON.stringify(source.strokes) });
}

async function send(address, request) {
  await entering;
  for (let attempt = 1; ; attempt += 1) {
    let answer;
    try {
      answer = await fetch(address, request);
    } catch {
      throw new Refused(0, { detail: t("offline") });
    }
    if (answer.ok) return answer;
    if (answer.status === 503 && attempt < 5) {
      await new Promise((later) => setTimeout(later, 1000 * Number(answer.headers.get("Retry-After") ?? 1)));
      continue;
    }
    throw new Refused(answer.status, await answer.json().catch(() => ({})));
  }
}

/** The server goes by the content; only a type that is no picture's would be refused unseen. */
function typeOf(picture) {
  return picture.type.startsWith("image/") ? picture.type : "application/octet-stream";
}
