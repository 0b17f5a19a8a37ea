// A question that stands in the widget's own place, with two answers.

import { h, setText } from "./dom.js";
import { letterOf } from "./letters.js";

// A key that was on its way to something else when the question came up must not answer it.
const DEAF_MS = 400;

/**
 * As {element, ask({title, body, yes, no, key}), close(), isOpen()}; `ask` resolves to true or
 * false.
 *
 * It takes the focus; Enter says yes once it has been there for a moment, Escape says no, and the
 * focus goes back to where it was. `body` is elements between the title and the answers. A question
 * with a `key` of its own is one that comes up where Enter is pressed all the time: that key says
 * yes, and Enter only upon an answer that somebody went to.
 */
export function questionBox() {
  const title = h("strong", { class: "dml-question-title" });
  const body = h("div", { class: "dml-question-body" });
  const yes = h("button", { type: "button", class: "dml-button dml-danger" });
  const no = h("button", { type: "button", class: "dml-button" });
  const element = h(
    "div",
    { class: "dml-question", role: "alertdialog", tabindex: "-1", hidden: true },
    title,
    body,
    h("div", { class: "dml-buttons" }, yes, no),
  );
  let answer = null;
  let yesKey = "Enter";
  let shownAt = 0;
  let before = null;

  function settle(value) {
    if (!answer) return;
    const tell = answer;
    answer = null;
    const held = element.contains(document.activeElement);
    element.hidden = true;
    if (held && before?.isConnected) before.focus();
    tell(value);
  }

  const heard = () => Date.now() - shownAt >= DEAF_MS;
  yes.addEventListener("click", () => settle(true));
  no.addEventListener("click", () => settle(false));
  element.addEventListener("keydown", (event) => {
    const letter = letterOf(event);
    const key = letter.length === 1 ? letter.toLowerCase() : letter;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key !== "Enter" && key !== "Escape" && key !== yesKey) return;
    if (key === "Enter" && (event.target === no || (event.target === yes && yesKey !== key && !event.repeat))) return;
    event.preventDefault();
    event.stopPropagation();
    if (key === "Escape") settle(false);
    else if (key === yesKey && !event.repeat && (key !== "Enter" || heard())) settle(true);
  });

  return {
    element,
    ask({ title: text, body: parts = [], yes: yesText, no: noText, key = "Enter" }) {
      settle(false);
      yesKey = key;
      setText(title, text);
      element.setAttribute("aria-label", text);
      body.replaceChildren(...parts);
      setText(yes, yesText);
      setText(no, noText);
      before = document.activeElement;
      shownAt = Date.now();
      element.hidden = false;
      element.focus({ preventScroll: true });
      element.scrollIntoView({ block: "nearest" });
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
    close: () => settle(false),
    isOpen: () => answer != null,
  };
}
