// Answers that the kernel has not heard of yet, under node: node --test tests/widgets

import assert from "node:assert/strict";
import { test } from "node:test";

import { chosenAtOnce, standing, unheard } from "../../widgets/questionnaire/unheard.js";
import { store } from "./kept_store.mjs";


test("answers that the kernel never heard of are there for the next page of the same batch", () => {
  const storage = store();
  unheard(storage, "p", "a").keep([
    { do: "answer", item: 1, question: "kind", value: "cat", batch: 4, n: 9, at: 20 },
    { do: "go", item: 2, batch: 4, n: 10, at: 21 },
  ]);
  unheard(storage, "p", "b").keep([{ do: "skip", item: 0, batch: 4, n: 1, at: 10 }]);
  assert.deepEqual(unheard(storage, "q", "c").of(4), []);
  const next = unheard(storage, "p", "c");
  assert.deepEqual(next.of(4).map(({ item }) => item), [0, 1], "the oldest first");
  assert.deepEqual(next.of(4), [], "they are this page's now");
});

test("a page with nothing to be heard takes nothing from another's", () => {
  const storage = store();
  const [dead, alive] = [unheard(storage, "p", "a"), unheard(storage, "p", "b")];
  dead.keep([{ do: "skip", item: 0, batch: 4, n: 1, at: 1 }]);
  alive.keep([{ do: "skip", item: 1, batch: 4, n: 1, at: 2 }]);
  alive.keep([]);
  assert.deepEqual(unheard(storage, "p", "c").of(4).map(({ item }) => item), [0]);
  dead.keep([{ do: "skip", item: 0, batch: 4, n: 1, at: 1 }]);
  assert.deepEqual(unheard(storage, "p", "c").of(5), [], "of a batch that is gone");
  assert.equal(storage.length, 0);
  for (const text of ["{", "null", "7", "[null, 3]"]) {
    storage.setItem("p/x", text);
    assert.deepEqual(unheard(storage, "p", "c").of(4), []);
  }
});

test("an answer that was taken back is not given by the next page, nor its undo", () => {
  const answer = (item, value, at, question = "kind") => ({ do: "answer", item, question, value, at, batch: 4 });
  const left = (...told) => standing(told).map(({ do: what, item, value }) => [what, item, value ?? null]);
  const undo = { do: "undo", item: 0 };
  const go = { do: "go", item: 1 };
  assert.deepEqual(left(answer(0, 1, 0), go, undo), []);
  assert.deepEqual(left(answer(0, 1, 0), answer(1, 2, 5000), go, undo), [["answer", 0, 1]]);
  assert.deepEqual(left({ do: "skip", item: 3 }, go, undo, undo, answer(1, 2, 1)), [["answer", 1, 2]]);
  assert.deepEqual(left(undo, answer(0, 1, 0)), [["answer", 0, 1]], "of what was heard before");
  // Typed on without a pause, it is one change, as it is to the desk.
  assert.deepEqual(left(answer(0, "a", 0), answer(0, "a c", 1400), answer(0, "a cat", 2900), undo), []);
  assert.deepEqual(left(answer(0, "a", 0), answer(0, "a cat", 5000), undo), [["answer", 0, "a"]]);
  const [cat, both] = [[{ label: "cat" }], [{ label: "cat" }, { label: "dog" }]];
  assert.deepEqual(left(answer(0, cat, 0), answer(0, both, 400), undo), [["answer", 0, cat]]);
});

test("an answer that is chosen is a change of its own, however soon the next one comes", () => {
  const chosen = chosenAtOnce([
    { questionId: "kind", answerType: "single_choice" }, { questionId: "why", answerType: "free_text" },
  ]);
  assert.deepEqual([...chosen], ["kind"]);
  const answer = (question, value, at) => ({ do: "answer", item: 0, question, value, at, batch: 4 });
  const told = [answer("kind", "cat", 0), answer("kind", "dog", 600), { do: "undo", item: 0, batch: 4 }];
  assert.deepEqual(standing(told, chosen), [told[0]]);
  const storage = store();
  unheard(storage, "p", "a").keep(told);
  assert.deepEqual(unheard(storage, "p", "b", new Set(), chosen).of(4), [told[0]]);
});

test("one view's undo takes nothing back of another's", () => {
  const storage = store();
  unheard(storage, "p", "a").keep([{ do: "skip", item: 1, batch: 4, n: 1, at: 1 }]);
  unheard(storage, "p", "b").keep([{ do: "undo", item: 0, batch: 4, n: 1, at: 2 }]);
  assert.deepEqual(unheard(storage, "p", "c").of(4).map(({ item }) => item), [1]);
});

test("what a view can tell by itself is not told by another of the page too", () => {
  const storage = store();
  const telling = new Set(["a"]);
  const skip = { do: "skip", item: 1, batch: 4, n: 1, at: 1 };
  unheard(storage, "p", "a", telling).keep([skip]);
  const second = unheard(storage, "p", "b", telling);
  assert.deepEqual(second.of(4), []);
  telling.delete("a"); // its kernel is gone
  assert.deepEqual(second.of(4), [skip]);
});

test("what the kernel heard of a view that is gone is kept no longer", () => {
  const storage = store();
  const telling = new Set(["a"]);
  const [gone, other] = [unheard(storage, "p", "a", telling), unheard(storage, "p", "b", telling)];
  gone.keep([1, 2, 3].map((n) => ({ do: "skip", item: n, batch: 4, n, at: n })));
  other.heardOf("a", 2);
  telling.delete("a");
  other.heardOf("a", 2);
  assert.deepEqual(other.of(4).map(({ n }) => n), [3]);
  other.heardOf("a", 3);
  assert.equal(storage.length, 0);
});
