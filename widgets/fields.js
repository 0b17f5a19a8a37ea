// What a person fills in. Every field's value is text: the kernel reads it, the chain judges it.
//
// A field is {element, value(), problem(), set(text), focus()}; `problem` says why it is not filled
// in yet, or "". Its element sends "input" events as people type or choose.

import { h, setAttribute, setText } from "./dom.js";
import { shortAddress, significant } from "./format.js";
import { identiconSvg } from "./identicon.js";
import { ROLE_COLOURS, ROLE_SHAPES } from "./roles.js";

const AMOUNT = /^(\d{1,60}(\.\d{0,60})?|\.\d{1,60})$/;

// Every widget loads this anew, so a count alone would name two fields of a page the same.
const fieldIds = `dml-field-${Math.random().toString(36).slice(2, 10)}`;
let fieldsMade = 0;

function labelled(label, control, ...more) {
  const id = `${fieldIds}-${(fieldsMade += 1)}`;
  control.id = id;
  return h("div", { class: "dml-field" }, h("label", { for: id }, label), ...more);
}

/** Why text is not an amount yet, or "". */
export function amountProblem(text) {
  const typed = text.trim();
  if (!typed) return "Type an amount first.";
  if (typed.includes(",")) return "Write a point before a fraction, and no commas: 1234.5.";
  return AMOUNT.test(typed) ? "" : "Write digits, and a point before a fraction: 12.5.";
}

/**
 * An amount with its unit, and a button for the most there is, or for what `words` and `pick` name.
 *
 * `update({unit, most})` says what the unit and the most (a decimal string, or null for none) are.
 * More than that can be typed: whether it is too much is the chain's to say.
 */
export function amountField({ label, words = "available", pick = "Max" }) {
  const input = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", size: "10" });
  const unit = h("span", { class: "dml-unit" });
  const figure = h("span", { class: "dml-number" });
  const max = h("button", { type: "button", class: "dml-button dml-small" }, pick);
  const line = h("span", { class: "dml-hint dml-quiet" }, `${words} `, figure);
  let most = null;
  const element = labelled(
    label,
    input,
    h("span", { class: "dml-input" }, input, unit, max),
    line,
  );
  const field = {
    element,
    value: () => input.value.trim(),
    problem: () => amountProblem(input.value),
    set(text) {
      input.value = text;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => input.focus(),
    update({ unit: symbol, most: told }) {
      most = told;
      setText(unit, symbol);
      max.hidden = line.hidden = most == null;
      setText(figure, most == null ? "" : `${significant(most)} ${symbol}`);
      setAttribute(figure, "title", most == null ? null : `${most} ${symbol}`);
      const all = pick === "Max";
      setAttribute(max, "title", `${all ? "Everything" : words}: ${most} ${symbol}`);
      setAttribute(max, "aria-label", `${pick}: ${all ? "all " : ""}${most} ${symbol}`);
    },
  };
  max.addEventListener("click", () => {
    field.set(most);
    input.focus();
  });
  return field;
}

/** One of a few, side by side: options are {value, label, mark, colour}. */
export function choiceField({ label, options, chosen = "" }) {
  const name = `${fieldIds}-${(fieldsMade += 1)}`;
  const inputs = [];
  const chips = options.map(({ value, label: text, mark, colour }) => {
    const input = h("input", { type: "radio", name, value, checked: value === chosen });
    inputs.push(input);
    const sign = mark ? h("span", { class: "dml-shape", "aria-hidden": "true" }, mark) : null;
    if (sign && colour) sign.style.color = colour;
    return h("label", { class: "dml-chip" }, input, sign, h("span", {}, text ?? value));
  });
  const value = () => inputs.find((input) => input.checked)?.value ?? "";
  const legend = h("span", { class: "dml-legend-text", id: `${name}-label` }, label);
  return {
    element: h(
      "div",
      { class: "dml-field", role: "radiogroup", "aria-labelledby": `${name}-label` },
      legend,
      h("div", { class: "dml-chips" }, ...chips),
    ),
    value,
    problem: () => (value() ? "" : `Choose ${label.toLowerCase()} first.`),
    set(text) {
      for (const input of inputs) input.checked = input.value === text;
      inputs[0]?.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => (inputs.find((input) => input.checked) ?? inputs[0])?.focus(),
  };
}

/** A role, each with its shape and colour. */
export function roleField({ label = "Role", roles = Object.keys(ROLE_SHAPES), chosen = "" }) {
  const options = roles.map((role) => ({
    value: role,
    mark: ROLE_SHAPES[role],
    colour: ROLE_COLOURS[role],
  }));
  return choiceField({ label, options, chosen });
}

/** One of many, from a list; `update(options)` changes them and keeps what was chosen. */
export function selectField({ label, options = [], ask = "choose…" }) {
  const select = h("select", {});
  /** `after` says what else there is that cannot be chosen here. */
  function update(next, after = "") {
    const kept = select.value;
    select.replaceChildren(
      h("option", { value: "" }, ask),
      ...next.map(({ value, label: text }) => h("option", { value }, text ?? value)),
      ...(after ? [h("option", { value: "", disabled: "" }, after)] : []),
    );
    select.value = next.some(({ value }) => value === kept) ? kept : "";
  }
  update(options);
  return {
    element: labelled(label, select, h("span", { class: "dml-input" }, select)),
    value: () => select.value,
    problem: () => (select.value ? "" : `Choose ${label.toLowerCase()} first.`),
    set(text) {
      select.value = text;
      select.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => select.focus(),
    update,
  };
}

/** Text of several lines, with what is left of its length. */
export function textField({ label, longest, rows = 3, optional = false }) {
  const area = h("textarea", { rows: String(rows), maxlength: String(longest) });
  const left = h("span", { class: "dml-hint dml-quiet dml-number" });
  const count = () => setText(left, `${longest - area.value.length} characters left`);
  area.addEventListener("input", count);
  count();
  return {
    element: labelled(label, area, area, left),
    value: () => area.value,
    problem: () => (optional || area.value.trim() ? "" : `Write ${label.toLowerCase()} first.`),
    set(text) {
      area.value = text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => area.focus(),
  };
}

/** Text of one line, up to so many characters. */
export function lineField({ label, longest = 128, optional = false }) {
  const input = h("input", { type: "text", autocomplete: "off", maxlength: String(longest) });
  return {
    element: labelled(label, input, h("span", { class: "dml-input dml-line" }, input)),
    value: () => input.value,
    problem: () => (optional || input.value.trim() ? "" : `Write ${label.toLowerCase()} first.`),
    set(text) {
      input.value = text;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => input.focus(),
  };
}

/**
 * A number that is no amount of tokens, with a unit such as "%"; `update(words)` says what it is
 * now, for which empty stands where it is optional.
 */
export function numberField({ label, unit = "", whole = false, optional = false, start = "" }) {
  const input = h("input", {
    type: "text",
    inputmode: whole ? "numeric" : "decimal",
    autocomplete: "off",
    size: "6",
  });
  input.value = start;
  const now = h("span", { class: "dml-hint dml-quiet" });
  const element = labelled(
    label,
    input,
    h("span", { class: "dml-input" }, input, unit ? h("span", { class: "dml-unit" }, unit) : null),
    now,
  );
  return {
    element,
    value: () => input.value.trim(),
    problem() {
      const typed = input.value.trim();
      if (!typed) return optional ? "" : `Type ${label.toLowerCase()} first.`;
      if (whole) return /^\d{1,39}$/.test(typed) ? "" : "Write a whole number.";
      return amountProblem(typed);
    },
    set(text) {
      input.value = text || start;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => input.focus(),
    update: (words) => setText(now, words),
  };
}

/** A time as a number and its unit: "3 days"; `update(words)` as a number's. */
export function periodField({ label, unit = "days", optional = false }) {
  const input = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", size: "6" });
  const units = ["days", "hours", "minutes", "seconds"].map((value) => h("option", { value }, value));
  const select = h("select", { "aria-label": `${label}: unit` }, ...units);
  select.value = unit;
  const now = h("span", { class: "dml-hint dml-quiet" });
  const element = labelled(label, input, h("span", { class: "dml-input" }, input, select), now);
  return {
    element,
    value: () => (input.value.trim() ? `${input.value.trim()} ${select.value}` : ""),
    problem() {
      if (!input.value.trim()) return optional ? "" : `Type ${label.toLowerCase()} first.`;
      return amountProblem(input.value);
    },
    set(text) {
      input.value = text;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => input.focus(),
    update: (words) => setText(now, words),
  };
}

/** What the page knows by itself, such as which one is shown; `value()` gives it. */
export function fixedField(value, why) {
  const element = h("span", { hidden: true });
  return {
    element,
    value,
    problem: () => (value() ? "" : why),
    set() {},
    focus: () => element.closest("form")?.querySelector("button.dml-main")?.focus(),
  };
}

/**
 * An account: one of those that are known, or any address.
 *
 * `update(known)` takes [{address, name, detail}]; the identicon of what is chosen stands before it.
 */
export function accountField({ label, known = [] }) {
  const other = "other";
  const picture = h("span", { class: "dml-picked", "aria-hidden": "true" });
  const select = h("select", {});
  const input = h("input", {
    type: "text",
    class: "dml-address",
    spellcheck: "false",
    autocomplete: "off",
    placeholder: "5…",
    "aria-label": `${label}: address`,
  });
  const element = labelled(
    label,
    select,
    h("span", { class: "dml-input" }, picture, select),
    input,
  );
  const value = () => (select.value === other ? input.value.trim() : select.value);

  function draw() {
    input.hidden = select.value !== other;
    const address = value();
    if (picture.dataset.address === address) return;
    picture.dataset.address = address;
    picture.replaceChildren(...(address ? [identiconSvg(address)] : []));
  }

  function update(next) {
    const kept = select.value;
    select.replaceChildren(
      h("option", { value: "" }, "choose…"),
      ...next.map(({ address, name, detail }) =>
        h(
          "option",
          { value: address, title: address },
          [name || shortAddress(address), detail].filter(Boolean).join(" · "),
        ),
      ),
      h("option", { value: other }, "another address…"),
    );
    select.value = [...select.options].some((o) => o.value === kept) ? kept : "";
    draw();
  }

  element.addEventListener("input", draw);
  update(known);
  return {
    element,
    value,
    problem: () => (value() ? "" : `Choose ${label.toLowerCase()} first.`),
    set(address) {
      const listed = [...select.options].some((option) => option.value === address);
      select.value = listed ? address : other;
      if (!listed) input.value = address;
      element.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => select.focus(),
    update,
  };
}
