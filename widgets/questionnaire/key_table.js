// What "?" shows: every key, each of which can be given to something else.

import { h, setAttribute, setText } from "../dom.js";
import { visible } from "../visible.js";
import { COMMANDS, isModifier, keyOf, keyPlace, keySign, mayBeGiven } from "./keys.js";

const FIXED_WORDS = [
  ["⇧ ⏎", "back to the question before"],
  ["Ctrl ⏎", "as ⏎, from a field of several lines too"],
  ["← ↑ → ↓", "move the cursor, what is selected, the recording, or a zoomed image; Alt: finer; Shift: its size"],
  ["[ ]", "select what was marked before, or after"],
  ["Esc", "leave a field; close what is open"],
  ["c", "show or hide code"],
  ["?", "show or hide these keys"],
];

/**
 * As {element, takes(event), forgets(pressed)}; `takes` gives a key that is waited for to what
 * waits. Nothing waits any longer once another key, a press elsewhere, or the focus has gone on.
 *
 * `asked` is the questions with their options: [{question, options}]; `keysOf(question)` the present
 * keys of those.
 */
export function keyTable({ kept, asked, keysOf, changed, say }) {
  const forget = h("button", { type: "button", class: "dml-button dml-small" }, "All keys as they were");
  let waiting = null;

  /** A line of the table; `key()` is what it has now, `give` what is done with another. */
  function changeable(words, key, give) {
    const sign = h("kbd");
    const button = h("button", { type: "button", class: "dml-key" }, sign);
    button.addEventListener("click", () => {
      giveUp();
      waiting = { give, words, button };
      setText(sign, "…");
      say(`Press the new key for: ${words}. Esc leaves it as it is.`);
    });
    button.addEventListener("blur", giveUp);
    const draw = () => {
      const shown = key() ? keySign(key()) : "–";
      setText(sign, shown);
      setAttribute(button, "aria-label", `${shown}: ${words}. Press to change it.`);
    };
    return { element: h("div", {}, h("dt", {}, button), h("dd", {}, words)), draw };
  }

  const rows = [
    ...asked.flatMap(({ question, options }) =>
      options.map(({ text }, place) =>
        changeable(
          `${text} (${visible(question.questionText)})`,
          () => keysOf(question)[place],
          (key) => kept.giveOption(keyPlace(question), place, key),
        ))),
    ...COMMANDS.map(({ name, words }) =>
      changeable(words, () => kept.commands()[name], (key) => kept.giveCommand(name, key))),
  ];
  const fixed = FIXED_WORDS.map(([key, words]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)));
  const element = h(
    "div",
    { class: "dml-key-table", role: "group", "aria-label": "Keys", hidden: true },
    h("p", { class: "dml-quiet" }, "Press a key here to change it; it is kept in this browser."),
    h("dl", { class: "dml-keys" }, ...rows.map((row) => row.element), ...fixed),
    forget,
  );

  function draw() {
    for (const row of rows) row.draw();
  }

  /** Nothing is waited for any more. */
  function giveUp() {
    if (!waiting) return;
    waiting = null;
    draw();
    say("");
  }

  forget.addEventListener("click", () => {
    kept.forget();
    changed();
    draw();
    say("All keys are as they were.");
  });

  draw();
  return {
    element,
    takes(event) {
      if (!waiting || isModifier(event.key)) return false;
      const key = keyOf(event);
      const typed = event.target.closest?.("input, textarea, select");
      if (element.hidden || typed || !mayBeGiven(key)) {
        giveUp();
        return event.key === "Escape";
      }
      const { give, words } = waiting;
      waiting = null;
      give(key);
      changed();
      draw();
      say(`${key}: ${words}`);
      return true;
    },
    forgets: (pressed) => waiting && !waiting.button.contains(pressed) && giveUp(),
  };
}
