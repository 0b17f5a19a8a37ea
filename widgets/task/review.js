// The items to look at: thumbnails, one of them large with everybody's answers, and what the owner
// says of it, by key. The page shows at once what was said and is corrected by what comes back.

import { h, setAttribute, setText, setUsable } from "../dom.js";
import { percent } from "../format.js";
import { codeLine, pythonText } from "../frame.js";
import { digitInPlace, letterOf } from "../letters.js";
import { contentsAround } from "../questionnaire/contents.js";
import { keepingFocus } from "./focus.js";
import { itemLarge, itemThumb } from "./shown.js";
import { choicesFor, nextUndecided, whyNotDecide } from "./state.js";

const FILTERS = {
  apart: "most disagreed upon", flagged: "called broken by somebody", decided: "decided by you", all: "all that were answered",
};
const NONE = {
  apart: "Nobody disagrees about anything that two have answered.",
  flagged: "Nobody has called an item broken.",
  decided: "You have decided nothing yet.",
  all: "Nothing that was answered is shown yet.",
};

/** A list to choose from that keeps what was chosen, as {select, update(options)}. */
function pick(label) {
  const select = h("select", { "aria-label": label });
  return {
    select,
    update(options) {
      const kept = select.value;
      select.replaceChildren(...options.map(([value, words]) => h("option", { value }, words)));
      if (options.some(([value]) => value === kept)) select.value = kept;
    },
  };
}

/** As {element, focus()}; `names(address)` says who somebody is, `own` is `ownDecisions`. */
export function reviewPlace(kit, names, own) {
  const { model } = kit;
  const { view } = own;
  let page = { rows: [], first: 0, total: 0, page: 12, heard: 0 };
  let at = 0;
  let goTo = null; // {item, question} that was taken back: where to go once the items come
  let wantedFirst = 0;
  const drawn = new Map();

  const questionOf = (row) => model.get("questions").find(({ id }) => id === row.question);
  const row = () => page.rows[at] ?? null;
  const keyOf = (told) => told && `${told.item}/${told.question}`;
  const several = () => model.get("questions").length > 1;
  const whyNot = () => whyNotDecide(model.get("task_told"), kit.connected());

  // --- which items ---------------------------------------------------------------------------------
  const filter = pick("Which items");
  filter.update(Object.entries(FILTERS));
  // Where each item is answered once there is nothing to disagree about.
  if (model.get("task_told").answers_per_item === 1) filter.select.value = "all";
  const question = pick("Which question");
  const count = h("span", { class: "dml-number dml-quiet" });
  const button = (words, label, act) => {
    const made = h("button", { type: "button", class: "dml-button dml-small", "aria-label": label }, words);
    made.addEventListener("click", () => made.getAttribute("aria-disabled") !== "true" && act());
    return made;
  };
  const back = button("‹", "Items before these", () => turn(-1));
  const on = button("›", "Items after these", () => turn(1));
  const thumbs = h("ul", { class: "dml-thumbs", "aria-label": "Items to look at" });
  const nothing = h("p", { class: "dml-quiet" });

  const chosenFilter = () => filter.select.value || "apart";
  const chosenQuestion = () => question.select.value || null;
  function ask(first = wantedFirst) {
    wantedFirst = first;
    const show = goTo && [goTo.item, goTo.question];
    model.send({ do: "items", view, filter: chosenFilter(), question: chosenQuestion(), first, show });
  }
  function turn(by) {
    goOn();
    at = 0;
    ask(Math.max(0, page.first + by * page.page));
  }
  for (const { select } of [filter, question]) {
    select.addEventListener("change", () => {
      goOn();
      at = 0;
      ask(0);
    });
  }

  const contents = contentsAround({
    ask: (items) => model.send({ do: "look", items }),
    ready: () => {
      drawThumbs();
      drawLarge();
    },
  });

  // --- one item ------------------------------------------------------------------------------------
  const title = h("h5", { class: "dml-item-title" });
  const asks = h("p", { class: "dml-asked", dir: "auto" });
  const large = h("div", { class: "dml-item-large" });
  const facts = h("p", { class: "dml-quiet" });
  const choices = h("ul", { class: "dml-said" });
  const flags = h("ul", { class: "dml-flags", "aria-label": "What is said to be wrong with it" });
  const mark = h("p", { class: "dml-mark" });
  const spoken = h("span", { class: "dml-spoken", role: "status", "aria-live": "polite" });
  const tell = (words) => {
    kit.say(words);
    setText(spoken, words);
  };
  const keyed = (key, words, act) => {
    const made = h("button", { type: "button", class: "dml-button" }, h("kbd", {}, key), ` ${words}`);
    made.addEventListener("click", () => made.getAttribute("aria-disabled") !== "true" && act());
    return made;
  };
  const accept = keyed("A", "Accept", () => agree());
  const reject = keyed("R", "Leave out", () => leaveOut());
  const takeBack = keyed("U", "Undo", () => undoLast());
  const code = codeLine("");
  const one = h("div", { class: "dml-item" },
    h("div", { class: "dml-item-shown" }, title, large),
    h("div", { class: "dml-item-said" }, asks, facts, choices,
      h("div", { class: "dml-buttons dml-verdict" }, accept, reject, takeBack), mark, flags, code, spoken));
  const looked = h("div", { class: "dml-looked" },
    h("div", { class: "dml-picks-bar" }, filter.select, question.select, count, back, on),
    thumbs, nothing);
  const element = h("div", { class: "dml-review" }, looked, one);
  let largeOf = null;

  const rightOf = ({ item, question }, words) => ({ item, question, how: "right", words });
  function decide(message, decided, words) {
    if (whyNot()) return tell(whyNot());
    const told = row();
    const held = element.contains(document.activeElement);
    if (!own.decide(message, decided)) return null; // the panel itself says that the kernel is gone
    goTo = null;
    tell(`Item ${told.item}: ${words}`);
    const next = nextUndecided(page.rows, at, decidedOf);
    const isLast = next === at && page.first + page.page < page.total;
    at = next;
    draw();
    if (held) focus();
    if (isLast) turn(1);
    return null;
  }
  function choose(choice) {
    decide(choice.send, rightOf(row(), choice.words), `“${choice.words}” is right`);
  }
  function agree() {
    const told = row();
    if (!told) return;
    if (told.consensus == null) return tell("All together come to nothing here: choose an answer.");
    const message = { do: "agree", item: told.item, question: told.question, who: null };
    decide(message, rightOf(told, told.consensus), `“${told.consensus}” is right`);
  }
  function leaveOut() {
    if (!row()) return;
    const { item } = row();
    decide({ do: "leave_out", item }, { item, question: null, how: "left out", words: "" }, "left out");
  }
  function undoLast() {
    if (whyNot()) tell(whyNot());
    else if (!own.canUndo()) tell("There is nothing to undo.");
    else if (own.undo()) draw();
  }
  own.onUndone((undone, words, rests) => {
    setText(spoken, words);
    if (undone.sheet || !rests) return;
    goTo = undone;
    ask();
  });
  /** Whoever goes on is not taken elsewhere by what comes back. */
  function goOn() {
    own.goesOn();
    goTo = null;
  }
  function step(by) {
    if (!page.rows.length) return;
    goOn();
    const next = at + by;
    if (next < 0 && page.first > 0) return turn(-1);
    if (next >= page.rows.length && page.first + page.page < page.total) return turn(1);
    at = Math.min(page.rows.length - 1, Math.max(0, next));
    draw();
    focus();
    return null;
  }

  // --- keys ----------------------------------------------------------------------------------------
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("select, input, textarea, audio, video")) return;
    const letter = letterOf(event);
    const key = letter.length === 1 ? letter.toLowerCase() : letter;
    const moves = { j: 1, ArrowRight: 1, ArrowDown: 1, k: -1, ArrowLeft: -1, ArrowUp: -1 };
    const acts = { a: agree, r: leaveOut, u: undoLast, Backspace: undoLast };
    const offered = row() ? choicesFor(row(), questionOf(row())) : [];
    const by = (wanted) => offered.find((choice) => wanted && choice.key === wanted);
    const chosen = by(key) ?? by(digitInPlace(event));
    if (moves[key]) step(moves[key]);
    else if (!acts[key] && !chosen) return;
    else if (!event.repeat) (acts[key] ?? (() => choose(chosen)))();
    event.preventDefault();
    event.stopPropagation();
  });

  // --- drawing -------------------------------------------------------------------------------------
  const decidedOf = (told) => own.decidedOf(told, page.heard);

  /** What stands for an item, drawn once: photos are large. A copy where two questions are asked. */
  function thumbOf(item, used) {
    const parts = contents.of(item);
    if (!parts) return itemThumb(null);
    const made = used.has(item) ? itemThumb(parts) : (drawn.get(item) ?? itemThumb(parts));
    if (!used.has(item)) drawn.set(item, made);
    used.add(item);
    return made;
  }

  function drawThumbs() {
    const used = new Set();
    const held = thumbs.contains(document.activeElement);
    thumbs.replaceChildren(...page.rows.map((told, place) => {
      const decided = decidedOf(told);
      const sign = decided ? (decided.how === "right" ? "✓" : "∅") : "";
      const words = [`Item ${told.item}`, several() ? told.question : "", told.apart ? `${percent(told.apart)} apart` : "", decided ? decided.how : ""];
      const made = h("button", {
        type: "button",
        class: "dml-thumb",
        "aria-pressed": String(place === at),
        "aria-label": words.filter(Boolean).join(", "),
        tabindex: place === at ? "0" : "-1",
      }, thumbOf(told.item, used),
        h("span", { class: "dml-thumb-foot dml-number" }, `#${told.item}`,
          several() ? h("span", { class: "dml-quiet" }, ` ${told.question}`) : null,
          h("b", { "aria-hidden": "true" }, ` ${sign}`)));
      const bar = h("span", { class: "dml-apart", "aria-hidden": "true" });
      bar.style.width = `${100 * told.apart}%`;
      made.append(bar);
      made.addEventListener("click", () => {
        goOn();
        at = place;
        draw();
        focus();
      });
      return h("li", {}, made);
    }));
    for (const item of drawn.keys()) if (!used.has(item)) drawn.delete(item);
    if (held) focus();
  }

  function drawLarge() {
    const told = row();
    const parts = told && contents.of(told.item);
    const key = told && `${told.item}/${told.question}/${Boolean(parts)}/${JSON.stringify(told.answers)}`;
    if (key === largeOf) return;
    largeOf = key;
    large.replaceChildren(...(told ? itemLarge(parts, choicesFor(told, questionOf(told))) : []));
  }

  function drawOne() {
    const told = row();
    one.hidden = !told;
    if (!told) return;
    const asking = questionOf(told);
    const decided = decidedOf(told);
    setText(title, `Item ${told.item}`);
    setText(asks, asking.text);
    const agreed = told.consensus == null ? "All together come to nothing."
      : told.answers.length === 1 ? `One answer alone: “${told.consensus}”.`
      : `All together: “${told.consensus}”, ${percent(told.certainty)} ${asking.values && asking.type !== "multiple_choice" ? "sure" : "alike to the others"}.`;
    setText(facts, agreed);
    keepingFocus(choices, () => choices.replaceChildren(...choicesFor(told, asking).map((choice, place) => {
      const right = decided?.how === "right" && decided.words === choice.words;
      const made = h("button", { type: "button", class: "dml-button dml-choice", "aria-pressed": String(right) },
        choice.key ? h("kbd", {}, choice.key.toUpperCase()) : null,
        choice.value == null ? null : h("span", { class: `dml-line-sample dml-line-${place % 4}`, "aria-hidden": "true" }),
        choice.words === choice.key ? null : h("span", { class: "dml-choice-words", dir: "auto" }, choice.words),
        h("span", { class: "dml-spoken" }, " is right"));
      setUsable(made, whyNot());
      made.addEventListener("click", () => choose(choice));
      return h("li", {}, made,
        h("span", { class: "dml-said-by" },
          h("span", { class: "dml-votes", "aria-hidden": "true" }, "●".repeat(Math.min(8, choice.count))),
          choice.who.map(names).join(", ") || "nobody"));
    })));
    flags.replaceChildren(...told.flags.map(([who, why]) =>
      h("li", { title: why }, h("b", {}, `⚑ ${names(who)}: `), h("span", { dir: "auto" }, why))));
    // What scrolls can be reached by keys.
    setAttribute(flags, "tabindex", told.flags.length > 1 ? "0" : null);
    const why = whyNot();
    setUsable(accept, why || (told.consensus == null ? "There is no consensus to accept." : ""));
    setUsable(reject, why);
    setUsable(takeBack, why || (own.canUndo() ? "" : "There is nothing to undo."));
    accept.lastChild.textContent = told.consensus == null ? " Accept" : ` Accept “${told.consensus.slice(0, 24)}”`;
    setText(mark, !decided ? "" : decided.how === "right" ? `✓ You say: “${decided.words}”` : "∅ You left it out: it counts for nobody, and is in no result.");
    const right = decided?.how === "left out" ? `review.leave_out(${told.item})`
      : `review.right(${told.item}, ${pythonText(told.question)}, …)`;
    setText(code, right);
  }

  function draw() {
    drawThumbs();
    drawOne();
    drawLarge();
    contents.want(page.rows.map(({ item }) => item));
    const last = Math.min(page.total, page.first + page.rows.length);
    setText(count, page.total ? `${page.first + 1}–${last} of ${page.total}` : "");
    setUsable(back, page.first > 0 ? "" : "These are the first.");
    setUsable(on, last < page.total ? "" : "There are no more.");
    nothing.hidden = page.rows.length > 0;
    setText(nothing, model.get("judged").number && model.get("judged").sheets
      ? NONE[chosenFilter()]
      : "Nothing to look at yet: answers are shown once all places of a batch are answered, or at the deadline.");
  }

  function focus() {
    thumbs.querySelector("[aria-pressed=true]")?.focus();
  }

  function onMessage(content, buffers) {
    if (content.piece) contents.take(content.piece, buffers ?? []);
    const came = content.items;
    if (came?.view !== view || came.filter !== chosenFilter() || came.asked !== chosenQuestion()) return;
    if (came.wanted !== wantedFirst) return;
    wantedFirst = came.first; // there may be fewer by now
    const before = keyOf(row());
    page = came;
    const place = (wanted) => page.rows.findIndex((told) => keyOf(told) === wanted);
    const kept = place(before);
    at = kept >= 0 ? kept : Math.min(at, Math.max(0, page.rows.length - 1));
    // What was asked before it was taken back does not lead there.
    if (goTo && came.show?.[0] === goTo.item && came.show[1] === goTo.question) {
      const exactly = place(keyOf(goTo));
      const there = exactly >= 0 ? exactly : page.rows.findIndex(({ item }) => item === goTo.item);
      if (there < 0) tell(`Taken back: what you said of item ${goTo.item}, which is not among these.`);
      else if (exactly >= 0 || row().item !== goTo.item) at = there;
      goTo = null;
    }
    draw();
  }
  model.on("msg:custom", onMessage);
  kit.line(() => {
    if (kit.connected()) contents.again();
    drawOne();
  });
  kit.leave(() => {
    model.off("msg:custom", onMessage);
    contents.clear();
  });
  kit.follow("questions", () => {
    const told = model.get("questions");
    question.update([["", "all questions"], ...told.map(({ id, text }) => [id, text])]);
    question.select.hidden = told.length < 2;
  });
  draw();
  kit.follow("judged", () => ask());
  kit.follow("decided", () => ask());
  return { element, focus };
}
