// What is filled in to buy and keep a licence: which offer, which licence, how much at most.

import { timeElement } from "../clock.js";
import { h, setText } from "../dom.js";
import { amountField } from "../fields.js";
import { duration, significant } from "../format.js";

/** An amount as people read it: "50 DML", "free". */
export function priceText(exact, asset) {
  return Number(exact) ? `${significant(exact)} ${asset}` : "free";
}

/** A span of ms in days, or less: "30 d", "2 h". */
export function spanText(ms) {
  const days = ms / 86_400_000;
  return days >= 1 ? `${significant(days)} d` : duration(ms / 1000);
}

/** A stranger's text among one's own: whatever it turns around, it turns around alone. */
export function alone(text) {
  return `\u2068${text}\u2069`;
}

/** On which terms an offer is sold, apart from its price: ["for 30 d", "3 of 10 held", …]. */
export function offerTerms({ duration: ms, maximum, sold, transferable, jurisdiction, own_terms }) {
  return [
    ms == null ? "for ever" : `for ${spanText(ms)}`,
    maximum == null ? `${sold} held` : `${sold} of ${maximum} held`,
    jurisdiction ? `in ${alone(jurisdiction)}` : "",
    transferable ? "can be passed on" : "",
    own_terms ? "own terms" : "",
  ].filter(Boolean);
}

let listsMade = 0;

/**
 * One of a list, each with more to say, as a field; `update([{value, parts}])` keeps the choice.
 *
 * `parts` are elements. What was chosen and is gone gives way to the first.
 */
export function listField({ label }) {
  const name = `dml-list-${Math.random().toString(36).slice(2, 10)}-${(listsMade += 1)}`;
  const legend = h("span", { class: "dml-legend-text", id: name }, label);
  const list = h("div", { class: "dml-choices" });
  const element = h("div", { class: "dml-field", role: "radiogroup", "aria-labelledby": name }, legend, list);
  let inputs = [];
  let told = "";
  const value = () => inputs.find((input) => input.checked)?.value ?? "";

  function choose(wanted) {
    for (const input of inputs) input.checked = input.value === wanted;
  }

  return {
    element,
    value,
    problem: () => (value() ? "" : `Choose ${label.toLowerCase()} first.`),
    set(wanted) {
      if (wanted) choose(wanted);
      element.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => (inputs.find((input) => input.checked) ?? inputs[0])?.focus(),
    update(options) {
      const next = options.map(({ value: each, parts }) => `${each}: ${parts.map((p) => p.textContent)}`).join("\n");
      if (next === told) return;
      told = next;
      const kept = value();
      const held = list.contains(document.activeElement) ? document.activeElement.value : null;
      inputs = options.map(({ value: each }) => h("input", { type: "radio", name, value: each }));
      list.replaceChildren(
        ...options.map(({ parts }, i) => h("label", { class: "dml-choice" }, inputs[i], h("span", {}, ...parts))),
      );
      choose(options.some(({ value: each }) => each === kept) ? kept : options[0]?.value);
      if (held != null) inputs.find((input) => input.value === held)?.focus();
    },
  };
}

/**
 * The most to pay: what the price was when it was looked at, unless somebody agrees to another.
 *
 * `update({unit, price})` says what it costs now; where that is something else, it can be agreed to.
 */
export function priceField() {
  const field = amountField({ label: "Pay at most", words: "price now", pick: "Agree" });
  let [unit, now] = ["", ""];
  const draw = () => field.update({ unit, most: now === field.value() ? null : now || null });
  field.element.addEventListener("input", draw);
  return {
    ...field,
    set: () => field.set(now),
    update(told) {
      unit = told.unit;
      now = told.price ?? "";
      draw();
    },
  };
}

/** Until when a licence is held, as an element. */
export function untilElement(expires, now) {
  return expires == null ? h("span", {}, "for ever") : h("span", {}, "until ", timeElement(expires, now));
}

/** One of an offer's parts for a list of offers. */
export function offerParts(offer, asset, held) {
  const price = h("b", { class: "dml-number", title: `${offer.price} ${asset}` }, priceText(offer.price, asset));
  const terms = h("span", { class: "dml-quiet" }, offerTerms(offer).join(" · "));
  const mark = held ? h("span", { class: "dml-ok" }, "you hold it") : null;
  const usage = h("span", { class: "dml-usage" });
  setText(usage, offer.usage);
  return [usage, price, terms, ...(mark ? [mark] : [])];
}
