// What was read as people have corrected it: as JSON, and as the server is told it for a picture.
import { asSent } from "./turned.js";

/** The reading with what was said of its digits; `said` tells what, `read` what was read. */
export function asReading(model, { closeups, ...reading }) {
  const lines = model.lines.map((line) => ({
    text: line.map((part) => part.text).join(""),
    confidence: line.reduce((product, part) => product * part.confidence, 1),
    digits: line.map((part) => (part.edit ? edited(part) : part.read)),
  }));
  const written = model.number.replaceAll(" ", "");
  const rejected = model.scraps.map(({ read, edit }) => (edit ? { box: read.box, reason: "left out by hand" } : read));
  return { ...reading, text: lines.map((line) => line.text).join("\n"), written, confidence: model.confidence, lines, rejected };
}

function edited({ box, value, guessed, kind }) {
  const was = guessed === null ? {} : { read: { value: guessed } };
  return { value, confidence: 1, doubtful: false, box: box.map(Math.round), runners_up: [], said: kind, ...was };
}

/** What was said of the digits, as the API takes it beside a reading. */
export function sayings(model, reading) {
  const parts = model.parts.filter((part) => part.edit);
  return {
    corrected: parts.filter((part) => part.read).map((part) => `${part.ink.sent}:${part.value ?? ""}`),
    inserted: parts.filter((part) => !part.read).map((part) => `${asSent(part.box, reading)}:${part.value}`),
  };
}
