// What a panel's state means for the page, under node: node --test tests/widgets

import assert from "node:assert/strict";
import { test } from "node:test";

import { amountProblem } from "../../widgets/fields.js";
import { ago } from "../../widgets/format.js";
import { followKernel, guardedModel, pythonText } from "../../widgets/frame.js";
import { digitInPlace, letterOf } from "../../widgets/letters.js";
import {
  actionRefusal,
  isOutcomeOf,
  panelLiveness,
  panelLivenessText,
  panelNote,
  whyNot,
} from "../../widgets/panel_state.js";

const head = (state, why = "") => ({ state, why });
const form = (more = {}) => ({
  head: head("live"),
  connected: true,
  refused: "",
  pending: false,
  problems: [""],
  ...more,
});

test("a panel that has heard nothing for over ten seconds is stale", () => {
  assert.equal(panelLiveness(head("live"), true, 9), "live");
  assert.equal(panelLiveness(head("live"), true, 11), "stale");
  assert.equal(panelLivenessText("stale", 11), "no news for 11 s");
});

test("a lost kernel outranks what the chain said last", () => {
  assert.equal(panelLiveness(head("read-only"), false, 0), "disconnected");
  assert.match(whyNot(head("live"), false), /What you typed stays/);
  assert.match(panelNote(head("unreachable", "x"), false, "").text, /kernel is gone/);
});

test("a chain that does not answer is said and marked as failed", () => {
  const note = panelNote(head("unreachable", "Is the node running?"), true, "");
  assert.match(note.text, /Is the node running/);
  assert.equal(note.failed, true);
  assert.equal(panelLivenessText("unreachable", 0), "disconnected");
});

test("a button says why it can't be pressed, the chain's reason first", () => {
  assert.equal(actionRefusal(form()), "");
  const why = "Only the model’s owner may.";
  assert.equal(actionRefusal(form({ refused: why, problems: ["Type first."] })), why);
  assert.equal(actionRefusal(form({ problems: ["", "Type first."] })), "Type first.");
  assert.match(actionRefusal(form({ pending: true })), /being signed/);
  const settled = head("read-only", "All was paid out.");
  assert.equal(actionRefusal(form({ head: settled, refused: why })), "All was paid out.");
});

test("only an outcome of what was pressed here answers it", () => {
  assert.equal(isOutcomeOf({ token: "a/1", state: "pending" }, "a/1"), false);
  assert.equal(isOutcomeOf({ token: "a/2", state: "accepted" }, "a/1"), false);
  assert.equal(isOutcomeOf({ token: "a/1", state: "failed" }, "a/1"), true);
  assert.equal(isOutcomeOf({ token: "a/1", state: "waiting" }, "a/1"), true);
});

test("an amount is digits with a point, and what is wrong is said", () => {
  for (const text of ["1", "0.5", ".5", "12.", " 7 "]) assert.equal(amountProblem(text), "");
  for (const text of ["-1", "1e3", "abc", "1.2.3", "٣"]) assert.match(amountProblem(text), /digits/);
  assert.match(amountProblem(""), /first/);
  assert.match(amountProblem("1,000"), /no commas/);
});

test("times are told relative, back and ahead", () => {
  assert.equal(ago(0.4), "just now");
  assert.equal(ago(12), "12 s ago");
  assert.equal(ago(200), "3 min ago");
  assert.equal(ago(-7 * 86400 - 60), "in 7 d");
  assert.equal(ago(-3 * 86400 + 60), "in 2 d 23 h");
  assert.equal(ago(3 * 3600 + 60), "3 h 1 min ago");
});

test("text in a line of code is a Python literal", () => {
  assert.equal(pythonText('a "quoted"\nline'), '"a \\"quoted\\"\\nline"');
});

const signal = () => {
  const slots = new Set();
  return {
    connect: (slot) => slots.add(slot),
    disconnect: (slot) => slots.delete(slot),
    emit: () => slots.forEach((slot) => slot()),
  };
};

const followed = (kernel) => {
  const told = [];
  const line = { send: () => {} };
  const model = guardedModel({ widget_manager: { kernel }, send: (...message) => line.send(...message) });
  const unfollow = followKernel(model, (reachable) => told.push(reachable));
  return { told, unfollow, model, line };
};
const kernelOf = () => ({
  status: "idle", connectionStatus: "connected",
  connectionStatusChanged: signal(), statusChanged: signal(), disposed: signal(),
  becomes(status) {
    this.status = status;
    this.statusChanged.emit();
  },
  line(status) {
    this.connectionStatus = status;
    this.connectionStatusChanged.emit();
  },
});

test("a kernel is told of when it is lost and found, not whenever it is busy for a moment", () => {
  const kernel = kernelOf();
  const { told, unfollow } = followed(kernel);
  for (const now of ["busy", "idle", "busy", "idle"]) kernel.becomes(now);
  assert.deepEqual(told, []);
  for (const now of ["connecting", "disconnected", "connected"]) kernel.line(now);
  kernel.becomes("busy");
  assert.deepEqual(told, [false, true]);
  kernel.disposed.emit();
  assert.deepEqual(told, [false, true, false]);
  unfollow();
  kernel.line("connected");
  assert.deepEqual(told, [false, true, false]);
});

for (const end of ["restarting", "autorestarting", "dead", "terminating"]) {
  test(`after a kernel was ${end} another answers in its place, which has no such widget`, () => {
    const kernel = kernelOf();
    const { told } = followed(kernel);
    for (const now of ["busy", end, "starting", "idle", "busy"]) kernel.becomes(now);
    for (const now of ["disconnected", "connected"]) kernel.line(now);
    assert.deepEqual(told, [false]);
  });
}

const cut = () => {
  throw new Error("Cannot send");
};

for (const kernel of [kernelOf(), undefined]) {
  const where = kernel ? "a notebook that says it is fine" : "a page that says nothing of its kernel";
  test(`who can't send any more has no kernel, in ${where}`, () => {
    const { told, model, line } = followed(kernel);
    model.send({ do: "act" });
    assert.deepEqual(told, []);
    line.send = cut;
    model.send({ do: "act" });
    model.send({ do: "act" });
    kernel?.becomes("busy");
    assert.deepEqual(told, [false]);
    const second = [];
    followKernel(model, (reachable) => second.push(reachable));
    assert.deepEqual(second, [false], "who asks later is told as well");
  });
}

test("what is sent when the line comes back, and cannot be, leaves it lost", () => {
  const kernel = kernelOf();
  const told = [];
  const model = guardedModel({ widget_manager: { kernel }, send: cut });
  followKernel(model, (reachable) => {
    told.push(reachable);
    if (reachable) model.send({ do: "again" });
  });
  for (const now of ["connecting", "connected", "disconnected", "connected"]) kernel.line(now);
  assert.deepEqual(told, [false, true, false]);
});

test("a view that begins while the line is down is told so, and when it is back", () => {
  const kernel = kernelOf();
  kernel.connectionStatus = "connecting";
  const { told } = followed(kernel);
  assert.deepEqual(told, [false]);
  kernel.line("connected");
  assert.deepEqual(told, [false, true]);
});

test("what is said while the kernel is gone is shown, and that it is gone otherwise", () => {
  assert.equal(panelNote(head("live"), false, "It is kept here.").text, "It is kept here.");
  assert.match(panelNote(head("live"), false, "").text, /kernel is gone/);
});

test("a key of another script is the letter or sign in its place", () => {
  for (const [key, code, meant] of [
    ["с", "KeyC", "c"], ["С", "KeyC", "c"], ["б", "Comma", ","], ["ю", "Period", "."], ["х", "BracketLeft", "["],
    ["ъ", "BracketRight", "]"], ["c", "KeyJ", "c"], ["é", "Digit2", "é"], ["ö", "Semicolon", "ö"], ["ж", "Semicolon", "ж"],
    ["Enter", "Enter", "Enter"],
  ]) {
    assert.equal(letterOf({ key, code }), meant, key);
  }
  assert.equal(letterOf({ key: "Б", code: "Comma", shiftKey: true }), "<");
  assert.equal(letterOf({ key: "Ю", code: "Period", shiftKey: true }), ">");
});

test("a key that writes no digit has the one in its place, unless Shift asks for something else", () => {
  for (const [key, code, meant] of [["é", "Digit2", "2"], ["à", "Digit0", "0"], ["٣", "Digit3", "3"], ["7", "Digit7", ""], ["a", "KeyA", ""]]) {
    assert.equal(digitInPlace({ key, code }), meant, key);
  }
  assert.equal(digitInPlace({ key: "!", code: "Digit1", shiftKey: true }), "");
  assert.equal(digitInPlace({ key: "é" }), "");
});
