// The sheets that wait for a score: what each would get and why, accepted or rejected by key, and
// what the chain would pay for it.

import { h, setAttribute, setText, setUsable } from "../dom.js";
import { significant } from "../format.js";
import { letterOf } from "../letters.js";
import { personChip } from "./people.js";
import { formula, reasonWords, whyNotDecide } from "./state.js";

/** As {elements}; `names(address)` says who somebody is, `own` is `ownDecisions`. */
export function scoringPlace(kit, names, own) {
  const { model } = kit;
  const told = () => model.get("scoring");
  const task = () => model.get("task_told");
  const whyNot = () => whyNotDecide(task(), kit.connected());

  const body = h("tbody");
  const table = h("table", { class: "dml-table dml-sheets" },
    h("thead", {}, h("tr", {}, ...["annotator", "batch", "would get", "why", "your word"].map((name) =>
      h("th", { scope: "col", class: name === "batch" ? "dml-numeric" : "" }, name)))), body);
  const place = h("div", { class: "dml-scrolls", tabindex: "-1", role: "group", "aria-label": "Sheets to be scored" }, table);
  const none = h("p", { class: "dml-quiet" }, "No answers wait for a score.");
  const problem = h("p", { class: "dml-no" });
  const more = h("p", { class: "dml-quiet" });
  const heldWords = h("summary", {});
  const heldList = h("ul", { tabindex: "0", "aria-label": "Sheets without a score for now" });
  const held_ = h("details", { class: "dml-held" }, heldWords, heldList);
  const sum = h("p", {});
  const form = kit.form({
    name: "score",
    label: () => (told().total ? `Sign ${told().total} score${told().total === 1 ? "" : "s"}` : "Sign the scores"),
    code: () => "task.validate(decisions=review.decisions)",
    done: "Scored",
    sure: () => ({
      title: `Sign ${told().total} score${told().total === 1 ? "" : "s"}?`,
      body: [
        "You cannot change a score that is signed; its annotator can dispute it. The report with every reason is public, " +
          "and once nobody can answer any more so are the gold answers." +
          (told().held_total ? ` ${heldText(told().held_total)}.` : ""),
      ],
      yes: "Sign ⏎",
      no: "Look again (Esc)",
    }),
    key: "g",
    keyWords: "sign the scores",
  });

  const heldText = (count) => `${count} sheet${count === 1 ? "" : "s"} get${count === 1 ? "s" : ""} no score for now`;
  const keyOf = (row) => `${row.batch}/${row.who}`;
  const rowOf = (key) => [...body.rows].find((one) => one.dataset.row === key);
  const wordOf = (row) => own.wordOf(row, told().heard);

  function judge(row, counts) {
    if (whyNot()) return kit.say(whyNot());
    const message = { do: "judge", batch: row.batch, who: row.who, counts };
    if (!own.decide(message, { sheet: [row.batch, row.who], counts })) return null; // the panel itself says that the kernel is gone
    kit.say(`Batch ${row.batch} of ${names(row.who)}: ${counts ? "accepted, full points" : "rejected, earns nothing"}`);
    draw();
    return null;
  }
  function takeBack() {
    if (whyNot()) kit.say(whyNot());
    else if (!own.canUndo()) kit.say("There is nothing to undo.");
    else if (own.undo()) draw();
  }
  own.onUndone(({ sheet }, _, rests) => {
    if (!sheet || !rests || !body.contains(document.activeElement)) return;
    rowOf(`${sheet[0]}/${sheet[1]}`)?.querySelector("button").focus();
  });

  function line(row) {
    const word = wordOf(row);
    const choice = (words, key, counts) => {
      const made = h("button", {
        type: "button", class: "dml-button dml-small", "aria-pressed": String(word === counts),
      }, h("kbd", {}, key), ` ${words}`, h("span", { class: "dml-spoken" }, ` batch ${row.batch} of ${names(row.who)}`));
      setUsable(made, whyNot());
      made.addEventListener("click", () => judge(row, counts));
      return made;
    };
    const waits = word !== row.judged;
    const amount = row.amount == null || waits ? "" : ` = ${significant(row.amount)} ${task().asset}`;
    const score = waits && word !== null ? Number(word) : row.score;
    return h("tr", { "data-row": keyOf(row) },
      h("th", { scope: "row" }, personChip(row.who, names(row.who))),
      h("td", { class: "dml-number" }, String(row.batch)),
      h("td", { class: "dml-worth", title: row.amount == null ? null : `${row.amount} ${task().asset}` },
        formula({ ...row, score }, significant(task().reward), task().asset) + amount),
      h("td", { class: "dml-reason" }, !waits ? reasonWords(row.why) : word === null ? "taken back, judged anew in a moment" : "decided by you"),
      h("td", {}, h("span", { class: "dml-buttons" }, choice("Accept", "A", true), choice("Reject", "R", false))));
  }

  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target.closest("tr")?.rowIndex;
    if (!at) return;
    const row = told().rows[at - 1];
    const letter = letterOf(event);
    const key = letter.length === 1 ? letter.toLowerCase() : letter;
    const undoes = key === "u" || key === "Backspace";
    const go = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key];
    if (!undoes && !go && key !== "a" && key !== "r") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat && !go) return;
    if (!undoes) own.goesOn();
    if (key === "a" || key === "r") judge(row, key === "a");
    else if (undoes) takeBack();
    const next = body.rows[Math.min(body.rows.length, Math.max(1, at + (go ?? (undoes ? 0 : 1)))) - 1];
    next?.querySelector("button").focus();
  });

  function draw() {
    const { rows, total, sum: all } = told();
    const focused = body.contains(document.activeElement) && document.activeElement;
    const held = focused && focused.closest("tr").dataset.row;
    const which = focused && [...focused.closest("tr").querySelectorAll("button")].indexOf(focused);
    body.replaceChildren(...rows.map(line));
    if (held) {
      rowOf(held)?.querySelectorAll("button")[which]?.focus();
    }
    const { held: later, held_total: heldTotal } = told();
    held_.hidden = heldTotal === 0;
    setText(heldWords, `${heldText(heldTotal)}; what has none in time earns in full. Why`);
    heldList.replaceChildren(...later.map((one) => h("li", {}, h("b", {}, `batch ${one.batch} of ${names(one.who)}: `),
      h("span", {}, reasonWords(one.why)), h("span", { class: "dml-quiet" }, "; can be scored until ", kit.time(one.until)))),
    ...(heldTotal > later.length ? [h("li", { class: "dml-quiet" }, `and ${heldTotal - later.length} more`)] : []));
    const judged = model.get("judged");
    setText(problem, judged.no_policy || judged.error);
    problem.hidden = !problem.textContent;
    none.hidden = total > 0 || heldTotal > 0 || Boolean(problem.textContent);
    place.hidden = total === 0;
    more.hidden = total <= rows.length;
    setText(more, `and ${total - rows.length} more, which are signed too`);
    setText(sum, all == null
      ? "What is paid for it is known once it is signed."
      : `If nobody disputes them, these pay ${significant(all)} ${task().asset} in all, by the chain’s own dry run.`);
    setAttribute(sum, "title", all == null ? null : `${all} ${task().asset}`);
    sum.hidden = total === 0;
    form.hidden = !(task().owner || task().validator) || total === 0;
  }

  kit.line(draw);
  for (const trait of ["scoring", "judged", "task_told"]) kit.follow(trait, draw);
  return { elements: [problem, none, place, more, held_, sum, form] };
}
