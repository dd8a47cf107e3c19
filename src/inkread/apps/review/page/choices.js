// What the entry may be: an answer's runners-up, or copies and students that have what was typed. Knows no page.

const FEW = 8;

const MANY = 40;

/** Answers to one question that are read alike, brought together in groups; all else, and what stands alone, as it is. */
export function grouped(items) {
  const groups = new Map();
  for (const item of items) {
    const alike = item.kind === "answer" && item.guess !== null ? `${item.question}/${item.guess}/${item.by_hand}/${item.comment}` : `${item.sheet}/${item.question}`;
    groups.set(alike, [...(groups.get(alike) ?? []), item]);
  }
  const pieces = [...groups.values()].flatMap((group) => Array.from({ length: Math.ceil(group.length / MANY) }, (_, i) => group.slice(MANY * i, MANY * (i + 1))));
  return pieces.map((group) => (group.length > 1 ? { ...group[0], remark: "", group, without: new Set() } : group[0]));
}

/** For an item and what was typed: what is offered, as {value, text, note}. */
export function options(item, text, review) {
  if (item.kind === "answer") return item.likely.map((one) => ({ value: one.answer, text: one.answer || "no answer", note: `${(100 * one.share).toFixed(1)} % · ${one.points} of ${item.of}` }));
  const typed = text.trim().toLowerCase();
  const students = review.students.map((one) => ({ value: one.number, text: one.name, note: one.number }));
  const searching = typed && typed !== item.guess;
  if (item.kind === "student") return students.filter((one) => (searching ? has(one, typed) : item.candidates.includes(one.value))).slice(0, FEW);
  const copies = review.copies.map((one) => ({ value: `copy ${one.copy}`, text: `copy ${one.copy}`, note: one.student }));
  if (!searching) return copies.filter((one) => one.value === item.guess);
  const exact = [...copies, ...students].filter((one) => one.value === typed);
  return exact.length === 1 ? exact : [...copies, ...students].filter((one) => has(one, typed)).slice(0, FEW);
}

const has = (one, typed) => `${one.value} ${one.text} ${one.note}`.toLowerCase().includes(typed);

/** What is known of whoever was typed. */
export function known(item, typed, review) {
  if (!typed) return item.kind === "page" ? "no page of this exam: left out" : "nobody’s";
  const copy = review.copies.find((one) => `copy ${one.copy}` === typed);
  if (copy) return copy.student;
  return review.students.find((one) => one.number === typed)?.name ?? "";
}
