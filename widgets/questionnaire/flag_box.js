// Where somebody says what is wrong with an item.

import { h, setText } from "../dom.js";

/** As {element, open(why), close(), isOpen()}; `flag(why)` is given the reason, "" to take it back. */
export function flagBox({ longest, flag, closed }) {
  const reason = h("input", { type: "text", maxlength: String(longest), autocomplete: "off", "aria-label": "What is wrong with the item", placeholder: "What is wrong with it?" });
  const yes = h("button", { type: "button", class: "dml-button dml-small" }, "Flag");
  const back = h("button", { type: "button", class: "dml-button dml-small" }, "Take the flag back");
  const element = h("div", { class: "dml-flag-box", role: "group", "aria-label": "Flag the item", hidden: true }, reason, yes, back);

  function close() {
    if (element.hidden) return;
    element.hidden = true;
    closed();
  }

  function done(why) {
    close();
    flag(why);
  }

  const given = () => reason.value.trim() || "broken";
  yes.addEventListener("click", () => done(given()));
  back.addEventListener("click", () => done(""));
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === reason && !event.isComposing) done(given());
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    element,
    close,
    isOpen: () => !element.hidden,
    open(why) {
      reason.value = why;
      back.hidden = !why;
      setText(yes, why ? "Change" : "Flag");
      element.hidden = false;
      reason.focus();
    },
  };
}
