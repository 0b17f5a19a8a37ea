// The questions of an item, one below the other; one of them is active and has the keys.

import { h, setAttribute, setText } from "../dom.js";
import { visible } from "../visible.js";
import { keysOfOptions } from "./choices.js";
import { givenTo, isGiven } from "./mirror.js";
import { questionOf } from "./question_kinds.js";

function askBlock(question) {
  const asked = visible(question.questionText, { lines: true });
  const help = question.helpText
    ? h("button", { type: "button", class: "dml-button dml-small dml-helps", "aria-expanded": "false", "aria-label": `help: ${asked}` }, "help")
    : null;
  const helpText = h("p", { class: "dml-help-text", dir: "auto", hidden: true }, visible(question.helpText, { lines: true }));
  const optional = question.required ? null : h("span", { class: "dml-quiet" }, " (optional)");
  const title = h("h4", { class: "dml-ask-text" }, h("span", { dir: "auto" }, asked), optional);
  const section = h(
    "section",
    { class: "dml-ask", "aria-label": asked },
    h("div", { class: "dml-ask-head" }, title, help),
    helpText,
  );
  const toggle = () => {
    if (!help) return false;
    helpText.hidden = !helpText.hidden;
    setAttribute(help, "aria-expanded", String(!helpText.hidden));
    return true;
  };
  help?.addEventListener("click", toggle);
  return { section, toggle };
}

/**
 * As {element, draw(item, fresh), active(), activate(id), step(by), missing(), leave(), kind()}.
 *
 * `host(question)` is what a question's element may do; `kept` has the keys that people changed;
 * `hasFocus` says whether the panel is being worked with, so that a field may take the focus;
 * `leaveField` takes it out of a field that is not meant any more.
 */
export function questionColumn({ questions, stage, host, kept, hasFocus, leaveField }) {
  const blocks = new Map();
  for (const question of questions) {
    const { section, toggle } = askBlock(question);
    const kind = questionOf(question, host(question), stage);
    section.append(kind.element);
    // Whoever works in a question has turned to it. Where a button is pressed that is only so once
    // it is let go of: what moves while it is down would take the press away from it.
    let down = false;
    const turn = () => activate(question.questionId, false);
    section.addEventListener("pointerdown", (event) => {
      down = Boolean(event.target.closest("button"));
      if (!down) turn();
    });
    section.addEventListener("pointercancel", () => (down = false));
    section.addEventListener("focusin", () => down || turn());
    section.addEventListener("click", () => {
      down = false;
      turn();
    }, true);
    blocks.set(question.questionId, { question, section, kind, toggle });
  }
  const element = h("div", { class: "dml-asks" }, ...[...blocks.values()].map(({ section }) => section));
  let shown = { given: {}, asked: [] };
  let active = "";

  const unanswered = (id) => !isGiven(shown.given, id);

  function drawAll(fresh) {
    for (const [id, { question, section, kind }] of blocks) {
      const isAsked = shown.asked.includes(id);
      section.hidden = !isAsked;
      const isActive = id === active;
      section.classList.toggle("dml-active", isActive && blocks.size > 1);
      setAttribute(section, "aria-current", isActive && blocks.size > 1 ? "true" : null);
      const keys = isActive ? keysOfOptions(question, kept) : [];
      kind.draw({ value: givenTo(shown.given, id), keys, active: isActive, fresh });
    }
  }

  function activate(id, takesFocus = true) {
    if (id !== active) {
      blocks.get(active)?.kind.leave?.();
      active = id;
      drawAll(false);
      if (takesFocus && hasFocus()) blocks.get(id)?.section.scrollIntoView?.({ block: "nearest" });
    } else if (!takesFocus) return;
    begin(takesFocus);
  }

  /** What the active question is answered with takes its place: a tool the stage, a field the focus. */
  function begin(takesFocus) {
    const kind = blocks.get(active)?.kind;
    if (takesFocus) leaveField();
    if (kind?.tool || (takesFocus && hasFocus())) kind?.activate?.();
  }

  return {
    element,
    active: () => active,
    activate,
    kind: () => blocks.get(active)?.kind,
    toggleHelp: () => blocks.get(active)?.toggle() ?? false,
    leave: () => blocks.get(active)?.kind.leave?.(),
    /** Shows an item's answers; a fresh item begins with its first question, in its field if `enters`. */
    draw(item, fresh, enters = true) {
      shown = item;
      const moves = fresh || !item.asked.includes(active);
      if (moves) active = item.asked.find(unanswered) ?? item.asked[0] ?? "";
      drawAll(fresh);
      if (moves) begin(enters);
    },
    /** The id of the question so many places on among those that are asked, or "". */
    step: (by) => shown.asked[shown.asked.indexOf(active) + by] ?? "",
    missing: () =>
      questions.find(({ questionId, required }) =>
        required && shown.asked.includes(questionId) && unanswered(questionId))?.questionId ?? "",
    options: () => questions.map((question) => ({ question, options: blocks.get(question.questionId).kind.options })),
  };
}
