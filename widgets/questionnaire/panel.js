// The questionnaire panel: an item, its questions beside it, and one key to the next item.

import { viewToken } from "../action_form.js";
import { h, setText } from "../dom.js";
import { codeLine, pythonText } from "../frame.js";
import { renderPanel } from "../panel.js";
import { visible } from "../visible.js";
import { commandButtons } from "./command_buttons.js";
import { contentsAround } from "./contents.js";
import { deskMirror, givenTo, isGiven } from "./mirror.js";
import { flagBox } from "./flag_box.js";
import { handlesKeys } from "./key_handling.js";
import { itemStage } from "./item_stage.js";
import { keptKeys, keyPlace } from "./keys.js";
import { keysOfOptions } from "./choices.js";
import { keyTable } from "./key_table.js";
import { progressLine } from "./progress.js";
import { questionColumn } from "./question_column.js";
import { thresholds } from "./thresholds.js";
import { browserStore, chosenAtOnce, tellingViews, unheard } from "./unheard.js";

const UNREACHABLE = "The kernel is gone. What you answer is kept in this browser, and sent once it is back or the cell is run again.";
const NOT_HERE = "The kernel is gone, and the item is not here yet: it cannot be answered.";
const NOT_YET = "The item is not here yet: it can be answered once it is.";
const AHEAD = 3; // items that are decoded before they are looked at

/** A value as a Python literal, for a line of code. */
function pythonValue(value) {
  return JSON.stringify(value).replace(/\bnull\b/g, "None");
}

function build(kit) {
  const { el, model } = kit;
  const document_ = model.get("questionnaire");
  const { questions } = document_;
  const desk = () => model.get("desk_told");
  const storage = browserStore(el);
  const kept = keptKeys(storage, "dml-questionnaire-keys", questions.map(keyPlace));
  const view = viewToken();
  const telling = tellingViews(el);
  const notHeard = unheard(storage, `dml-questionnaire/${desk().place}`, view, telling, chosenAtOnce(questions));
  const mirror = deskMirror({
    questions,
    view,
    send: (message) => kit.connected() && model.send(message), // `again` sends what was not
    keep: notHeard.keep,
  });
  const contents = contentsAround({
    ask: (items) => kit.connected() && model.send({ do: "want", batch: mirror.batch(), items }),
    ready: (at) => at === index && screen === "item" && showItem(),
  });
  let index = 0;
  let screen = ""; // "start", "item" or "end"
  let said = "";
  let enters = true; // the field of the first question; after an undo the keys stay with the panel
  let begun = null; // the batch that somebody has set to work at

  // --- elements ----------------------------------------------------------------------------------
  const live = h("div", { class: "dml-spoken", role: "status", "aria-live": "polite" });
  const spoken = (text) => setText(live, text);
  const say = (text) => {
    said = text;
    kit.say(text);
    spoken(text);
  };
  const rest = () => say(kit.connected() ? "" : UNREACHABLE);
  const hasFocus = () => el.contains(el.ownerDocument.activeElement);
  const leaveField = () => {
    if (column.element.contains(el.ownerDocument.activeElement?.closest("input, textarea"))) {
      root.focus({ preventScroll: true });
    }
  };
  const stage = itemStage({
    compares: questions.some(({ answerType }) => answerType === "preference"),
    say,
    changed: () => stage.drawRegions(),
  });
  const column = questionColumn({ questions, stage, kept, hasFocus, leaveField, host: hostOf });
  const progress = progressLine({ time: kit.time, now: kit.now });
  const code = codeLine("");
  const flags = flagBox({ longest: 500, flag: (why) => flagItem(why), closed: () => root.focus({ preventScroll: true }) });
  const buttons = commandButtons(kept);
  const tools = [
    buttons.make("back", "Back", "the item before", () => step(-1)),
    buttons.make("forward", "Forward", "the item after", () => step(1)),
    buttons.make("undo", "Undo", "undo the last change", undo),
    buttons.make("skip", "Skip", "leave the item unanswered", skip),
    buttons.make("flag", "Flag", "say that the item is broken", () => flags.open(mirror.item(index).flag)),
  ];
  const looks = [
    buttons.make("farther", "−", "zoom out", () => stage.view.zoom(false), true),
    buttons.make("closer", "+", "zoom in", () => stage.view.zoom(true), true),
    buttons.make("fit", "Fit", "show the whole item", () => stage.view.fit(), true),
  ];
  looks[0].setAttribute("aria-label", "Zoom out");
  looks[1].setAttribute("aria-label", "Zoom in");
  stage.view.element.append(h("div", { class: "dml-looks" }, ...looks));
  const instructions = h("p", { class: "dml-instructions", dir: "auto", hidden: true },
    visible(document_.instructions, { lines: true }));
  const instruct = () => {
    instructions.hidden = !instructions.hidden || !document_.instructions;
  };
  if (document_.instructions) tools.push(buttons.make("instructions", "Instructions", "what to look for", instruct));
  const flagged = h("p", { class: "dml-flagged", dir: "auto", hidden: true });
  const onwards = buttons.make("next", "Next", "done with this question", () => proceed());
  onwards.classList.add("dml-onwards");
  const side = h(
    "div",
    { class: "dml-side-column" },
    instructions,
    column.element,
    flagged,
    h("div", { class: "dml-tools" }, onwards, ...tools),
    flags.element,
    code,
  );
  const work = h("div", { class: "dml-work" }, stage.element, side);
  const doors = thresholds({ kit, desk, mirror, go: (at) => show(at), instructions: document_.instructions });
  const root = h("div", { class: "dml-quest", tabindex: "-1" }, live, progress.element, doors.start, work, doors.end);
  const table = keyTable({
    kept,
    say,
    asked: column.options(),
    keysOf: (question) => keysOfOptions(question, kept),
    changed: () => drawItem(),
  });
  kit.help = table.element;

  // --- what a question may do --------------------------------------------------------------------
  function hostOf(question) {
    const { questionId: id } = question;
    return {
      say,
      spoken,
      place: () => `${mirror.batch()}/${index}`,
      value: () => givenTo(mirror.item(index).given, id),
      next: () => proceed(),
      clear({ keeps = false } = {}) {
        if (!takes()) return false;
        mirror.tell({ do: "clear", item: index, question: id });
        drawItem(keeps);
        return true;
      },
      answer(value, { done = false } = {}) {
        if (!takes()) return false;
        mirror.tell({ do: "answer", item: index, question: id, value });
        setText(code, `desk.answer(${index}, ${pythonText(id)}, ${pythonValue(value)})`);
        if (done) goOnFrom(id);
        else drawItem();
        return true;
      },
    };
  }

  /** Why nothing can be changed now, or "". */
  function blocked() {
    return kit.connected() ? handing() : UNREACHABLE;
  }

  function handing() {
    return desk().handing ? "The batch is being handed in, so nothing of it can be changed now." : "";
  }

  /** Whether an answer can be taken: of an item that can be seen; without a kernel it waits here. */
  function takes() {
    const notSeen = kit.connected() ? NOT_YET : NOT_HERE;
    const why = handing() || (contents.of(index) ? "" : notSeen);
    if (why) say(why);
    return !why;
  }

  function usable() {
    const why = blocked();
    if (why) say(why);
    return !why;
  }

  // --- from one to the next ----------------------------------------------------------------------
  /** After an answer that says all: the next question without one, or the next item. */
  function goOnFrom(id) {
    const item = mirror.item(index);
    const asked = item.asked;
    const next = asked.slice(asked.indexOf(id) + 1).find((one) => !isGiven(item.given, one));
    if (next === undefined && item.state !== "open") return onward();
    column.draw(item, false);
    drawAround();
    column.activate(next ?? (column.missing() || id));
    return null;
  }

  /** "Done with this question": the one after it, or the next item; back with `by` -1. */
  function proceed(by = 1) {
    if (column.kind()?.finish()) return;
    const next = column.step(by);
    if (next) {
      column.activate(next);
      return;
    }
    if (by < 0) return;
    column.draw(mirror.item(index), false);
    const missing = column.missing();
    if (missing && mirror.item(index).state === "open") {
      column.activate(missing);
      say("This question needs an answer; or skip the item.");
    } else onward();
  }

  function onward() {
    if (begun !== mirror.batch()) rest(); // of how the batch was taken enough was said
    begun = mirror.batch();
    const next = mirror.nextOpen(index);
    if (next < 0) showEnd();
    else show(next);
  }

  function step(by) {
    if (screen === "end" && by < 0) return show(mirror.count() - 1);
    if (index + by >= mirror.count()) return showEnd();
    return index + by >= 0 ? show(index + by) : null;
  }

  function undo() {
    if (!usable()) return;
    column.leave();
    const number = mirror.tell({ do: "undo", item: index });
    if (!kit.connected()) mirror.withdraw(number); // it is not shown as done, so it must not be later
  }

  function skip() {
    if (!usable()) return;
    mirror.tell({ do: "skip", item: index });
    setText(code, `desk.skip(${index})`);
    onward();
  }

  function flagItem(why) {
    if (!usable()) return;
    mirror.tell({ do: "flag", item: index, why });
    setText(code, `desk.flag(${index}, ${pythonText(why)})`);
    if (why) onward();
    else drawItem();
  }

  // --- what is shown -----------------------------------------------------------------------------
  const nameOf = (at) => `Item ${at + 1} of ${mirror.count()}`;

  function show(at, takesField = true) {
    column.leave();
    flags.close();
    enters = takesField;
    if (!enters) leaveField();
    if (said) rest();
    index = at;
    change("item");
    contents.want(mirror.around(index, AHEAD));
    showItem();
    mirror.tell({ do: "go", item: at });
  }

  /** Puts the item on the stage, if it is here, with its questions. */
  function showItem() {
    const parts = contents.of(index);
    if (parts && [NOT_YET, NOT_HERE].includes(said)) rest();
    if (parts) stage.show(parts, nameOf(index));
    else stage.wait(nameOf(index));
    el.dataset.item = parts ? String(index) : "";
    column.draw(mirror.item(index), true, enters);
    drawAround();
    const asked = questions.find((q) => q.questionId === column.active());
    spoken(`${nameOf(index)}. ${asked ? visible(asked.questionText) : ""}`);
  }

  function showEnd() {
    column.leave();
    stage.playing()?.media.pause();
    mirror.rest();
    change("end");
    drawAround();
    doors.drawEnd();
    spoken("That was the last item of this batch.");
  }

  function change(to) {
    if (screen === to) return;
    screen = to;
    const held = hasFocus();
    doors.start.hidden = to !== "start";
    work.hidden = to !== "item";
    doors.end.hidden = to !== "end";
    progress.element.hidden = to === "start";
    if (held) root.focus({ preventScroll: true });
  }

  function drawItem(keeps = false) {
    if (screen !== "item") return;
    if (!keeps) column.draw(mirror.item(index), false);
    drawAround();
  }

  function drawAround() {
    const { earnings, points, expires } = desk();
    const at = screen === "item" ? index : null;
    progress.draw({ states: mirror.states(), index: at, earnings, points, expires });
    const { flag } = mirror.item(index);
    flagged.hidden = !flag;
    setText(flagged, `Flagged: ${visible(flag)}`);
    buttons.draw(blocked());
  }

  // --- what the kernel says ----------------------------------------------------------------------
  function onDesk() {
    const told = desk();
    const before = mirror.batch();
    if (mirror.open(told)) say("What you changed last came too late for its batch, which has what was answered before.");
    if (told.batch === null) {
      contents.clear();
      change("start");
      doors.drawStart();
    } else if (told.batch !== before) {
      contents.clear();
      for (const operation of notHeard.of(told.batch)) mirror.tell(operation);
      if (mirror.states().includes("open")) show(told.position);
      else showEnd();
    } else {
      lookElsewhere();
      drawAround();
      if (screen === "end") doors.drawEnd();
    }
  }

  /** Asks for what somebody else has changed at the desk: a program, or another view. */
  function lookElsewhere() {
    const items = mirror.changedElsewhere();
    if (items.length) model.send({ do: "look", batch: mirror.batch(), items });
  }

  function onMessage({ piece, later, items, heard, batch, fault, show: shown }, buffers) {
    if (piece && piece.batch === mirror.batch()) contents.take(piece, buffers ?? []);
    if (later && batch === mirror.batch()) {
      contents.later(later);
      if (screen === "item" && later.includes(index)) contents.want(mirror.around(index, AHEAD)); // by now
    }
    if (!items || batch !== mirror.batch()) return;
    for (const told of items) mirror.learn(told.item, told);
    if (heard && heard.view !== view) notHeard.heardOf(heard.view, heard.n);
    if (heard?.view === view) {
      const done = mirror.heard(heard.n);
      lookElsewhere();
      if (fault) say(fault);
      else if (shown !== null) {
        show(shown, false);
        return say(`Undone: item ${shown + 1}`);
      } else if (done.some((operation) => operation.do === "undo")) say("There is nothing to undo.");
    }
    if (screen === "end") doors.drawEnd();
    if (items.some(({ item }) => item === index)) drawItem();
    else drawAround();
    return null;
  }

  // --- life --------------------------------------------------------------------------------------
  handlesKeys({ el, root, kept, table, stage, column, doors, flags, screen: () => screen, proceed, step, undo, skip,
    instructions: instruct,
    flag: () => flags.open(mirror.item(index).flag) });
  root.addEventListener("click", (event) => {
    // A notebook gives the focus to the cell that was pressed in.
    if (event.detail > 0 && !hasFocus()) root.focus({ preventScroll: true });
    // A pressed button gives the keys back; whoever came to it by keys keeps it.
    const pressed = event.target.closest("button");
    if (event.detail > 0 && (pressed || !event.target.closest("input, textarea, .dml-stage"))) {
      if (!root.querySelector("form:focus-within, .dml-flag-box:focus-within")) root.focus({ preventScroll: true });
    }
  });
  model.on("msg:custom", onMessage);
  kit.leave(() => model.off("msg:custom", onMessage));
  const tells = () => (kit.connected() ? telling.add(view) : telling.delete(view));
  tells();
  kit.leave(() => telling.delete(view));
  kit.line(() => {
    tells();
    rest();
    if (kit.connected()) {
      mirror.again();
      contents.again();
    }
    drawAround();
  });
  kit.leave(() => {
    column.leave();
    contents.clear();
    stage.close();
  });
  kit.follow("desk_told", onDesk);
  kit.follow("head", drawAround); // how long the lease is, as time goes by
  return [root];
}

function render(context) {
  return renderPanel(context, "questionnaire-panel", build);
}

export default { render };
