// What "?" shows: every key, each of which can be given to something else.

import { h, setAttribute, setText } from "../dom.js";
import { COMMANDS, keyOf, keyPlace, keySign, mayBeGiven } from "./keys.js";

const FIXED_WORDS = [
  ["⇧ ⏎", "back to the question before"],
  ["← ↑ → ↓", "move the cursor, what is selected, the recording, or a zoomed image; Alt: finer; Shift: its size"],
  ["[ ]", "select what was marked before, or after"],
  ["Esc", "leave a field; close what is open"],
  ["c", "show or hide code"],
  ["?", "show or hide these keys"],
];

/**
 * As {element, takes(event)}; `takes` gives a key that is waited for to what waits.
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
      waiting = { give, words };
      setText(sign, "…");
      say(`Press the new key for: ${words}. Esc leaves it as it is.`);
    });
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
          `${text} (${question.questionText})`,
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
      if (!waiting) return false;
      const key = keyOf(event);
      if (event.key === "Escape") say("");
      else if (!mayBeGiven(key)) return key === "Shift";
      else {
        waiting.give(key);
        say(`${key}: ${waiting.words}`);
        changed();
      }
      waiting = null;
      draw();
      return true;
    },
  };
}
