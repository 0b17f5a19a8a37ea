// What the owner decides on this page, of items and of sheets, in one order: what the kernel has not
// heard of is expected, and what it takes back it says itself.

import { viewToken } from "../action_form.js";
import { followKernel } from "../frame.js";
import { expectedOf, sheetWord, withoutUndone } from "./state.js";

const KEPT = 500;

/**
 * As {view, decide(message, on), undo(), canUndo(), decidedOf(row, heard), wordOf(row, heard),
 * goesOn(), onUndone(callback)}; `names(address)` says who somebody is.
 *
 * `decide` is false where nobody hears of it any more. `on` is what a decision is on and what it says:
 * {item, question, how, words}, question null where an item is left out; or {sheet: [batch, who],
 * counts}. All that the kernel tells has the number of the last decision that it had heard by then:
 * those after it are expected on top.
 */
export function ownDecisions(kit, names) {
  const { model } = kit;
  const view = viewToken();
  const listeners = new Set();
  let number = 0;
  let sent = []; // {n, on, message}; what is taken back has no `on`
  let rests = true; // nothing was done since something was taken back

  const heardOf = (heard) => heard?.[view] ?? 0;
  const after = (heard) => sent.filter(({ n }) => n > heard);
  function tell(message, on = null) {
    const numbered = { ...message, view, n: number + 1 };
    model.send(numbered);
    if (model.isLost()) {
      sent = []; // nobody hears of it any more
      return false;
    }
    rests = !on;
    number += 1;
    sent = [...sent, { n: number, on, message: numbered }].slice(-KEPT);
    return true;
  }
  function canUndo() {
    const { undo, heard } = model.get("decided");
    return after(heardOf(heard)).reduce((left, { on }) => Math.max(0, left + (on ? 1 : -1)), undo) > 0;
  }
  /** What was taken back, in words. */
  function words({ item, question, sheet }) {
    if (sheet) return `your word on batch ${sheet[0]} of ${names(sheet[1])}`;
    const several = question && model.get("questions").length > 1;
    return `what you said of item ${item}${several ? `, ${question}` : ""}`;
  }

  function onMessage({ undone }) {
    if (undone?.view !== view) return;
    kit.say(`Taken back: ${words(undone)}.`);
    listeners.forEach((callback) => callback(undone, `Taken back: ${words(undone)}.`, rests));
  }
  model.on("msg:custom", onMessage);
  const unfollow = followKernel(model, (reachable) => {
    if (reachable) after(heardOf(model.get("decided").heard)).forEach(({ message }) => model.send(message));
  });
  kit.leave(() => {
    model.off("msg:custom", onMessage);
    unfollow();
  });

  return {
    view,
    decide: tell,
    canUndo,
    /** Takes the last decision back, of whatever it was on; false where nobody hears of it. */
    undo: () => tell({ do: "undo" }),
    /** What is decided on a row of an item that was told when `heard` was the last number. */
    decidedOf: (row, heard) => expectedOf(row, withoutUndone(after(heard))),
    /** The word on a sheet; `heard` is as the kernel tells it of all views. */
    wordOf: (row, heard) => sheetWord(row, withoutUndone(after(heardOf(heard)))),
    /** Whoever goes on before it is known what was taken back stays where they are. */
    goesOn() {
      rests = false;
    },
    /** Calls back with what was taken back, that in words, and whether to go there. */
    onUndone: (callback) => listeners.add(callback),
  };
}
