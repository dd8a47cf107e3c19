// Read pictures with a server: `inkread serve`, then `node http_client.mjs photo.jpg more.png` (Node 20 or later).
import { openAsBlob } from "node:fs";

const { INKREAD_SERVER: server = "http://127.0.0.1:8000", INKREAD_TOKEN: token } = process.env;
const headers = token ? { Authorization: `Bearer ${token}` } : {};

for (const path of process.argv.slice(2)) {
  const body = new FormData();
  body.append("picture", await openAsBlob(path), path);
  const answer = await fetch(`${server}/v1/read`, { method: "POST", headers, body });
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${told.detail}; ${told.hint}`);
  for (const reading of told.pages ?? [told]) console.log(`${path}\t${reading.text ?? reading.detail}`);
}
