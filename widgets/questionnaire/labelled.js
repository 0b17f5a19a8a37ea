// Questions that are answered by marking parts of an item, each with a label: what they share.

import { h, setAttribute, setText } from "../dom.js";
import { visible } from "../visible.js";
import { keyButtons, optionsOf } from "./choices.js";

// Okabe and Ito's, which people tell apart whatever colours they see; the label is told as well.
export const LABEL_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d1f", "#7f7f7f"];

/**
 * A question of this kind; `makeTool(parts)` gives what marks on the stage:
 *   {attach(), detach(), redraw(), key(name, event) -> whether it was the tool's, describe(part),
 *    hint}
 *
 * `parts` is the list and what is done with it:
 *   list(), selected(), select(place), add(part), change(place, part), remove(place),
 *   label(), colour(value), text(value), full(), isActive()
 */
export function labelledQuestion(question, host, makeTool) {
  const options = optionsOf(question);
  const place = (value) => options.findIndex((option) => option.value === value);
  let list = [];
  let label = options[0].value;
  let selected = -1;
  let active = false;
  let keys = [];

  const parts = {
    list: () => list,
    selected: () => selected,
    label: () => label,
    colour: (value) => LABEL_COLOURS[Math.max(0, place(value)) % LABEL_COLOURS.length],
    text: (value) => options[place(value)]?.text ?? visible(String(value)),
    isActive: () => active,
    full() {
      if (list.length < question.most) return false;
      host.say(`${question.most} are the most here.`);
      return true;
    },
    select(at) {
      selected = at;
      redraw();
    },
    add(part) {
      if (parts.full()) return;
      list = [...list, { label, ...part }];
      selected = -1;
      if (settle()) host.spoken(`${parts.text(label)}: ${tool.describe(list.at(-1))}. ${list.length} in all.`);
    },
    change(at, part) {
      list = list.map((one, other) => (other === at ? { ...one, ...part } : one));
      settle();
    },
    remove(at) {
      if (!list[at]) return;
      list = list.filter((_, other) => other !== at);
      selected = Math.min(selected, list.length - 1);
      if (settle()) host.spoken(`Removed. ${list.length} left.`);
    },
  };
  const tool = makeTool(parts);

  function settle() {
    const taken = list.length || !question.required ? host.answer(list) : host.clear();
    if (!taken) list = host.value() ?? [];
    redraw();
    return taken;
  }

  function chooseLabel(at) {
    label = options[at].value;
    if (list[selected]) parts.change(selected, { label });
    else if (!tool.labelled?.()) redraw();
  }

  const buttons = keyButtons({
    options,
    role: "radio",
    chosen: chooseLabel,
    words: `Label: ${visible(question.questionText)}`,
    colours: LABEL_COLOURS,
  });
  setAttribute(buttons.element, "role", "radiogroup");
  buttons.element.classList.add("dml-labelling");
  const rows = h("ul", { class: "dml-parts", "aria-label": "Marked so far" });
  const none = h("p", { class: "dml-quiet dml-hint" });

  function drawRows() {
    rows.replaceChildren(
      ...list.map((part, at) => {
        const words = `${parts.text(part.label)} ${tool.describe(part)}`;
        const pick = h("button", { type: "button", class: "dml-part", "aria-pressed": String(at === selected) },
          h("span", { class: "dml-swatch", "aria-hidden": "true" }), h("span", { dir: "auto" }, words));
        pick.style.setProperty("--dml-label", parts.colour(part.label));
        pick.addEventListener("click", () => parts.select(at === selected ? -1 : at));
        const gone = h("button", { type: "button", class: "dml-button dml-small", "aria-label": `Remove ${words}` }, "✕");
        gone.addEventListener("click", () => parts.remove(at));
        return h("li", {}, pick, gone);
      }),
    );
    rows.hidden = list.length === 0;
    setText(none, tool.hint);
    none.classList.toggle("dml-unsaid", !active); // which keeps its room
  }

  function redraw() {
    buttons.draw({ pressed: (at) => options[at].value === (list[selected]?.label ?? label), keys });
    drawRows();
    tool.redraw();
  }

  function step(by) {
    if (!list.length) return;
    const next = selected < 0 ? (by > 0 ? 0 : list.length - 1) : selected + by;
    parts.select(next < 0 || next >= list.length ? -1 : next);
    if (list[selected]) host.spoken(`Selected ${parts.text(list[selected].label)} ${tool.describe(list[selected])}`);
  }

  return {
    element: h("div", {}, buttons.element, none, rows),
    options,
    tool,
    draw({ value, keys: given, fresh, active: isActive }) {
      keys = given;
      if (fresh) {
        selected = -1;
        tool.reset();
      }
      list = value ?? [];
      active = isActive;
      redraw();
    },
    press: buttons.press,
    /** Keys beyond labels; `name` is a key's or a command's. */
    key(name, event) {
      if (tool.key(name, event)) return true;
      if (name === "remove") {
        if (selected < 0) return false;
        parts.remove(selected);
        return true;
      }
      if (name === "[" || name === "]") {
        step(name === "]" ? 1 : -1);
        return true;
      }
      if (name === "Escape" && selected >= 0) {
        parts.select(-1);
        return true;
      }
      return false;
    },
    activate: () => tool.attach(),
    leave: () => tool.detach(),
    /** None is an answer, where it may be. */
    finish() {
      if (host.value() === undefined && !question.required) host.answer([]);
      return false;
    },
  };
}
