// What every panel is on a page: a frame, forms that act on the chain, and what came of them.

import { actionForm } from "./action_form.js";
import { keepTimes, timeElement } from "./clock.js";
import { h, setAttribute, setText, setUsable } from "./dom.js";
import { chainBadge, copyable, download, followKernel, footBar, guardedModel, keepsKeys, signerBadge } from "./frame.js";
import { significant } from "./format.js";
import { moneyQuestion } from "./money_question.js";
import { isOutcomeOf, panelLiveness, panelLivenessText, panelNote } from "./panel_state.js";
import { questionBox } from "./question.js";

/**
 * Draws a panel and keeps it up, once the kernel has told what it shows; returns what stops it.
 *
 * `build(kit)` makes the body and returns its elements. The kit:
 *   el                the widget's own element
 *   model             what the kernel told: kit.model.get("pool_told")
 *   form(spec)        an action's form; see actionForm for what a spec is
 *   follow(trait, f)  calls f now and whenever the trait changes
 *   leave(stop)       calls stop once the panel is taken off the page
 *   connected()       whether the kernel can be reached
 *   line(f)           calls f whenever that changes; what was said until then is gone
 *   say(text)         says something at the bottom
 *   now()             the chain's time, ms: what deadlines are measured against
 *   time(ms)          a time of the chain as an element that stays relative
 *   key(k, words, f)  a key of the panel's own, for the table of keys
 *   help              set to an element that "?" shows in place of the table of keys
 *   exportsCsv        set to what it has ("list"; true for "history") for a button that asks the
 *                     kernel for a CSV
 */
export function renderPanel({ model: bare, el }, kind, build) {
  const model = guardedModel(bare);
  const context = { model, el };
  const told = () => model.get("head")?.noun;
  el.classList.add("dml-widget", "dml-panel", `dml-${kind}`);
  if (told()) return drawPanel(context, build);
  const bars = Array.from({ length: 6 }, () => h("span"));
  const skeleton = h("div", { class: "dml-skeleton", "aria-label": "Loading" }, ...bars);
  el.append(h("div", { class: "dml-view" }, skeleton));
  let stop = () => {};
  const begin = () => {
    if (!told()) return;
    model.off("change:head", begin);
    el.replaceChildren();
    stop = drawPanel(context, build);
  };
  model.on("change:head", begin);
  return () => {
    model.off("change:head", begin);
    stop();
  };
}

function drawPanel({ model, el }, build) {
  const root = h("div", { class: "dml-view" });
  const forms = new Map();
  const undo = [];
  const lines = [];
  const keys = [];
  let connected = true;
  let heard = Date.now();
  let said = "";
  let begun = null;
  let shown = null;
  let questionShown = 0;
  let previewed = null;

  const head = () => model.get("head");
  const quietSeconds = () => (Date.now() - heard) / 1000;
  const say = (text) => {
    said = text;
    shown = null;
    drawFoot();
  };
  const kit = {
    el,
    model,
    say,
    connected: () => connected,
    now: () => (head().now ?? Date.now()) + (Date.now() - heard),
    time: (ms) => timeElement(ms, kit.now()),
    key: (name, words, action) => keys.push([name, words, action]),
    follow(trait, draw) {
      model.on(`change:${trait}`, draw);
      undo.push(() => model.off(`change:${trait}`, draw));
      draw();
    },
    leave: (stop) => undo.push(stop),
    line: (f) => lines.push(f),
    form(spec) {
      const form = actionForm(spec, panel);
      forms.set(spec.name, form);
      undo.push(form.close);
      if (spec.key) {
        const typed = Object.keys(spec.fields ?? {}).length > 0;
        const words = spec.keyWords ?? spec.label({}).toLowerCase();
        kit.key(spec.key, words, () => (typed ? form.focus() : form.act()));
      }
      return form.element;
    },
    help: null,
    exportsCsv: false,
  };
  const panel = {
    model,
    say,
    connected: () => connected,
    sure: (question) => question_.ask(typeof question === "function" ? question() : question),
    began(what) {
      begun = what;
      said = "";
      shown = null;
      drawFoot();
    },
  };

  // --- frame -------------------------------------------------------------------------------------
  const name = h("strong");
  const noun = h("span");
  const signer = signerBadge(say);
  const chain = chainBadge();
  const header = h(
    "header",
    { class: "dml-head" },
    h("span", { class: "dml-title" }, noun, " ", name),
    h("span", { class: "dml-who" }, signer.element, chain.element),
  );
  const question_ = questionBox();
  let onLine = () => {}; // what is built asks by itself
  undo.push(
    followKernel(model, (reachable) => {
      connected = reachable;
      onLine();
    }),
  );
  const body = build(kit);

  const fileButton = (label, what, key, words) => {
    const button = h("button", { type: "button", class: "dml-button", "aria-label": `${label}: ${words}` }, label);
    button.dataset.hint = `${words} (${key})`;
    const ask = () => {
      const why = fileRefusal(what);
      if (why) say(why);
      else model.send({ do: what });
    };
    button.addEventListener("click", ask);
    kit.key(key, words, ask);
    return { button, what };
  };
  const files = [
    ...(kit.exportsCsv ? [fileButton("CSV", "csv", "e", `export the ${kit.exportsCsv === true ? "history" : kit.exportsCsv}`)] : []),
    fileButton("Receipt", "receipt", "r", "export the last receipt as JSON"),
  ];
  const fileRefusal = (what) => {
    if (!connected) return "The kernel does not answer, so it can't give the file.";
    return what === "receipt" && !accepted ? "There is no receipt yet: nothing was signed here." : "";
  };
  const foot = footBar({
    root: el,
    keys,
    help: kit.help,
    buttons: files.map(({ button }) => button),
    escape: () => (question_.isOpen() ? question_.close() : say("")),
  });
  const result = h("div", { class: "dml-result", hidden: true });
  foot.message.after(result);
  root.append(header, ...body, question_.element, foot.element);

  // --- drawing -----------------------------------------------------------------------------------
  let accepted = false;

  function drawHead() {
    const told = head();
    const state = panelLiveness(told, connected, quietSeconds());
    el.dataset.state = state;
    setText(noun, told.noun);
    setText(name, told.name);
    signer.update(told.signer);
    chain.update({
      state: state === "unreachable" ? "disconnected" : state,
      text: panelLivenessText(state, quietSeconds()),
      block: told.block,
      title: `chain: ${told.chain}; told ${new Date(told.at).toLocaleString()}`,
    });
    for (const form of forms.values()) form.draw();
    for (const { button, what } of files) setUsable(button, fileRefusal(what));
  }

  function drawFoot() {
    const note = panelNote(head(), connected, said);
    const urgent = !connected || head().state === "unreachable" || said;
    if (urgent) shown = null;
    foot.say(urgent || !shown ? note.text : "", note.failed);
    foot.message.hidden = !urgent && Boolean(shown);
    result.hidden = foot.message.hidden === false;
    if (shown && !result.hidden) result.replaceChildren(...shown);
  }

  function onHead() {
    heard = Date.now();
    drawHead();
    drawFoot();
    // What an action would do may be something else after every block, and only then.
    if (head().block === previewed) return;
    previewed = head().block;
    for (const form of forms.values()) form.wantPreview();
  }

  // --- what came of an action --------------------------------------------------------------------
  function receiptParts(outcome) {
    const { receipt } = outcome;
    const done = forms.get(outcome.action)?.spec.done ?? receipt.call;
    const amounts = receipt.moved.map(([exact, symbol]) => {
      const [sign, size] = exact.startsWith("-") ? ["−", exact.slice(1)] : ["+", exact];
      return h(
        "span",
        { class: "dml-number", title: `${exact} ${symbol}, the fee included` },
        `${sign}${significant(size)} ${symbol}`,
      );
    });
    return [
      h("span", { class: "dml-ok" }, h("b", {}, done)),
      ...amounts,
      h("span", { class: "dml-number dml-quiet", title: `${receipt.fee} ${receipt.asset}` },
        `fee ${significant(receipt.fee)} ${receipt.asset}`),
      h("span", { class: "dml-quiet" }, `block ${receipt.block} `,
        copyable(receipt.extrinsic, "extrinsic", say)),
      h("span", { class: "dml-quiet" }, timeElement(outcome.at, Date.now())),
    ];
  }

  function failureParts(outcome) {
    const { kind, text, todo, calm, paid } = outcome.error;
    const again = h("button", { type: "button", class: "dml-button dml-small" }, "Try again");
    again.addEventListener("click", () => begun?.again());
    const told = [text, todo, paid ? "Only the fee was paid." : ""].filter(Boolean).join(" ");
    return [
      h("span", { class: calm ? "" : "dml-no", title: kind }, told),
      ...(begun && begun.name === outcome.action ? [again] : []),
    ];
  }

  function onOutcome() {
    const outcome = model.get("outcome") ?? {};
    for (const form of forms.values()) form.onOutcome(outcome);
    if (!outcome.state) return;
    if (outcome.state === "pending") {
      said = shown = null;
    } else if (outcome.state === "waiting") {
      said = outcome.text;
    } else {
      said = "";
      accepted ||= outcome.state === "accepted";
      shown = outcome.state === "accepted" ? receiptParts(outcome) : failureParts(outcome);
      const told = shown.map((part) => part.textContent).join(" ");
      setText(foot.live, told);
    }
    drawHead();
    drawFoot();
  }

  function onQuestion() {
    const told = model.get("question") ?? {};
    if (told.id == null) {
      if (questionShown) question_.close();
      questionShown = 0;
    } else if (told.id !== questionShown) {
      questionShown = told.id;
      question_.ask(moneyQuestion(told, say)).then((yes) => {
        if (model.get("question")?.id !== told.id) return;
        model.send({ do: "answer", question: told.id, yes });
      });
    }
  }

  function onMessage(content) {
    if (content.preview) {
      forms.get(content.preview.action)?.onPreview(content.preview);
    } else if (content.file) {
      download(content.file.name, content.file.text, content.file.type);
      say(`Exported ${content.file.name}`);
    } else if (content.busy) {
      for (const form of forms.values()) form.onBusy(content.busy);
      say(content.text);
    } else if (content.said) {
      say(content.said);
    }
  }

  // --- life --------------------------------------------------------------------------------------
  el.append(root);
  el.addEventListener("keydown", foot.onKey);
  keepsKeys(el);
  model.on("msg:custom", onMessage);
  undo.push(() => model.off("msg:custom", onMessage));
  const watched = { head: onHead, outcome: onOutcome, question: onQuestion, refusals: drawHead };
  for (const [trait, draw] of Object.entries(watched)) {
    model.on(`change:${trait}`, draw);
    undo.push(() => model.off(`change:${trait}`, draw));
  }
  onLine = () => {
    said = "";
    if (connected) heard = Date.now();
    else for (const form of forms.values()) form.onBusy(null);
    drawHead();
    drawFoot();
    for (const f of lines) f();
  };
  const clock = setInterval(() => {
    drawHead();
    drawFoot();
    for (const part of body) keepTimes(part, kit.now());
    keepTimes(result, Date.now());
  }, 1000);
  undo.push(() => clearInterval(clock));
  onHead();
  onOutcome();
  onQuestion();
  if (!connected) onLine();
  return () => undo.forEach((stop) => stop());
}
