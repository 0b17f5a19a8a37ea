// One action: its fields, its button, and beside the button what it would do and cost.

import { h, setAttribute, setText, setUsable } from "./dom.js";
import { codeLine } from "./frame.js";
import { significant } from "./format.js";
import { actionRefusal, isOutcomeOf } from "./panel_state.js";

const PREVIEW_AFTER_MS = 250;
const SHOWN_DONE_MS = 4000;

/** A name that tells one view of a page from another, and from those of other pages. */
export function viewToken() {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
}

/**
 * A form as {element, draw(), act(), focus(), wantPreview(), onPreview(told), onOutcome(outcome),
 * onBusy()}; `renderPanel` makes and drives it.
 *
 * Args of `spec`:
 *   name       the action's name in the kernel
 *   fields     {argument: field}, in order
 *   label      (values) => what the button does, such as "Put in 100 DML"
 *   code       (values) => the Python line that does the same
 *   done       what is said when the chain accepted it, such as "Put in"
 *   sure       what to ask first, where it can't be undone: {title, body, yes, no}
 *   refused    () => why it can't be done now, where the page knows more than the kernel told; or ""
 *   key        one letter that goes to the form's first field, or presses its only button
 *   hint       what stands in the preview's place until something is filled in
 */
export function actionForm(spec, panel) {
  const { name, fields = {} } = spec;
  const view = viewToken();
  let asked = 0;
  let pending = null;
  let shown = null;
  let timer = 0;
  let doneTimer = 0;
  let barred = "";

  const id = `dml-preview-${view}`;
  const button = h("button", {
    type: "button",
    class: "dml-button dml-main",
    "aria-describedby": id,
  });
  const preview = h("div", { class: "dml-preview", id });
  const code = codeLine("");
  const element = h(
    "form",
    { class: "dml-action", "data-action": name, novalidate: true },
    ...Object.values(fields).map((field) => field.element),
    h("div", { class: "dml-do" }, button, preview),
    code,
  );

  const values = () =>
    Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.value()]));
  const problems = () => Object.values(fields).map((field) => field.problem());
  const outcome = () => panel.model.get("outcome") ?? {};
  const isPending = () =>
    pending != null || (outcome().action === name && outcome().state === "pending");
  const refused = () => spec.refused?.() || (panel.model.get("refusals")?.[name] ?? "");
  const refusal = () =>
    actionRefusal({
      head: panel.model.get("head"),
      connected: panel.connected(),
      refused: refused(),
      pending: isPending(),
      problems: problems(),
    });

  function draw() {
    const why = refusal();
    if (barred && !why) wantPreview();
    barred = why;
    const busy = isPending();
    const text = spec.label(values());
    setText(button, text);
    setUsable(button, why);
    setAttribute(button, "aria-busy", busy ? "true" : null);
    setText(code, spec.code(values()));
    const mark = busy ? "pending" : element.dataset.done ? "accepted" : null;
    setAttribute(button, "data-mark", mark);
    drawPreview(why);
  }

  function drawPreview(why) {
    const waits = why && !isPending();
    if (waits) {
      const typed = Object.values(fields).some((field) => field.value());
      const first = !typed && spec.hint && why === problems().find(Boolean) ? spec.hint : why;
      return say(h("span", { class: "dml-quiet" }, first));
    }
    if (isPending()) return say(h("span", {}, "Signing and sending…"));
    if (!shown) {
      return say(h("span", { class: "dml-asking dml-quiet" }, "Asking the chain…"));
    }
    const { fee, asset, effects, error } = shown;
    const lines = effects.map((line) => h("li", {}, line));
    if (fee != null) {
      lines.push(h("li", { title: `${fee} ${asset}` }, `fee ${significant(fee)} ${asset}`));
    }
    const failure = error
      ? h("p", { class: "dml-would-fail" }, `${error.text} ${error.todo}`.trim())
      : null;
    say(...(failure ? [failure] : []), h("ul", {}, ...lines));
  }

  function say(...parts) {
    const told = parts.map((part) => part.textContent).join("\n");
    if (preview.dataset.told === told) return;
    preview.dataset.told = told;
    preview.replaceChildren(...parts);
  }

  /** Asks for the consequences, soon and once, if there is anything to ask about. */
  function wantPreview(soon = PREVIEW_AFTER_MS) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (refusal() || element.closest("[hidden]")) return;
      asked += 1;
      const message = { do: "preview", action: name, arguments: values(), token: `${view}/${asked}` };
      panel.model.send(message);
    }, soon);
  }

  function changed() {
    shown = null;
    delete element.dataset.done;
    draw();
    wantPreview();
  }

  async function act() {
    const why = refusal();
    if (why) {
      panel.say(why);
      Object.values(fields).find((field) => field.problem())?.focus();
      return;
    }
    const sent = values();
    if (spec.sure && !(await panel.sure(spec.sure))) return;
    send(sent);
  }

  /** Sends what was filled in; the mark is there before the kernel has heard of it. */
  function send(sent) {
    asked += 1;
    pending = `${view}/${asked}`;
    delete element.dataset.done;
    panel.began({ name, sent, again: () => send(sent) });
    panel.model.send({ do: "act", action: name, arguments: sent, token: pending });
    draw();
  }

  button.addEventListener("click", act);
  element.addEventListener("input", changed);
  element.addEventListener("submit", (event) => event.preventDefault());
  // Not left to the browser, which in some notebooks submits no form.
  element.addEventListener("keydown", (event) => {
    const lines = event.target.tagName === "TEXTAREA";
    if (event.key !== "Enter" || event.repeat || event.altKey) return;
    if (lines ? !(event.ctrlKey || event.metaKey) : event.target.tagName !== "INPUT") return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });

  return {
    name,
    element,
    spec,
    draw,
    act,
    wantPreview,
    refusal,
    focus() {
      const first = Object.values(fields)[0];
      if (first) first.focus();
      else button.focus();
    },
    onPreview(told) {
      if (told.token !== `${view}/${asked}`) return;
      shown = told;
      draw();
    },
    onOutcome(told) {
      if (pending && isOutcomeOf(told, pending)) {
        pending = null;
        if (told.state === "accepted") {
          // What was typed was done, so it goes; what was refused stays to be mended.
          for (const field of Object.values(fields)) field.set("");
          element.dataset.done = "true";
          clearTimeout(doneTimer);
          doneTimer = setTimeout(() => {
            delete element.dataset.done;
            draw();
          }, SHOWN_DONE_MS);
        }
        wantPreview(0);
      }
      draw();
    },
    /** The kernel has other work, or is gone: what was pressed was not begun. */
    onBusy(token) {
      if (token != null && token !== pending) return;
      pending = null;
      draw();
    },
    close() {
      clearTimeout(timer);
      clearTimeout(doneTimer);
    },
  };
}
