// The sheets that wait for a score: what each would get and why, accepted or rejected by key, and
// what the chain would pay for it.

import { h, setAttribute, setText, setUsable } from "../dom.js";
import { significant } from "../format.js";
import { followKernel } from "../frame.js";
import { personChip } from "./people.js";
import { formula } from "./state.js";

/** As {elements, focus()}; `names(address)` says who somebody is. */
export function scoringPlace(kit, names) {
  const { model } = kit;
  const told = () => model.get("scoring");
  const task = () => model.get("task_told");
  const whyNot = () =>
    !reachable ? "The kernel does not answer."
    : task().owner || task().validator ? "" : "Only the model’s owner and the task’s validators decide.";
  let said = new Map(); // what was decided and has not come back yet
  let reachable = true;
  let undoable = 0;

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
  const wordOf = (row) => said.get(keyOf(row)) ?? row.word;

  function judge(row, counts) {
    if (whyNot()) return kit.say(whyNot());
    said.set(keyOf(row), counts);
    model.send({ do: "judge", batch: row.batch, who: row.who, counts });
    kit.say(`Batch ${row.batch} of ${names(row.who)}: ${counts ? "accepted, full points" : "rejected, earns nothing"}`);
    draw();
    return null;
  }

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
    const waits = said.has(keyOf(row)) && said.get(keyOf(row)) !== row.word;
    const amount = row.amount == null || waits ? "" : ` = ${significant(row.amount)} ${task().asset}`;
    const score = waits ? Number(said.get(keyOf(row))) : row.score;
    return h("tr", { "data-row": keyOf(row) },
      h("th", { scope: "row" }, personChip(row.who, names(row.who))),
      h("td", { class: "dml-number" }, String(row.batch)),
      h("td", { class: "dml-worth", title: row.amount == null ? null : `${row.amount} ${task().asset}` },
        formula({ ...row, score }, significant(task().reward), task().asset) + amount),
      h("td", { class: "dml-reason" }, waits ? "decided by you" : row.why),
      h("td", {}, h("span", { class: "dml-buttons" }, choice("Accept", "A", true), choice("Reject", "R", false))));
  }

  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = event.target.closest("tr")?.rowIndex;
    if (!at) return;
    const row = told().rows[at - 1];
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const go = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key];
    if (key === "a" || key === "r") judge(row, key === "a");
    else if (key === "u" || key === "Backspace") model.send({ do: "undo" });
    else if (!go) return;
    event.preventDefault();
    event.stopPropagation();
    const next = body.rows[Math.min(body.rows.length, Math.max(1, at + (go ?? (key === "u" || key === "Backspace" ? 0 : 1)))) - 1];
    next?.querySelector("button").focus();
  });

  function draw() {
    const { rows, total, sum: all } = told();
    const focused = body.contains(document.activeElement) && document.activeElement;
    const held = focused && focused.closest("tr").dataset.row;
    const which = focused && [...focused.closest("tr").querySelectorAll("button")].indexOf(focused);
    for (const row of rows) if (said.get(keyOf(row)) === row.word) said.delete(keyOf(row));
    body.replaceChildren(...rows.map(line));
    if (held) {
      const row = [...body.rows].find((one) => one.dataset.row === held);
      row?.querySelectorAll("button")[which]?.focus();
    }
    const { held: later, held_total: heldTotal } = told();
    held_.hidden = heldTotal === 0;
    setText(heldWords, `${heldText(heldTotal)}; what has none in time earns in full. Why`);
    heldList.replaceChildren(...later.map((one) => h("li", {}, h("b", {}, `batch ${one.batch} of ${names(one.who)}: `),
      h("span", {}, one.why), h("span", { class: "dml-quiet" }, "; can be scored until ", kit.time(one.until)))),
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

  function onMessage(content) {
    if (!content.said || !said.size) return;
    said = new Map(); // something was refused: what is shown is what the kernel has
    draw();
  }
  model.on("msg:custom", onMessage);
  const unfollow = followKernel(model, (answers) => {
    reachable = answers;
    draw();
  });
  kit.leave(() => {
    model.off("msg:custom", onMessage);
    unfollow();
  });
  kit.follow("decided", () => {
    const { undo } = model.get("decided");
    if (undo < undoable) said = new Map();
    undoable = undo;
  });
  for (const trait of ["scoring", "judged", "task_told"]) kit.follow(trait, draw);
  return { elements: [problem, none, place, more, held_, sum, form] };
}
