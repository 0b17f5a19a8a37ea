// The task panel: how a task goes, how far annotators agree, and what its owner makes of it.

import { viewToken } from "../action_form.js";
import { h, setText } from "../dom.js";
import { codeLine, heading, pythonText } from "../frame.js";
import { shortAddress } from "../format.js";
import { renderPanel } from "../panel.js";
import { ownDecisions } from "./decisions.js";
import { agreementTable, confusionMatrix } from "./figures.js";
import { showsMore } from "./overflow.js";
import { peoplePlace } from "./people.js";
import { answeredBars, batchCells, stageBar, taskFacts } from "./progress.js";
import { reviewPlace } from "./review.js";
import { scoringPlace } from "./scoring.js";

const LISTED = ["single_choice", "multiple_choice", "scale", "preference"];

function section(label, code, width, ...children) {
  const made = h("section", { "aria-label": label }, heading(label, code), ...children);
  if (width) made.classList.add(width);
  return made;
}

/** The confusion matrix of a question, of all or of one annotator. */
function confusionPlace(kit, names) {
  const { model } = kit;
  const view = viewToken();
  const question = h("select", { "aria-label": "Which question" });
  const annotator = h("select", { "aria-label": "Whose answers" });
  const matrix = confusionMatrix();
  const code = codeLine("");
  matrix.update(null);

  function ask() {
    setText(code, `task.confusion(${pythonText(question.value || "…")}${annotator.value ? `, ${pythonText(annotator.value)}` : ""})`);
    if (!question.value || !model.get("judged").sheets) return matrix.update(null);
    model.send({ do: "confusion", view, question: question.value, annotator: annotator.value || null });
    return null;
  }
  function fill(select, options) {
    const kept = select.value;
    const told = JSON.stringify(options);
    if (select.dataset.told === told) return;
    select.dataset.told = told;
    select.replaceChildren(...options.map(([value, words]) => h("option", { value }, words)));
    if (options.some(([value]) => value === kept)) select.value = kept;
  }
  function onMessage({ confusion }) {
    if (confusion?.view === view && confusion.question === question.value) matrix.update(confusion);
  }
  model.on("msg:custom", onMessage);
  kit.leave(() => model.off("msg:custom", onMessage));
  for (const select of [question, annotator]) select.addEventListener("change", ask);
  kit.follow("questions", () => {
    const listed = model.get("questions").filter(({ type }) => LISTED.includes(type));
    fill(question, listed.map(({ id, text }) => [id, text]));
    question.hidden = listed.length < 2;
    annotator.hidden = listed.length === 0;
    ask();
  });
  kit.follow("people", () =>
    fill(annotator, [["", "everybody"], ...(model.get("people").rows ?? []).map(({ who }) => [who, names(who)])]));
  kit.follow("judged", ask);
  return [h("div", { class: "dml-picks-bar" }, question, annotator), ...matrix.elements, code];
}

function build(kit) {
  const { model } = kit;
  const get = (trait) => model.get(trait);
  const names = (address) =>
    get("people").rows?.find(({ who }) => who === address)?.name || shortAddress(address);

  const own = ownDecisions(kit, names);

  // --- progress ------------------------------------------------------------------------------------
  const facts = taskFacts(kit);
  const cells = batchCells();
  const stages = stageBar();
  const answered = answeredBars();
  const pays = h("p", { class: "dml-quiet" });
  const progress = section("Progress", "task.progress, task.terms", "dml-whole",
    ...facts.elements,
    h("div", { class: "dml-progress" },
      h("div", {}, h("h5", {}, "Batches"), cells.element, stages.element),
      h("div", {}, h("h5", {}, "Items by answers"), answered.element)),
    pays);

  // --- what to look at -----------------------------------------------------------------------------
  const review = reviewPlace(kit, names, own);
  const look = section("Items to look at", "review = task.review()", "dml-whole", review.element);
  kit.key("l", "look at items: go to the one that is shown", review.focus);
  kit.key("A", "on an item: what all together came to is right; on a sheet: full points");
  kit.key("R", "on an item: leave it out; on a sheet: no points");
  kit.key("1…", "on an item: that answer is right");
  kit.key("U", "take the last decision back");
  kit.key("J K ← →", "the next item, the one before");

  // --- figures -------------------------------------------------------------------------------------
  const agreement = agreementTable();
  const state = h("p", { class: "dml-judging dml-quiet" });
  const again = h("button", { type: "button", class: "dml-button dml-small" }, "Try again");
  again.addEventListener("click", () => model.send({ do: "again" }));
  const agreed = section("Agreement by question", "task.agreement()", "", ...agreement.elements,
    h("div", { class: "dml-picks-bar" }, state, again));
  const confused = section("What is taken for what", "", "dml-wide-2", ...confusionPlace(kit, names));

  // --- people, scores ------------------------------------------------------------------------------
  const people = section("Annotators", "task.annotators()", "dml-whole", ...peoplePlace(kit, names).elements);
  const scores = section("Scores", "task.judge(decisions=review.decisions)", "dml-whole", ...scoringPlace(kit, names, own).elements);

  // --- results and the end -------------------------------------------------------------------------
  const files = h("ul", { class: "dml-exports" });
  const exportCode = codeLine("");
  const results = section("Results", "", "",
    h("p", { class: "dml-quiet" }, "Decisions of yours are in them. For training: task.dataset(…)."), files, exportCode);
  const award = kit.form({
    name: "award",
    label: () => (get("task_told").due ? `Have ${get("task_told").due} sheet${get("task_told").due === 1 ? "" : "s"} paid` : "Have it paid"),
    code: () => "task.award()",
    done: "Paid",
    key: "p",
    keyWords: "have paid what is due",
  });
  const stop = kit.form({
    name: "stop",
    label: () => "End it sooner…",
    code: () => "task.stop()",
    done: "Ends sooner",
    sure: () => ({
      title: "Give out no more batches?",
      body: ["Whoever holds a batch may finish it. All later times move with the deadline; it cannot be opened again."],
      yes: "End it sooner ⏎",
      no: "Leave it open (Esc)",
    }),
  });
  const close = kit.form({
    name: "close",
    label: () => "Close the task…",
    code: () => "task.close()",
    done: "Closed",
    sure: () => ({
      title: "Close the task for good?",
      body: ["What it did not pay goes back into the annotators’ bucket of the pool."],
      yes: "Close the task ⏎",
      no: "Keep it (Esc)",
    }),
  });
  const ending = section("Paying and ending", "", "dml-wide-2", award, stop, close);
  kit.exportsCsv = "answers";

  // --- drawing -------------------------------------------------------------------------------------
  function drawTask() {
    const task = get("task_told");
    facts.update(task);
    answered.update(task.answered);
    setText(pays, `Each answer is worth up to ${task.points_per_item} point${task.points_per_item === 1 ? "" : "s"}; ` +
      `a point pays up to ${task.reward} ${task.asset}. Judged by ${task.policy}.`);
    const told = JSON.stringify(task.exports);
    if (files.dataset.told !== told) {
      files.dataset.told = told;
      files.replaceChildren(...task.exports.map(([name, words]) => {
        const button = h("button", { type: "button", class: "dml-button dml-small", title: words }, name);
        button.addEventListener("click", () => model.send({ do: "export", name }));
        button.addEventListener("focus", () => setText(exportCode, `task.export(${pythonText(name)}, …)`));
        return h("li", {}, button, h("span", { class: "dml-quiet" }, words));
      }));
      setText(exportCode, 'task.export("answers.csv", "answers.csv")');
    }
    const over = task.state === "closed";
    award.hidden = over;
    stop.hidden = over || !task.owner || task.state !== "open";
    close.hidden = over;
  }
  function drawJudged() {
    const { works, sheets, error, unreadable, unreadable_why: why } = get("judged");
    const decided = get("decided");
    const yours = [
      decided.right ? `${decided.right} answered by you` : "",
      decided.left_out ? `${decided.left_out} left out` : "",
      decided.sheets ? `${decided.sheets} sheets decided` : "",
    ].filter(Boolean);
    const lines = [
      error ? `They could not be judged: ${error}` : works ? "Judging the answers…" : `${sheets} sheets judged.`,
      unreadable ? `${unreadable} cannot be read (${why}).` : "",
      yours.length ? `${yours.join(", ")}.` : "",
    ];
    setText(state, lines.filter(Boolean).join(" "));
    state.classList.toggle("dml-no", Boolean(error));
    again.hidden = !(error || unreadable) || works;
  }
  kit.follow("task_told", drawTask);
  kit.follow("batches", () => {
    cells.update(get("batches"));
    stages.update(get("batches"));
  });
  for (const trait of ["agreement", "questions"]) {
    kit.follow(trait, () => agreement.update(get("agreement"), get("questions"), get("task_told").answers_per_item));
  }
  for (const trait of ["judged", "decided"]) kit.follow(trait, drawJudged);
  const sections = h("div", { class: "dml-sections" }, progress, look, agreed, confused, people, scores, results, ending);
  for (const place of sections.querySelectorAll(".dml-scrolls, .dml-confusion-place")) kit.leave(showsMore(place));
  return [sections];
}

function render(context) {
  return renderPanel(context, "task-panel", build);
}

export default { render };
