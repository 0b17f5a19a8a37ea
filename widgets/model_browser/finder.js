// What is looked for among the models: words, a usage, a price, what may be downloaded, an order.

import { h, setAttribute, setText } from "../dom.js";
import { amountProblem, selectField } from "../fields.js";
import { codeLine, pythonText } from "../frame.js";

const ASK_AFTER_MS = 200;

export const USAGE_NAMES = ["download", "internal", "commercial", "serve", "resale"];
const SORT_NAMES = {
  newest: "newest first",
  oldest: "oldest first",
  name: "by name",
  price: "cheapest first",
  pool: "most in the pool first",
  holders: "most held first",
};

/** The Python line that finds the same. */
export function finderCode({ text, usage, max_price, may_download, sort }) {
  const told = [
    text && `text=${pythonText(text)}`,
    usage && `usage=${pythonText(usage)}`,
    max_price && `max_price=${pythonText(max_price)}`,
    may_download && "may_download=True",
    sort !== "newest" && `sort=${pythonText(sort)}`,
  ].filter(Boolean);
  return `widgets.ModelBrowser(session${told.map((part) => `, ${part}`).join("")})`;
}

/** Why a query can't be asked yet, or "". */
export function queryProblem({ max_price }) {
  return max_price ? amountProblem(max_price) : "";
}

/** How many were found, in words. */
export function foundText({ first, total, among, cards }) {
  if (!among) return "no models yet";
  if (!total) return `none of ${among.toLocaleString("en-US")}`;
  const all = total === among ? "" : ` (of ${among.toLocaleString("en-US")})`;
  return `${first + 1}–${first + cards.length} of ${total.toLocaleString("en-US")}${all}`;
}

/**
 * The controls as {element, focus(), update(found), ask(changes)}.
 *
 * `send(query)` is called soon after something was changed; `update` takes what the kernel says was
 * found, and fills in what was looked for unless somebody is typing.
 */
export function modelFinder({ send, say }) {
  const text = h("input", { type: "search", maxlength: "100", placeholder: "name, licence, owner, #id", "aria-label": "Find", autocomplete: "off", spellcheck: "false" });
  const price = h("input", { type: "text", inputmode: "decimal", size: "7", placeholder: "any", "aria-label": "Maximum price", autocomplete: "off" });
  const usage = selectField({ label: "Usage", ask: "any usage", options: USAGE_NAMES.map((value) => ({ value })) });
  const sort = selectField({ label: "Order", ask: "newest first", options: Object.entries(SORT_NAMES).slice(1).map(([value, label]) => ({ value, label })) });
  const mine = h("input", { type: "checkbox" });
  const code = codeLine("");
  const problem = h("p", { class: "dml-would-fail", role: "status", hidden: true });
  const wrap = (label, ...parts) => h("div", { class: "dml-field" }, h("span", { class: "dml-legend-text", "aria-hidden": "true" }, label), ...parts);
  const element = h(
    "div",
    { class: "dml-finder", role: "search", "aria-label": "Models" },
    h("div", { class: "dml-finder-text dml-field" }, h("span", { class: "dml-legend-text", "aria-hidden": "true" }, "Find"), text),
    usage.element,
    wrap("Maximum price", price),
    sort.element,
    h("label", { class: "dml-check" }, mine, h("span", {}, "what I may download")),
    problem,
    code,
  );
  let first = 0;
  let timer = 0;

  const query = () => ({
    text: text.value,
    usage: usage.value(),
    max_price: price.value.trim(),
    may_download: mine.checked,
    sort: sort.value() || "newest",
    first,
  });

  function ask() {
    clearTimeout(timer);
    timer = 0;
    const asked = query();
    const why = queryProblem(asked);
    setText(problem, why);
    problem.hidden = !why;
    setAttribute(price, "aria-invalid", why ? "true" : null);
    setText(code, finderCode(asked));
    if (!why) send(asked);
  }

  function changed(soon) {
    first = 0;
    clearTimeout(timer);
    if (soon) ask();
    else timer = setTimeout(ask, ASK_AFTER_MS);
  }

  element.addEventListener("input", (event) => {
    event.stopPropagation();
    changed(event.target !== text && event.target !== price);
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    event.stopPropagation();
    ask();
  });

  return {
    element,
    focus: () => text.focus(),
    go(from) {
      first = from;
      ask();
    },
    clear() {
      text.value = price.value = usage.element.querySelector("select").value = "";
      mine.checked = false;
      changed(true);
      say("Everything is shown again.");
      text.focus();
    },
    update({ query: told, first: from }) {
      if (timer || element.contains(document.activeElement)) return;
      first = from;
      text.value = told.text;
      price.value = told.max_price;
      mine.checked = told.may_download;
      usage.element.querySelector("select").value = told.usage;
      sort.element.querySelector("select").value = told.sort === "newest" ? "" : told.sort;
      setText(code, finderCode(told));
    },
    stop: () => clearTimeout(timer),
  };
}
