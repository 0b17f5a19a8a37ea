// Questions that are answered by pressing one of a few: choices, scales, preferences.

import { h, setAttribute, setText } from "../dom.js";
import { visible } from "../visible.js";
import { keyPlace, keySign, optionKeys } from "./keys.js";

const IN_A_ROW = 10; // steps of a scale
const AT_A_GLANCE = 14; // options; where there are more they have a place of their own to scroll in
const MOVES = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity };
const NAMES = { first: "The first", second: "The second", tie: "Neither is better" };

/** What can be pressed: [{value, text}]. */
export function optionsOf(question) {
  switch (question.answerType) {
    case "scale": {
      const { least, most } = question;
      return Array.from({ length: most - least + 1 }, (_, place) => ({
        value: least + place,
        text: String(least + place),
      }));
    }
    case "preference":
      return (question.tie ? ["first", "second", "tie"] : ["first", "second"]).map((value) => ({
        value,
        text: NAMES[value],
      }));
    default:
      return (question.labels ?? question.options ?? []).map(({ value, label }) => ({
        value,
        text: visible(label || String(value)),
      }));
  }
}

/**
 * A row of buttons with their keys on them, as {element, draw({pressed, keys, places}), press(key)};
 * `places` is what stands beside those that are pressed, a tick where nothing is given.
 *
 * Tab leads to one of them; from there arrows go to the others, and choose nothing by themselves.
 */
export function keyButtons({ options, role, chosen, words, colours }) {
  let keys = [];
  const buttons = options.map(({ text }, place) => {
    const key = h("kbd", { "aria-hidden": "true" });
    const label = h("span", { class: "dml-option-text", dir: "auto" }, text);
    const button = h("button", { type: "button", class: "dml-option", role, "aria-label": text }, key, label);
    if (colours) button.style.setProperty("--dml-label", colours[place % colours.length]);
    button.addEventListener("click", () => chosen(place));
    return { button, key };
  });
  const element = h("div", { class: "dml-options", "aria-label": words }, ...buttons.map((b) => b.button));
  element.classList.toggle("dml-many", options.length > AT_A_GLANCE);
  const at = (button) => buttons.findIndex((one) => one.button === button);

  /** The one of them that Tab leads to. */
  function tabTo(place) {
    buttons.forEach(({ button }, other) => setAttribute(button, "tabindex", other === place ? "0" : "-1"));
  }

  tabTo(0);
  element.addEventListener("focusin", (event) => tabTo(Math.max(0, at(event.target))));
  element.addEventListener("keydown", (event) => {
    const by = MOVES[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = at(event.target) + by;
    const round = Number.isFinite(by) ? (next + buttons.length) % buttons.length : by < 0 ? 0 : buttons.length - 1;
    buttons[round].button.focus();
  });
  return {
    element,
    draw({ pressed, keys: given, places }) {
      keys = given;
      const first = buttons.findIndex((_, place) => pressed(place));
      if (!element.contains(document.activeElement)) {
        tabTo(Math.max(0, first));
        if (first >= 0 && options.length > AT_A_GLANCE) {
          const { offsetTop, offsetHeight } = buttons[first].button;
          if (offsetTop < element.scrollTop || offsetTop + offsetHeight > element.scrollTop + element.clientHeight) {
            element.scrollTop = offsetTop - element.clientHeight / 2;
          }
        }
      }
      buttons.forEach(({ button, key }, place) => {
        const state = String(pressed(place));
        setAttribute(button, role ? "aria-checked" : "aria-pressed", state);
        setAttribute(button, "aria-keyshortcuts", keys[place] || null);
        setAttribute(button, "data-place", places?.(place) || null);
        setText(key, keySign(keys[place] ?? ""));
        key.hidden = !key.textContent;
        // A digit that is its own key is shown once.
        button.classList.toggle("dml-own-key", keys[place] === options[place].text);
      });
    },
    press(key) {
      const place = keys.indexOf(key);
      if (place < 0) return false;
      chosen(place);
      return true;
    },
  };
}

/** A question of these kinds; see `questionOf` for what it is and what `host` does. */
export function choiceQuestion(question, host) {
  const options = optionsOf(question);
  const several = question.answerType === "multiple_choice";
  let drawn = { keys: [] };
  let few = null; // fewer than are to be chosen: kept here until there are enough
  const begun = new Map(); // of other items

  function choose(place) {
    const { value: one } = options[place];
    if (!several) return host.answer(one, { done: true });
    const had = drawn.value ?? few ?? [];
    const next = had.includes(one) ? had.filter((other) => other !== one) : [...had, one];
    // In the questionnaire's order, so that the same choice is the same answer.
    const ordered = options.map((option) => option.value).filter((other) => next.includes(other));
    if (ordered.length > question.most) return host.say(`At most ${question.most} can be chosen.`);
    if (ordered.length >= Math.max(1, question.least)) return host.answer(ordered);
    if (question.least > 1) host.say(`At least ${question.least} are to be chosen.`);
    if (drawn.value !== undefined && !host.clear()) return null;
    few = ordered;
    begun.set(host.place(), few);
    return draw({ ...drawn, value: undefined });
  }

  const buttons = keyButtons({
    options,
    role: several ? "checkbox" : "radio",
    chosen: choose,
    words: visible(question.questionText),
  });
  setAttribute(buttons.element, "role", several ? "group" : "radiogroup");
  buttons.element.classList.toggle("dml-short", options.every(({ text }) => text.length <= 3));
  if (question.answerType === "scale" && options.length <= IN_A_ROW) {
    buttons.element.style.gridTemplateColumns = `repeat(${options.length}, minmax(0, 1fr))`;
  }

  function draw(told) {
    drawn = { value: told.value, keys: told.keys };
    if (told.value !== undefined) begun.delete(host.place());
    if (told.fresh || told.value !== undefined) few = begun.get(host.place()) ?? null;
    const chosen = several ? told.value ?? few ?? [] : [told.value];
    buttons.draw({ pressed: (place) => chosen.includes(options[place].value), keys: told.keys });
  }

  const ends = question.answerType === "scale" && (question.leastLabel || question.mostLabel);
  return {
    element: h(
      "div",
      {},
      ends
        ? h("div", { class: "dml-ends dml-quiet" }, 
          h("span", { dir: "auto" }, visible(question.leastLabel)), h("span", { dir: "auto" }, visible(question.mostLabel)))
        : null,
      buttons.element,
      several
        ? h("p", { class: "dml-quiet dml-hint" }, manyWords(question, options.length))
        : null,
    ),
    options,
    draw,
    press: buttons.press,
    /** Choosing none is an answer, where it may be. */
    finish() {
      if (several && drawn.value === undefined && question.least === 0) host.answer([]);
      return false;
    },
  };
}

function manyWords({ least, most }, count) {
  if (least === 0 && most >= count) return "Any number, or none.";
  if (least === most) return `Exactly ${least}.`;
  if (most >= count) return `At least ${least}.`;
  return least === 0 ? `At most ${most}.` : `${least} to ${most}.`;
}

/** All options, the best first: pressed in that order. */
export function rankingQuestion(question, host) {
  const options = optionsOf(question);
  let order = [];
  const begun = new Map(); // of items that somebody has left before all were ranked

  function choose(place) {
    const { value } = options[place];
    const takenOut = order.includes(value);
    order = takenOut ? order.filter((one) => one !== value) : [...order, value];
    // The last one's place is no question.
    const last = options.filter((option) => !order.includes(option.value));
    if (!takenOut && last.length === 1) order.push(last[0].value);
    settle();
  }

  function settle() {
    const whole = order.length === options.length;
    const clears = !whole && host.value() !== undefined;
    const taken = whole ? host.answer([...order]) : !clears || host.clear({ keeps: true });
    if (!taken) order = [...(host.value() ?? begun.get(host.place()) ?? [])];
    else if (whole || !order.length) begun.delete(host.place());
    else begun.set(host.place(), order);
    drawOrder();
  }

  const buttons = keyButtons({ options, chosen: choose, words: visible(question.questionText) });
  setAttribute(buttons.element, "role", "group");
  const list = h("ol", { class: "dml-order", "aria-label": "Your order, the best first" });
  let keys = [];

  function drawOrder() {
    const placeOf = (place) => order.indexOf(options[place].value) + 1;
    buttons.draw({ pressed: (place) => placeOf(place) > 0, keys, places: (place) => (placeOf(place) ? `${placeOf(place)}.` : "") });
    list.replaceChildren(
      ...order.map((value, place) => {
        const { text } = options.find((option) => option.value === value);
        const move = (by, sign, words) => {
          const button = h(
            "button",
            { type: "button", class: "dml-button dml-small", "aria-label": `${words}: ${text}` },
            sign,
          );
          button.addEventListener("click", () => {
            const to = place + by;
            if (to < 0 || to >= order.length) return;
            [order[place], order[to]] = [order[to], order[place]];
            settle();
          });
          return button;
        };
        return h("li", {}, h("span", { dir: "auto" }, text), move(-1, "↑", "Better"), move(1, "↓", "Worse"));
      }),
    );
  }

  return {
    element: h("div", {}, buttons.element, list,
      h("p", { class: "dml-quiet dml-hint" }, "Press the best first, then the next best. Pressing again takes it out.")),
    options,
    draw({ value, keys: given, fresh }) {
      keys = given;
      if (value) order = [...value];
      else if (fresh) order = begun.get(host.place()) ?? [];
      drawOrder();
    },
    press: buttons.press,
    finish: () => false,
  };
}

/** The keys of a question's options, with what a person changed. */
export function keysOfOptions(question, kept) {
  const texts = optionsOf(question).map(({ text }) => text);
  return optionKeys(texts, kept.options(keyPlace(question)), Object.values(kept.commands()));
}
