// The buttons of commands, each with the key that its command has by now.

import { h, setText, setUsable } from "../dom.js";
import { keySign } from "./keys.js";

/**
 * As {make(command, label, words, action, looks), draw(why)}; `make` returns a button. `why` is said
 * on all that change something: those that only look otherwise at an item can always be pressed.
 */
export function commandButtons(kept) {
  const made = [];
  return {
    make(command, label, words, action, looks = false) {
      const key = h("kbd", { "aria-hidden": "true" });
      const element = h("button", { type: "button", class: "dml-button dml-small" }, label, key);
      element.dataset.hint = words;
      element.title = words;
      element.addEventListener("click", action);
      made.push({ command, element, key, looks });
      return element;
    },
    draw(why) {
      const keys = kept.commands();
      for (const { command, element, key, looks } of made) {
        setText(key, keySign(keys[command]));
        key.hidden = !keys[command];
        element.setAttribute("aria-keyshortcuts", keys[command]);
        if (!looks) setUsable(element, why);
      }
    },
  };
}
