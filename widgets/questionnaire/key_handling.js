// What a key press does: the waiting key of the table, the active question, then the commands.

import { digitInPlace, letterOf } from "../letters.js";
import { keyOf } from "./keys.js";

const ARROW_BY = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const PAGES = ["PageUp", "PageDown"];
const PAN = 40; // pixels that an arrow moves a zoomed image by

function isField(target) {
  return Boolean(target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select"));
}

/** Whether the browser itself presses what has the focus with this key. */
function isPress(target, key) {
  return (key === "Enter" || key === "Space") && Boolean(target.closest?.("button, summary, a"));
}

/** Listens to the panel's keys; what is typed into a field stays there. */
export function handlesKeys(panel) {
  const { el, root, kept, table, stage, column, doors, flags } = panel;

  const commands = {
    next: (event) => panel.proceed(event.shiftKey ? -1 : 1),
    undo: panel.undo,
    skip: panel.skip,
    flag: panel.flag,
    back: () => panel.step(-1),
    forward: () => panel.step(1),
    help: () => column.toggleHelp(),
    instructions: panel.instructions,
    closer: () => stage.view.zoom(true),
    farther: () => stage.view.zoom(false),
    fit: () => stage.view.fit(),
    play: () => stage.playing()?.toggle(),
    slower: () => stage.playing()?.faster(false),
    faster: () => stage.playing()?.faster(true),
    draw: () => stage.playing()?.toggle(),
    remove: () => {},
  };
  const REPEATS = ["back", "forward", "closer", "farther", "undo"];

  function onItem(key, name, event) {
    const kind = column.kind();
    if (key === "Escape" && flags.isOpen()) {
      flags.close();
      return true;
    }
    // A key that is held down goes on moving, and does nothing else twice.
    if (event.repeat && !ARROW_BY[event.key] && !PAGES.includes(event.key) && !REPEATS.includes(name)) return true;
    if (kind?.key?.(name, event)) return true;
    if (kind?.press(key)) return true;
    const taken = name === "draw" ? stage.playing() : commands[name];
    if (!taken && stage.scroll(event)) return true;
    if (commands[name]) {
      commands[name](event);
      return true;
    }
    const digit = digitInPlace(event); // of a key that has no use of its own
    if (digit && kind?.press(digit)) return true;
    const by = ARROW_BY[event.key];
    if (!by) return false;
    if (stage.playing() && by[0]) stage.playing().skip(by[0] > 0);
    else stage.view.pan(by[0] * PAN, by[1] * PAN);
    return true;
  }

  function does(event) {
    const key = keyOf(event);
    if (!key || event.key === "Tab") return false;
    const found = Object.entries(kept.commands()).find(([, given]) => given === key);
    const name = { Undo: "undo", Onwards: "next" }[key] ?? found?.[0] ?? letterOf(event);
    if (panel.screen() === "item") return onItem(key, name, event);
    if (key === "Onwards") return true; // which ends a text, and a text may be the last question
    if (name === "next") event.repeat || doors.press(panel.screen());
    else if (name === "back" && panel.screen() === "end") panel.step(-1);
    else if (name === "undo" && panel.screen() === "end") panel.undo();
    else return false;
    return true;
  }

  el.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    if (table.takes(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (el.querySelector(".dml-question:not([hidden])")) return;
    if (isField(event.target)) {
      if (event.key !== "Escape" || flags.isOpen()) return;
      event.preventDefault();
      root.focus({ preventScroll: true });
      event.stopImmediatePropagation();
      return;
    }
    if (panel.screen() === "item" && column.kind()?.types?.(keyOf(event))) {
      event.stopImmediatePropagation(); // the field gets it
      return;
    }
    if (isPress(event.target, keyOf(event)) || !does(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  el.addEventListener("keyup", doors.quiet);
  el.addEventListener("pointerdown", (event) => table.forgets(event.target), true);
}
