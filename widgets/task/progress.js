// How far a task has come: its batches as a picture, answers an item, and what is next.

import { h, setAttribute, setText } from "../dom.js";
import { grouped, significant } from "../format.js";
import {
  STAGE_WORDS,
  TASK_STATES,
  cellPlaces,
  cellWords,
  nextTime,
  stageCounts,
} from "./state.js";

function segments(counts) {
  return counts
    .filter(([, count]) => count)
    .map(([stage, count]) => {
      const part = h("span", { class: `dml-stage dml-stage-${stage}` });
      part.style.flexGrow = count;
      return part;
    });
}

/** A batch, or several, each with a part for every answer; as {element, update(batches)}. */
export function batchCells() {
  const element = h("div", { class: "dml-batches", role: "img" });
  let drawn = "";

  function update(batches) {
    const told = JSON.stringify(batches);
    if (told === drawn) return;
    drawn = told;
    const full = batches.cells.filter((counts, at) =>
      stageCounts(counts, batches.stages, cellPlaces(batches, at)).at(-1)[1] === 0,
    ).length;
    const what = batches.each === 1 ? "batches" : `groups of ${batches.each} batches`;
    setAttribute(element, "aria-label", `${full} of ${batches.cells.length} ${what} have all places taken`);
    element.replaceChildren(
      ...batches.cells.map((counts, at) =>
        h("span", { class: "dml-batch", title: cellWords(batches, at) },
          ...segments(stageCounts(counts, batches.stages, cellPlaces(batches, at))))),
    );
  }

  return { element, update };
}

/** All answers by stage: a bar, and below it what its parts mean and how many they are. */
export function stageBar() {
  const bar = h("div", { class: "dml-bar dml-stages", role: "img" });
  const labels = h("ul", { class: "dml-labels" });
  return {
    element: h("div", {}, bar, labels),
    update(batches) {
      const counts = stageCounts(batches.total, batches.stages, batches.batches * batches.places);
      bar.replaceChildren(...segments(counts));
      const told = counts.filter(([, count]) => count);
      const words = told.map(([stage, count]) => `${grouped(count)} ${STAGE_WORDS[stage]}`);
      setAttribute(bar, "aria-label", `Answers to batches: ${words.join(", ")}`);
      labels.replaceChildren(...told.map(([stage, count]) =>
        h("li", {},
          h("span", { class: `dml-swatch dml-stage-${stage}`, "aria-hidden": "true" }),
          h("span", {}, STAGE_WORDS[stage]),
          h("span", { class: "dml-number" }, grouped(count)))));
    },
  };
}

/** How many items have no answer, one, two, …: as {element, update(counts)}. */
export function answeredBars() {
  const element = h("dl", { class: "dml-answered" });
  return {
    element,
    update(counts) {
      const most = Math.max(1, ...counts);
      element.replaceChildren(...counts.flatMap((count, answers) => {
        const bar = h("span", { class: "dml-answered-bar", "aria-hidden": "true" });
        bar.style.width = `${(100 * count) / most}%`;
        return [
          h("dt", {}, answers === 0 ? "no answer" : `${answers} answer${answers === 1 ? "" : "s"}`),
          h("dd", {}, bar, h("span", { class: "dml-number" }, `${grouped(count)} item${count === 1 ? "" : "s"}`)),
        ];
      }));
    },
  };
}

/** State, what comes next and when, and the money; as {elements, update(task)}. */
export function taskFacts(kit) {
  const line = h("p", { class: "dml-task-state" });
  const names = { set_aside: "set aside", paid: "paid", remaining: "left" };
  const cells = Object.entries(names).map(([name, words]) => {
    const value = h("dd", { class: "dml-number" });
    return { name, value, cell: h("div", {}, h("dt", {}, words), value) };
  });
  const answers = h("dd", { class: "dml-number" });
  const items = h("dd", { class: "dml-number" });
  const figures = h("dl", { class: "dml-figures" },
    h("div", {}, h("dt", {}, "items"), items),
    h("div", {}, h("dt", {}, "batches answered"), answers),
    ...cells.map(({ cell }) => cell));

  return {
    elements: [line, figures],
    update(task) {
      const next = nextTime(task.state);
      line.replaceChildren(h("b", {}, TASK_STATES[task.state]),
        ...(next ? [`; ${next[0]} `, kit.time(task[next[1]])] : []));
      setText(items, grouped(task.items));
      setText(answers, `${grouped(task.committed)} of ${grouped(task.wanted)}`);
      for (const { name, value, cell } of cells) {
        setText(value, `${significant(task[name])} ${task.asset}`);
        setAttribute(cell, "title", `${task[name]} ${task.asset}`);
      }
    },
  };
}
