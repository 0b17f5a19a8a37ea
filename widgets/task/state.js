// What a task's figures mean for the page: words, keys and parts. No elements here.

import { optionKeys } from "../questionnaire/keys.js";

/** The stages of an answer, from the last to the first, with what they are called here. */
export const STAGE_WORDS = {
  settled: "settled",
  contested: "contested",
  scored: "scored",
  shown: "to be judged",
  fixed: "answered, secret still",
  held: "being answered",
  free: "not taken",
};

export const TASK_STATES = {
  open: "open for answers",
  revealing: "answers are being shown",
  scoring: "to be judged",
  disputes: "scores can be disputed",
  ended: "all is decided",
  closed: "closed",
};

/** When what comes next: [words, the task's own name for the time], or null. */
export function nextTime(state) {
  return {
    open: ["answers until", "deadline"],
    revealing: ["shown until", "reveal_until"],
    scoring: ["judge until", "score_until"],
    disputes: ["decided", "ends"],
  }[state] ?? null;
}

/** The counts of a cell with those that nobody took, by stage: [["settled", 2], …, ["free", 1]]. */
export function stageCounts(counts, stages, places) {
  const named = stages.map((stage, at) => [stage, counts[at]]);
  const taken = counts.reduce((sum, count) => sum + count, 0);
  return [...named, ["free", Math.max(0, places - taken)]];
}

/** How many places a cell has: the last one may stand for fewer batches. */
export function cellPlaces(batches, index) {
  const first = index * batches.each;
  return Math.min(batches.each, batches.batches - first) * batches.places;
}

/** What a cell says: "batch 4: 2 to be judged, 1 not taken". */
export function cellWords(batches, index) {
  const first = index * batches.each;
  const last = Math.min(batches.batches, first + batches.each) - 1;
  const name = first === last ? `batch ${first}` : `batches ${first} to ${last}`;
  const told = stageCounts(batches.cells[index], batches.stages, cellPlaces(batches, index))
    .filter(([, count]) => count)
    .map(([stage, count]) => `${count} ${STAGE_WORDS[stage]}`);
  return `${name}: ${told.join(", ")}`;
}

/** The keys that do something with what is looked at, besides those that choose. */
/** Why nothing can be decided on items and sheets now, or "". */
export function whyNotDecide(task, connected) {
  if (!connected) return "The kernel is gone; run the cell again.";
  return task.owner || task.validator ? "" : "Only the model’s owner and the task’s validators decide.";
}

export const REVIEW_KEYS = ["a", "r", "u", "j", "k"];
// What the frame and the panel itself do.
const TAKEN = [...REVIEW_KEYS, "c", "e", "l", "g", "?"];
const MOST_CHOICES = 12;

/**
 * What can be chosen as right of an item: [{key, words, count, who, send}], in the order shown.
 *
 * Where answers are from a list these are its options, however many were said; else what was
 * answered, each once. `send` is what the kernel is told.
 */
export function choicesFor(row, question) {
  const told = { item: row.item, question: row.question };
  const groups = new Map();
  for (const { who, words, value } of row.answers) {
    // Marks in an image can differ where the words for them do not.
    const key = value == null ? words : JSON.stringify(value);
    const group = groups.get(key) ?? { words, value, who: [] };
    group.who.push(who);
    groups.set(key, group);
  }
  const list = ["single_choice", "scale", "preference"].includes(question.type);
  let choices;
  if (list) {
    choices = question.labels.map((words, at) => ({
      words,
      who: groups.get(words)?.who ?? [],
      send: { do: "right", ...told, value: question.values[at] },
    }));
    if (choices.length > MOST_CHOICES) choices = choices.filter(({ who }) => who.length);
  } else {
    choices = [...groups.values()].map(({ words, value, who }) => ({
      words,
      value,
      who,
      send: { do: "agree", ...told, who: who[0] },
    }));
  }
  const keys = list ? optionKeys(choices.map(({ words }) => words), {}, TAKEN) : numbered(choices);
  return choices.map((choice, at) => ({ ...choice, count: choice.who.length, key: keys[at] }));
}

function numbered(choices) {
  return choices.map((_, at) => (at < 9 ? String(at + 1) : ""));
}

/** What is decided, {item, question, …} or {sheet, …}, without what was taken back: each undo, which
 * has no `on`, takes the last one. */
export function withoutUndone(sent) {
  return sent.reduce((kept, { on }) => (on ? [...kept, on] : kept.slice(0, -1)), []);
}

/** What is decided on a row of an item once the kernel has heard all that was decided since. */
export function expectedOf(row, decided) {
  return decided.filter(({ item }) => item === row.item).reduce((so_far, { question, how, words }) => {
    if (question === null || question === row.question) return { how, words };
    return so_far?.how === "left out" ? null : so_far; // an answer to another question: it is not broken
  }, row.decided);
}

/** The word on a sheet, likewise: true, false, or null for none. */
export function sheetWord(row, decided) {
  return decided.filter(({ sheet }) => sheet?.[0] === row.batch && sheet[1] === row.who)
    .reduce((_, { counts }) => counts, row.word);
}

/** The place of the row after this one that nobody has decided on; the next one, or this one. */
export function nextUndecided(rows, at, decidedOf = ({ decided }) => decided) {
  const after = rows.findIndex((row, place) => place > at && !decidedOf(row));
  if (after >= 0) return after;
  return Math.min(rows.length - 1, at + 1);
}

/** How large alpha is drawn, 0 to 100. */
export function alphaWidth(alpha) {
  return 100 * Math.min(1, Math.max(0, alpha ?? 0));
}

/** How dark a cell of a confusion matrix is, 0 to 1: its part of the row. */
export function shades(counts) {
  return counts.map((row) => {
    const sum = row.reduce((total, count) => total + count, 0);
    return row.map((count) => (sum ? count / sum : 0));
  });
}

/** A time with an item: "0.4 s", "12 s". */
export function spell(ms) {
  if (ms == null) return "–";
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** A reason of a score or a finding, with its figures written as all others here. */
export function reasonWords(why) {
  return why.replace(/(\d)%/g, "$1\u00a0%").replace(/(\d) x (?=\d)/g, "$1 × ");
}

/** The formula of an award: "12 points × 0.87 × 0.05 DML". */
export function formula({ points, score }, reward, asset) {
  return `${points} point${points === 1 ? "" : "s"} × ${score.toFixed(4)} × ${reward} ${asset}`;
}
