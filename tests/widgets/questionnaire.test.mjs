// The questionnaire panel's own logic, under node: node --test tests/widgets

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { canBeShown, contentsAround, readyPart, rowOf } from "../../widgets/questionnaire/contents.js";
import { commandKeys, keptKeys, keyOf, mayBeGiven, optionKeys } from "../../widgets/questionnaire/keys.js";
import { askedOf, deskMirror, expected, givenTo, isGiven } from "../../widgets/questionnaire/mirror.js";
import { peaksOf } from "../../widgets/questionnaire/player.js";
import { statesText } from "../../widgets/questionnaire/progress.js";
import { areaOf, boxOf, cornersOf, holds, resized, shifted, withCorner } from "../../widgets/questionnaire/shape_math.js";
import { blocksOf, piecesOf, textOffsets, wordsOf } from "../../widgets/questionnaire/text_view.js";
import { readNumber, readText } from "../../widgets/questionnaire/typed.js";
import { fitted, heldIn, toFrame, toImage, zoomed } from "../../widgets/questionnaire/view_math.js";
import { visible } from "../../widgets/visible.js";
import { store } from "./kept_store.mjs";

const ASKED = [
  { questionId: "kind", required: true },
  { questionId: "why", required: true, when: { question: "kind", equals: ["other", 3] } },
  { questionId: "note", required: false },
];
const event = (key, more = {}) => ({ key, ...more });

// --- keys ------------------------------------------------------------------------------------------

test("digits stand for themselves where all options are digits", () => {
  assert.deepEqual(optionKeys(["0", "1", "7"]), ["0", "1", "7"]);
  assert.deepEqual(optionKeys(["cat", "dog", "8"]), ["1", "2", "8"]);
  assert.deepEqual(optionKeys(["cat", "1", "dog"]), ["2", "1", "3"]);
});

test("a number that is pressed is never the answer of another number", () => {
  const steps = (least, most) => Array.from({ length: most - least + 1 }, (_, at) => String(least + at));
  const taken = Object.values(commandKeys());
  assert.deepEqual(optionKeys(steps(0, 10), {}, taken), [..."0123456789", "q"]);
  assert.deepEqual(optionKeys(steps(-2, 2)), ["q", "w", "0", "1", "2"]);
  assert.deepEqual(optionKeys(["10", "20", "5"]), ["q", "w", "5"]);
  for (const labels of [steps(0, 100), steps(1, 11), ["7", "7", "12"]]) {
    optionKeys(labels, {}, taken).forEach((key, at) => {
      if (/[0-9]/.test(key)) assert.equal(labels[at], key);
    });
  }
});

test("after ten options letters follow, none of them a command's", () => {
  const labels = Array.from({ length: 20 }, (_, at) => `option ${at}`);
  const taken = Object.values(commandKeys());
  const keys = optionKeys(labels, {}, taken);
  assert.deepEqual(keys.slice(8, 11), ["9", "0", "q"]);
  const given = keys.filter(Boolean);
  assert.equal(new Set(given).size, given.length);
  assert.ok(given.every((key) => !taken.includes(key)));
  assert.deepEqual(optionKeys(Array(60).fill("x")).slice(-1), [""]);
});

test("a key that a person gave to an option is that one's alone", () => {
  assert.deepEqual(optionKeys(["yes", "no", "maybe"], { 1: "n" }), ["1", "n", "2"]);
  assert.deepEqual(optionKeys(["0", "1"], { 1: "0" }), ["q", "0"]);
  const keys = optionKeys(["yes", "no"], {}, ["1"]);
  assert.deepEqual(keys, ["2", "3"]);
});

test("a command whose key went to another has none until it is given one", () => {
  const keys = commandKeys({ skip: "f" });
  assert.equal(keys.skip, "f");
  assert.equal(keys.flag, "");
});

test("changed keys are kept, one use for a key, and can be forgotten", () => {
  const storage = store();
  const kept = keptKeys(storage, "here");
  kept.giveCommand("skip", "x");
  kept.giveCommand("flag", "x");
  kept.giveOption("q", 1, "n");
  kept.giveOption("q", 2, "n");
  const again = keptKeys(storage, "here");
  assert.equal(again.commands().flag, "x");
  assert.equal(again.commands().skip, "s");
  assert.deepEqual(again.options("q"), { 2: "n" });
  again.forget();
  assert.deepEqual(keptKeys(storage, "here").options("q"), {});
});

test("an option's key and a command's are never the same, whichever is given last", () => {
  const places = ["q", "r"];
  const keys = ["s", "x", "f", "s", "1", "n", "s", "Enter", ","];
  const kept = keptKeys(store(), "here", places);
  const unique = (what) => {
    for (const place of places) {
      const commands = Object.values(kept.commands()).filter(Boolean);
      const all = [...optionKeys(["yes", "no", "8"], kept.options(place), commands), ...commands].filter(Boolean);
      assert.equal(new Set(all).size, all.length, `${what}: ${all}`);
    }
  };
  unique("at first");
  keys.forEach((key, at) => {
    kept.giveOption(places[at % 2], at % 3, key);
    assert.equal(kept.options(places[at % 2])[at % 3], key);
    unique(`option ${at} has ${key}`);
    const other = keys[(at + 4) % keys.length];
    kept.giveCommand("skip", other);
    assert.equal(kept.commands().skip, other);
    unique(`skip has ${other}`);
  });
});

test("a command whose key an option was given has none, and has it again where that is not asked", () => {
  const storage = store();
  keptKeys(storage, "here", ["q"]).giveOption("q", 0, "s");
  assert.equal(keptKeys(storage, "here", ["q"]).commands().skip, "");
  const elsewhere = keptKeys(storage, "here", ["another"]);
  assert.equal(elsewhere.commands().skip, "s");
  elsewhere.giveCommand("flag", "s");
  assert.deepEqual(keptKeys(storage, "here", ["q"]).options("q"), { 0: "s" });
  assert.equal(keptKeys(storage, "here", ["q"]).commands().flag, "");
});

test("what somebody else wrote into the browser's store is not taken for keys", () => {
  for (const text of ["no json", "[1]", "null", '{"commands": {"skip": "Tab", "flag": ""}}', '{"options": {"q": 3}}']) {
    const storage = store();
    storage.setItem("here", text);
    const kept = keptKeys(storage, "here");
    assert.equal(kept.commands().skip, "s", text);
    assert.deepEqual(kept.options("q"), {}, text);
  }
});

test("a key is named the same with capitals, and combinations are the browser's", () => {
  assert.equal(keyOf(event("A")), "a");
  assert.equal(keyOf(event(" ")), "Space");
  assert.equal(keyOf(event("=")), "+");
  assert.equal(keyOf(event("s", { ctrlKey: true })), "");
  assert.equal(keyOf(event("z", { ctrlKey: true })), "Undo");
  assert.equal(keyOf(event("z", { metaKey: true, shiftKey: true })), "");
  assert.equal(keyOf(event("a", { isComposing: true })), "");
  assert.equal(keyOf(event("Enter", { ctrlKey: true })), "Onwards");
  assert.equal(keyOf(event("ArrowLeft", { altKey: true })), "ArrowLeft");
  assert.equal(keyOf(event("a", { altKey: true })), "");
  assert.equal(keyOf(event("Ы", { code: "KeyS" })), "s");
  assert.equal(keyOf(event("é", { code: "Digit2" })), "é");
  assert.equal(keyOf(event("o", { code: "KeyS" })), "o");
  for (const key of ["Tab", "Escape", "?", "c", "ArrowUp", "", "Shift", "Alt", "CapsLock", "Onwards"]) {
    assert.equal(mayBeGiven(key), false);
  }
});

// --- the mirror of the desk ------------------------------------------------------------------------

test("a question is asked once its condition is met, of several choices by one of them", () => {
  assert.deepEqual(askedOf(ASKED, {}), ["kind", "note"]);
  assert.deepEqual(askedOf(ASKED, { kind: "other" }), ["kind", "why", "note"]);
  assert.deepEqual(askedOf(ASKED, { kind: ["cat", 3] }), ["kind", "why", "note"]);
  assert.deepEqual(askedOf(ASKED, { kind: "3" }), ["kind", "note"]);
});

test("a question may be called as anything that every object has", () => {
  for (const id of Object.getOwnPropertyNames(Object.prototype)) {
    const questions = [{ questionId: id, required: true }, { questionId: "why", required: true, when: { question: id, equals: ["x"] } }];
    const sent = [];
    const mirror = deskMirror({ questions, view: "v", send: (told) => sent.push(told), keep: () => {} });
    mirror.open({ batch: 0, states: ["open", "open"] });
    assert.equal(isGiven({}, id), false, id);
    assert.equal(givenTo({}, id), undefined, id);
    assert.deepEqual(mirror.item(0).asked, [id]);
    assert.ok(!mirror.isComplete());
    mirror.tell({ do: "answer", item: 0, question: id, value: "y" });
    assert.equal(mirror.item(0).state, "answered", id);
    assert.equal(givenTo(mirror.item(0).given, id), "y");
    mirror.tell({ do: "answer", item: 0, question: id, value: "x" });
    assert.deepEqual([mirror.item(0).asked, mirror.item(0).state], [[id, "why"], "open"]);
    mirror.tell({ do: "clear", item: 0, question: id });
    assert.equal(mirror.item(0).state, "open", id);
    assert.equal(mirror.nextOpen(0), 1);
  }
  assert.equal(Object.prototype.x, undefined);
});

test("what an operation leads to is expected as the desk does it", () => {
  const open = { given: {}, asked: ["kind", "note"], state: "open", flag: "" };
  const other = expected(ASKED, open, { do: "answer", question: "kind", value: "other" });
  assert.equal(other.state, "open");
  const told = expected(ASKED, other, { do: "answer", question: "why", value: "because" });
  assert.equal(told.state, "answered");
  const changed = expected(ASKED, told, { do: "answer", question: "kind", value: "cat" });
  assert.deepEqual(changed.given, { kind: "cat" });
  assert.equal(expected(ASKED, changed, { do: "clear", question: "kind" }).state, "open");
  const skipped = expected(ASKED, changed, { do: "skip" });
  assert.deepEqual([skipped.state, skipped.given], ["skipped", {}]);
  assert.equal(expected(ASKED, skipped, { do: "answer", question: "kind", value: "cat" }).state, "answered");
  const flagged = expected(ASKED, changed, { do: "flag", why: "blurred" });
  assert.deepEqual([flagged.state, flagged.given], ["flagged", { kind: "cat" }]);
  assert.equal(expected(ASKED, flagged, { do: "flag", why: "" }).state, "answered");
});

const twins = JSON.parse(readFileSync(new URL("answering.json", import.meta.url)));

test("the page expects what is written for it and for the desk", () => {
  for (const steps of twins.cases) {
    let item = { given: {}, asked: askedOf(twins.questions, {}), state: "open", skipped: false, flag: "" };
    for (const [step, outcome] of steps) {
      item = expected(twins.questions, item, step);
      const { asked, given, state } = item;
      assert.deepEqual({ asked, given, state }, outcome, JSON.stringify(step));
    }
  }
});

test("the page takes of what is typed what is written for it and for the desk", () => {
  for (const [question, typed] of twins.typed) {
    const read = question.answerType === "number" ? readNumber : readText;
    for (const [text, value] of typed) {
      const { value: found, fault } = read({ unit: "", ...question }, text);
      assert.deepEqual(found ?? null, value, text);
      assert.equal(Boolean(fault), value === null, text);
    }
  }
});

function mirrored(states = ["open", "open", "open"]) {
  const sent = [];
  const kept = [];
  const now = { ms: 0 };
  const mirror = deskMirror({
    questions: ASKED, view: "v", send: (told) => sent.push(told), keep: (told) => kept.push([...told]),
    clock: () => now.ms,
  });
  mirror.open({ batch: 4, states });
  return { mirror, sent, kept, now };
}

test("each operation tells which item was looked at until then, and for how long", () => {
  const { mirror, sent, now } = mirrored();
  const after = (ms, operation) => {
    now.ms += ms;
    mirror.tell(operation);
    return sent.at(-1).looked;
  };
  assert.deepEqual(after(900, { do: "go", item: 0 }), [0, 0]);
  assert.deepEqual(after(1200.4, { do: "answer", item: 0, question: "kind", value: "cat" }), [0, 1200]);
  assert.deepEqual(after(0, { do: "go", item: 1 }), [0, 0]);
  assert.deepEqual(after(700, { do: "skip", item: 1 }), [1, 700]);
  mirror.rest();
  assert.deepEqual(after(5000, { do: "undo", item: 1 }), [1, 0]);
  assert.deepEqual(after(1, { do: "skip", item: 2, looked: [2, 44] }), [2, 44], "of a page before");
});

test("an answer is there before the desk has heard of it, and as the desk says afterwards", () => {
  const { mirror, sent, kept } = mirrored();
  const n = mirror.tell({ do: "answer", item: 1, question: "kind", value: "cat" });
  const { at, looked, ...told } = sent[0];
  assert.deepEqual(told, { do: "answer", item: 1, question: "kind", value: "cat", n, view: "v", batch: 4 });
  assert.deepEqual(mirror.states(), ["open", "answered", "open"]);
  mirror.learn(1, { given: {}, asked: ["kind", "note"], state: "open", flag: "" });
  assert.equal(mirror.item(1).state, "answered", "the desk's word is older than the answer");
  mirror.heard(n);
  assert.deepEqual(mirror.states(), ["open", "open", "open"]);
  assert.deepEqual(kept.at(-1), []);
});

test("what was not heard of is sent again as it was, in order", () => {
  const { mirror, sent } = mirrored();
  mirror.tell({ do: "answer", item: 0, question: "kind", value: "cat" });
  mirror.tell({ do: "skip", item: 1 });
  mirror.heard(1);
  sent.length = 0;
  mirror.again();
  assert.deepEqual(sent.map(({ do: what, n }) => [what, n]), [["skip", 2]]);
});

test("the next item is the next open one, and at the end only one that must not stay open", () => {
  const { mirror } = mirrored(["open", "answered", "open", "skipped"]);
  assert.equal(mirror.nextOpen(0), 2);
  assert.equal(mirror.nextOpen(2), 0);
  mirror.tell({ do: "skip", item: 0 });
  assert.equal(mirror.nextOpen(2), -1);
});

test("another batch begins with nothing of the one before", () => {
  const { mirror } = mirrored();
  mirror.tell({ do: "skip", item: 0 });
  mirror.open({ batch: 5, states: ["open"] });
  assert.deepEqual([mirror.states(), mirror.waits()], [["open"], false]);
});

test("changes that came too late for their batch are told of once, and kept no longer", () => {
  const { mirror, kept } = mirrored();
  mirror.tell({ do: "go", item: 1 });
  assert.equal(mirror.open({ batch: 5, states: ["open"] }), false);
  mirror.tell({ do: "answer", item: 0, question: "kind", value: "cat" });
  assert.equal(mirror.open({ batch: null, states: [] }), true);
  assert.deepEqual(kept.at(-1), []);
  assert.equal(mirror.open({ batch: 6, states: ["open"] }), false);
});

test("an item that somebody else has answered otherwise is asked for, once its own changes are heard", () => {
  const { mirror } = mirrored();
  const answered = { given: { kind: "cat" }, asked: ["kind", "note"], state: "answered", skipped: false, flag: "", revision: 1 };
  const desk = (...revisions) => mirror.open({ batch: 4, states: ["answered", "open", "open"], revisions });
  const n = mirror.tell({ do: "answer", item: 0, question: "kind", value: "cat" });
  desk(1, 0, 0);
  assert.deepEqual(mirror.changedElsewhere(), []);
  mirror.learn(0, answered);
  mirror.heard(n);
  assert.deepEqual(mirror.changedElsewhere(), [], "its own change");
  desk(2, 5, 0);
  assert.deepEqual(mirror.changedElsewhere(), [0], "and nothing that was never looked at");
  mirror.learn(0, { ...answered, given: { kind: "dog" }, revision: 3 });
  assert.deepEqual(mirror.changedElsewhere(), [], "the desk's word of the batch is the older one");
});

test("an operation that could not be sent is withdrawn", () => {
  const { mirror, kept } = mirrored();
  mirror.tell({ do: "skip", item: 0 });
  mirror.withdraw(mirror.tell({ do: "undo", item: 0 }));
  assert.deepEqual(kept.at(-1).map(({ do: what }) => what), ["skip"]);
});

// --- contents --------------------------------------------------------------------------------------

test("only types that run nothing are shown, each as what it says it is", () => {
  assert.ok(canBeShown("image", "image/png"));
  for (const [kind, type] of [
    ["image", "image/svg+xml"], ["image", "text/html"], ["text", "text/html"], ["video", "image/png"],
    ["frame", "text/html"], ["constructor", "name"], ["__proto__", "x"],
  ]) {
    assert.equal(canBeShown(kind, type), false, `${kind} ${type}`);
  }
});

test("a part of another type has a reason in place of what it holds", async () => {
  const part = await readyPart({ kind: "image", type: "image/svg+xml" }, [new TextEncoder().encode("<svg/>")]);
  assert.match(part.fault, /image\/svg\+xml is not shown/);
  assert.equal(part.url, undefined);
});

test("a row is text by column, whatever it holds, and no row is nothing", () => {
  assert.deepEqual(rowOf('{"a": 1, "b": null, "c": "<b>"}'), [["a", "1"], ["b", ""], ["c", "<b>"]]);
  assert.deepEqual(rowOf('{"s": "a\\"b,:{\\u0041", "t": true, "n": [1, {"x": "]"}], "z": {}}'),
    [["s", 'a"b,:{A'], ["t", "true"], ["n", '[1, {"x": "]"}]'], ["z", "{}"]]);
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    assert.deepEqual(rowOf(`{"${name}": 1}`), [[name, "1"]]);
  }
  for (const text of ["", "null", "[1]", "{", '"x"']) assert.deepEqual(rowOf(text), []);
});

test("a row's columns come as they were written, and numbers with all their digits", () => {
  const row = rowOf('{"name": "Ada", "2": 1.0, "1": 12345678901234567890, "born": -1.50e3, "name": "Eve"}');
  assert.deepEqual(row, [["name", "Eve"], ["2", "1.0"], ["1", "12345678901234567890"], ["born", "-1.50e3"]]);
});

test("a text keeps its byte order mark, which the kernel counts as a character", async () => {
  const bytes = new TextEncoder().encode("\ufeffAda met");
  const { text } = await readyPart({ kind: "text", type: "text/plain" }, [bytes.slice(0, 1), bytes.slice(1)]);
  assert.equal(text, "\ufeffAda met");
  assert.deepEqual(textOffsets(text).count, 8);
});

test("pieces become a part once all are here, in whichever order they come", async () => {
  const asked = [];
  let tell = null;
  const here = new Promise((resolve) => (tell = resolve));
  const contents = contentsAround({ ask: (items) => asked.push(items), ready: tell });
  contents.want([3, 4]);
  contents.want([3, 4]);
  assert.deepEqual(asked, [[3, 4]]);
  const piece = (place, text) => contents.take(
    { item: 3, part: 0, parts: 1, kind: "text", type: "text/plain", piece: place, pieces: 2, fault: "" },
    [new TextEncoder().encode(text)],
  );
  piece(1, "world");
  assert.equal(contents.of(3), null);
  piece(0, "hello ");
  assert.equal(await here, 3);
  assert.equal(contents.of(3)[0].text, "hello world");
  contents.want([4]);
  assert.equal(contents.of(3), null, "what is far is let go of");
  contents.again();
  assert.deepEqual(asked.at(-1), [4]);
});

// --- geometry --------------------------------------------------------------------------------------

const SMALL = { width: 28, height: 28 };
const PHOTO = { width: 1600, height: 1200 };
const FRAME = { width: 800, height: 500 };

test("an image of few pixels is made large by whole numbers, a photo made to fit", () => {
  assert.equal(fitted(SMALL, FRAME).scale, 17);
  const { scale, x, y } = fitted(PHOTO, FRAME);
  assert.ok(Math.abs(scale - 500 / 1200) < 1e-9 && x > 0 && Math.abs(y) < 1e-9);
});

test("what is under the pointer stays there while it is zoomed, and comes back the same", () => {
  let view = fitted(PHOTO, FRAME);
  view = zoomed(view, 4, { x: 400, y: 250 }, PHOTO, FRAME);
  const point = { x: 300, y: 200 };
  const before = toImage(point, view, PHOTO);
  view = zoomed(view, 1.7, point, PHOTO, FRAME);
  const after = toImage(point, view, PHOTO);
  assert.ok(Math.hypot(before.x - after.x, before.y - after.y) < 1e-9);
  const back = toFrame(after, view, PHOTO);
  assert.ok(Math.hypot(back.x - point.x, back.y - point.y) < 1e-6);
});

test("an image is never dragged out of sight", () => {
  const view = heldIn({ scale: 1, x: 5000, y: -5000 }, PHOTO, FRAME);
  assert.deepEqual(view, { scale: 1, x: 0, y: 500 - 1200 });
});

test("a box is upright whichever corner was first, and inside the image", () => {
  assert.deepEqual(boxOf({ x: 0.5, y: 0.6 }, { x: 0.25, y: 1.5 }), { x: 0.25, y: 0.6, width: 0.25, height: 0.4 });
});

test("shapes move and are changed without passing the edge", () => {
  const box = { label: "a", x: 0.5, y: 0.5, width: 0.25, height: 0.25 };
  assert.deepEqual(shifted(box, 1, -1), { x: 0.75, y: 0 });
  assert.deepEqual(withCorner(box, 0, { x: 0.25, y: 0.25 }), { x: 0.25, y: 0.25, width: 0.5, height: 0.5 });
  assert.deepEqual(resized(box, 0.25, 1), { x: 0.5, y: 0.5, width: 0.5, height: 0.5 });
  assert.deepEqual(shifted({ x: 0.9, y: 0.1 }, 0.5, 0), { x: 1, y: 0.1 });
  const outline = { points: [[0, 0], [0.5, 0], [0.5, 0.5]] };
  assert.deepEqual(shifted(outline, -1, 0.1).points, [[0, 0.1], [0.5, 0.1], [0.5, 0.6]]);
  assert.equal(cornersOf(box).length, 4);
  assert.equal(areaOf(outline), 0.125);
  assert.ok(holds(outline, { x: 0.4, y: 0.1 }) && !holds(outline, { x: 0.1, y: 0.4 }));
});

// --- text, numbers, sound --------------------------------------------------------------------------

test("offsets are in characters, which a smiley is one of", () => {
  const offsets = textOffsets("a😀b");
  assert.equal(offsets.count, 3);
  assert.deepEqual([offsets.toUnits(2), offsets.toCharacters(3)], [3, 2]);
  assert.deepEqual(wordsOf("Ada’s 1st, ok").map(([a, b]) => "Ada’s 1st, ok".slice(a, b)), ["Ada’s", "1st", ",", "ok"]);
});

test("overlapping marks cut a text into pieces that are whole", () => {
  const pieces = piecesOf(10, [{ start: 2, end: 6 }, { start: 4, end: 20 }]);
  assert.deepEqual(pieces.map(({ start, end, marks }) => [start, end, marks.length]), [[0, 2, 0], [2, 4, 1], [4, 6, 2], [6, 10, 1]]);
  assert.deepEqual(piecesOf(0, []), []);
});

test("a long text is drawn in blocks of whole lines that lose nothing", () => {
  const texts = ["", "one line", "a\n\nb\n", `${"word ".repeat(60)}\nend`, "x".repeat(95), `${"😀".repeat(50)}`,
    Array.from({ length: 40 }, (_, at) => `line ${at}`).join("\n")];
  for (const text of texts) {
    const blocks = blocksOf(text, 20);
    assert.equal(blocks.map(([start, end]) => text.slice(start, end)).join(""), text);
    assert.ok(blocks.every(([start, end]) => end - start <= 40), text);
    for (const [start] of blocks) assert.ok(!/[\udc00-\udfff]/.test(text[start] ?? ""), "no half of a character");
  }
  for (const [start] of blocksOf(texts.at(-1), 20).slice(1)) assert.equal(texts.at(-1)[start - 1], "\n");
});

test("a number is read as it was typed, or why it is none is said", () => {
  const question = { least: 0, most: 10, whole: true, unit: "apples" };
  assert.deepEqual(readNumber(question, " 7 "), { value: 7 });
  assert.deepEqual(readNumber(question, ""), {});
  for (const [typed, why] of [["1,5", /point/], ["abc", /number/], ["1.5", /whole/], ["-1", /least 0/], ["11", /most 10 apples/], ["0x10", /number/]]) {
    assert.match(readNumber(question, typed).fault, why);
  }
});

test("a number that cannot be kept as it was typed is refused", () => {
  for (const [question, typed] of [[{ unit: "" }, "1e999"], [{ unit: "" }, "-1e999"], [{ unit: "" }, "9007199254740993"],
    [{ whole: true, unit: "" }, "1e17"]]) {
    assert.match(readNumber(question, typed).fault, /more than/, typed);
  }
  assert.deepEqual(readNumber({ unit: "" }, "1e300"), { value: 1e300 });
  assert.deepEqual(readNumber({ whole: true, unit: "" }, "9007199254740991"), { value: Number.MAX_SAFE_INTEGER });
});

test("what cannot be seen is written out, as the kernel writes it", () => {
  assert.equal(visible("Is it \u202espam\u200b?\n"), "Is it \\u202espam\\u200b?\\n");
  assert.equal(visible("a\n\tb\x07\u{e0001}", { lines: true }), "a\n\tb\\x07\\U000e0001");
  assert.equal(visible("שלום 😀 é"), "שלום 😀 é");
});

test("a text's characters are counted as the kernel counts them", () => {
  assert.deepEqual(readText({ longest: 2 }, "😀😀"), { value: "😀😀" });
  assert.match(readText({ longest: 2 }, "abc").fault, /3 characters, 2 fit/);
  assert.deepEqual(readText({ longest: 2 }, "  "), {});
});

test("a recording's peaks are as many as are asked for, the loudest 1", () => {
  const peaks = peaksOf(Float32Array.from({ length: 1000 }, (_, at) => Math.sin(at / 9) * (at / 1000)), 100);
  assert.equal(peaks.length, 100);
  assert.equal(Math.max(...peaks), 1);
  assert.deepEqual(peaksOf(new Float32Array(0)), []);
});

test("how a batch stands is told in words", () => {
  assert.equal(statesText(["open", "answered", "answered", "flagged"]), "1 open, 2 answered, 1 flagged");
});
