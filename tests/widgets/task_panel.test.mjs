// What a task's figures mean for the page, under node: node --test tests/widgets

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  STAGE_WORDS,
  alphaWidth,
  cellPlaces,
  cellWords,
  choicesFor,
  expectedOf,
  formula,
  nextTime,
  nextUndecided,
  reasonWords,
  shades,
  sheetWord,
  spell,
  stageCounts,
  withoutUndone,
} from "../../widgets/task/state.js";

const STAGES = ["settled", "contested", "scored", "shown", "fixed", "held"];
const batches = (more = {}) => ({
  each: 1, batches: 3, places: 3, stages: STAGES,
  cells: [[0, 0, 0, 2, 0, 0], [0, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0]],
  ...more,
});
const row = (answers, more = {}) => ({
  item: 4, question: "digit", answers, decided: null, consensus: "7", ...more,
});
const said = (who, words, value = null) => ({ who, words, value });

test("what nobody took is free, and is never less than nothing", () => {
  assert.deepEqual(stageCounts([0, 0, 1, 0, 0, 0], STAGES, 3).at(-1), ["free", 2]);
  assert.deepEqual(stageCounts([4, 0, 0, 0, 0, 0], STAGES, 3).at(-1), ["free", 0]);
  for (const [stage] of stageCounts([0, 0, 0, 0, 0, 0], STAGES, 1)) assert.ok(STAGE_WORDS[stage]);
});

test("a cell says which batches it stands for, and the last may stand for fewer", () => {
  assert.equal(cellWords(batches(), 0), "batch 0: 2 to be judged, 1 not taken");
  const many = batches({ each: 2, cells: [[0, 0, 0, 0, 0, 1], [3, 0, 0, 0, 0, 0]] });
  assert.equal(cellWords(many, 0), "batches 0 to 1: 1 being answered, 5 not taken");
  assert.equal(cellPlaces(many, 1), 3);
  assert.equal(cellWords(many, 1), "batch 2: 3 settled");
});

test("digits choose themselves where the options are digits", () => {
  const labels = [..."0123456789"];
  const question = { type: "single_choice", labels, values: labels.map(Number) };
  const choices = choicesFor(row([said("a", "7"), said("b", "3"), said("c", "7")]), question);
  assert.deepEqual(choices.map(({ key }) => key), labels);
  assert.deepEqual(choices[7].who, ["a", "c"]);
  assert.deepEqual(choices[3].send, { do: "right", item: 4, question: "digit", value: 3 });
});

test("options that are words have keys of their own, none of which decides otherwise", () => {
  const labels = Array.from({ length: 12 }, (_, at) => `option ${at}`);
  const keys = choicesFor(row([]), { type: "single_choice", labels, values: labels }).map(({ key }) => key);
  assert.deepEqual(keys.slice(0, 3), ["1", "2", "3"]);
  assert.equal(new Set(keys).size, 12);
  for (const key of ["a", "r", "u", "j", "k", "e", "g", "l", "p", "c"]) assert.ok(!keys.includes(key), key);
});

test("of very many options only those that were said are offered", () => {
  const labels = Array.from({ length: 200 }, (_, at) => `option ${at}`);
  const choices = choicesFor(row([said("a", "option 150"), said("b", "option 3")]),
    { type: "single_choice", labels, values: labels });
  assert.deepEqual(choices.map(({ words }) => words), ["option 3", "option 150"]);
});

test("where answers are free each that was given can be taken, once", () => {
  const choices = choicesFor(row([said("a", "cat"), said("b", "a cat"), said("c", "cat")]), { type: "text" });
  assert.deepEqual(choices.map(({ words, key, count }) => [words, key, count]), [["cat", "1", 2], ["a cat", "2", 1]]);
  assert.deepEqual(choices[1].send, { do: "agree", item: 4, question: "digit", who: "b" });
});

test("marks that differ are apart though their words are the same", () => {
  const box = (x) => [{ label: "cat", x, y: 0, width: 1, height: 1 }];
  const answers = [said("a", "1 box", box(0)), said("b", "1 box", box(0.5)), said("c", "1 box", box(0))];
  const choices = choicesFor(row(answers), { type: "boxes" });
  assert.deepEqual(choices.map(({ who }) => who), [["a", "c"], ["b"]]);
});

test("after a decision comes the next item that none was made on", () => {
  const rows = [{}, { decided: {} }, { decided: {} }, {}];
  assert.equal(nextUndecided(rows, 0), 3);
  assert.equal(nextUndecided(rows, 3), 3);
  assert.equal(nextUndecided([{ decided: {} }, { decided: {} }], 0), 1);
});

test("alpha is drawn from 0 to 1", () => {
  assert.deepEqual([0.8, 1, -0.3, null].map(alphaWidth), [80, 100, 0, 0]);
});

test("a cell of a matrix is as dark as its part of the row", () => {
  assert.deepEqual(shades([[3, 1], [0, 0]]), [[0.75, 0.25], [0, 0]]);
});

test("an award's formula is told with its inputs", () => {
  assert.equal(formula({ points: 12, score: 0.87 }, "0.05", "DML"), "12 points × 0.8700 × 0.05 DML");
  assert.equal(formula({ points: 1, score: 1 }, "2", "DML"), "1 point × 1.0000 × 2 DML");
});

test("a reason has its figures as the page has them, and keeps its words", () => {
  assert.equal(reasonWords("0.50 x 0.9000 (gold: 16.7% right) + 0.50 x 1.0000 (agreement: 5 of 6)"),
    "0.50 × 0.9000 (gold: 16.7\u00a0% right) + 0.50 × 1.0000 (agreement: 5 of 6)");
  assert.equal(reasonWords("rejected by the owner, x and all"), "rejected by the owner, x and all");
});

test("times with an item are short, and none is a dash", () => {
  assert.equal(spell(420), "0.4 s");
  assert.equal(spell(12_300), "12 s");
  assert.equal(spell(null), "–");
});

test("what comes next is told while something does", () => {
  assert.equal(nextTime("open")[1], "deadline");
  assert.equal(nextTime("closed"), null);
});

const right = (item, question, words) => ({ on: { item, question, how: "right", words } });
const leftOut = (item) => ({ on: { item, question: null, how: "left out", words: "" } });
const UNDO = { on: null };

test("what is expected of an item is what was decided since, on all its questions", () => {
  const expected = (...sent) => expectedOf(row([]), withoutUndone(sent));
  assert.equal(expected(), null);
  assert.deepEqual(expected(right(4, "digit", "7")), { how: "right", words: "7" });
  assert.equal(expected(right(5, "digit", "7")), null);
  assert.deepEqual(expected(leftOut(4)), { how: "left out", words: "" });
  // An answer to its other question takes the item back, as the kernel does.
  assert.equal(expected(leftOut(4), right(4, "sure", "yes")), null);
  assert.deepEqual(expected(right(4, "digit", "7"), right(4, "sure", "yes")), { how: "right", words: "7" });
});

test("each undo takes the last decision that stands, of whatever it was on", () => {
  const told = (...sent) => withoutUndone(sent).map(({ item, sheet }) => item ?? sheet);
  assert.deepEqual(told(right(1, "digit", "7"), right(2, "digit", "3"), UNDO), [1]);
  assert.deepEqual(told(right(1, "digit", "7"), right(2, "digit", "3"), UNDO, UNDO), []);
  assert.deepEqual(told(UNDO, right(1, "digit", "7")), [1], "the first was of what is heard");
  assert.deepEqual(told(right(1, "digit", "7"), { on: { sheet: [0, "bob"], counts: false } }, UNDO), [1]);
});

test("the word on a sheet is the last one that was given", () => {
  const sheet = { batch: 0, who: "bob", word: null };
  const word = (counts, batch = 0) => ({ sheet: [batch, "bob"], counts });
  assert.equal(sheetWord(sheet, []), null);
  assert.equal(sheetWord(sheet, [word(true), word(false), word(true, 1)]), false);
  assert.equal(sheetWord({ ...sheet, word: true }, [word(true, 1)]), true);
});
