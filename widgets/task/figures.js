// How far annotators agree: by question, and what is taken for what.

import { h, setText } from "../dom.js";
import { grouped, percent } from "../format.js";
import { alphaWidth, shades } from "./state.js";

const two = (value) => (value == null ? "–" : value.toFixed(2));

const NUMERIC = ["alpha", "kappa"];

function headRow(...names) {
  return h("thead", {}, h("tr", {}, ...names.map((name) =>
    h("th", { scope: "col", class: NUMERIC.includes(name) ? "dml-numeric" : "" }, name))));
}

/** By question, as {elements, update(rows, questions, each)}; `each` is how many answer an item. */
export function agreementTable() {
  const body = h("tbody");
  const table = h("table", { class: "dml-table dml-agreement" },
    headRow("alike", "alpha", "kappa"), body);
  const place = h("div", { class: "dml-scrolls", tabindex: "0", role: "group", "aria-label": "Agreement" }, table);
  const none = h("p", { class: "dml-quiet" });
  const what = h("details", { class: "dml-quiet dml-what" },
    h("summary", {}, "What these say"),
    h("p", {}, "Alike: how alike two answers to the same item are, on average. Alpha (Krippendorff) leaves out " +
      "what chance alone would bring about: 1 is always agreed, 0 as good as guessed; from 0.8 data can be relied on, " +
      "from 0.667 they allow tentative conclusions. Kappa (Fleiss) says the same of questions with one answer from a " +
      "list, where all items have as many answers."));

  function update(rows, questions, each) {
    setText(none, each === 1
      ? "Nothing to compare: each item is answered by one person. Look at the answers themselves, or have some of them gold."
      : rows.some(({ answers }) => answers > 0)
        ? "Nothing to compare yet: no item has two answers that are shown."
        : "Nothing to compare yet: answers are shown once all places of a batch are answered, or at the deadline.");
    const texts = new Map(questions.map(({ id, text }) => [id, text]));
    none.hidden = rows.some(({ items }) => items > 0);
    place.hidden = what.hidden = !none.hidden;
    body.replaceChildren(...rows.flatMap(({ question, alike, alpha, kappa, level, words, answers, items }) => {
      const bar = h("span", { class: "dml-alpha-bar", "data-level": level, "aria-hidden": "true" }, h("span"));
      bar.firstChild.style.width = `${alphaWidth(alpha)}%`;
      // A question is long and its figures are short: each has a row.
      const asked = h("th", { scope: "rowgroup", colspan: "3", dir: "auto", title: `${grouped(answers)} answers, ${grouped(items)} items with two or more` },
        texts.get(question) ?? question, h("span", { class: "dml-agreement-words dml-quiet" }, words));
      return [
        h("tr", { class: "dml-agreement-of" }, asked),
        h("tr", {},
          h("td", {}, alike == null ? "–" : percent(alike)),
          h("td", { class: "dml-number" }, bar, ` ${two(alpha)}`),
          h("td", { class: "dml-number" }, two(kappa))),
      ];
    }));
  }

  return { elements: [none, place, what], update };
}

/** What is said of what, as {element, update(told)}; `told` is null while there is none. */
export function confusionMatrix() {
  const caption = h("caption", { class: "dml-quiet" });
  const head = h("thead");
  const body = h("tbody");
  const table = h("table", { class: "dml-confusion" }, caption, head, body);
  const element = h("div", { class: "dml-confusion-place", tabindex: "0", role: "group", "aria-label": "Confusion" }, table);
  const none = h("p", { class: "dml-quiet" },
    "What was said of what is shown here once there are answers from a list: choices, scales, preferences.");

  function update(told) {
    element.hidden = !told;
    none.hidden = Boolean(told);
    if (!told) return;
    const more = told.left_out ? `; ${told.left_out} options that are said least are left out` : "";
    setText(caption, told.several
      ? `${grouped(told.answers)} answers to options: rows are options${more}`
      : `${grouped(told.answers)} answers: rows are right by all together, columns are what was said${more}`);
    head.replaceChildren(h("tr", {}, h("td"),
      ...told.said.map((words) => h("th", { scope: "col", dir: "auto", title: words }, words))));
    const dark = shades(told.counts);
    body.replaceChildren(...told.right.map((words, row) =>
      h("tr", {}, h("th", { scope: "row", dir: "auto", title: words }, words),
        ...told.counts[row].map((count, column) => {
          const fits = told.several ? column === 0 || column === 3 : row === column;
          const cell = h("td", {
            class: `dml-number ${fits ? "dml-fits" : ""}`,
            title: told.several
              ? `${words}: ${told.said[column]}, ${count}`
              : `${words} is said to be ${told.said[column]}: ${count}`,
          }, count ? grouped(count) : "·");
          cell.style.setProperty("--dml-shade", `${Math.round(55 * dark[row][column])}%`);
          return cell;
        }))));
  }

  return { elements: [none, element], update };
}
