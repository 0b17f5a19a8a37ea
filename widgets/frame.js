// What every widget has around its body: who signs, copyable text, lines of code, the keys.

import { h, setAttribute, setText } from "./dom.js";
import { grouped, shortAddress } from "./format.js";
import { identiconSvg } from "./identicon.js";
import { letterOf } from "./letters.js";

/** A shortened address, CID or hash that copies its full text when pressed. */
export function copyable(text, kind, say) {
  return h(
    "button",
    {
      type: "button",
      class: "dml-copy",
      title: `${text}\nPress to copy`,
      "aria-label": `${shortAddress(text)}: copy the ${kind} ${text}`,
      async onclick() {
        try {
          await navigator.clipboard.writeText(text);
          say(`Copied ${kind} ${shortAddress(text)}`);
        } catch {
          say(`This page may not copy; here is the whole ${kind}: ${text}`);
        }
      },
    },
    shortAddress(text),
  );
}

/** The Python line that does or reads the same; shown while the frame shows code. */
export function codeLine(line) {
  return h("code", { class: "dml-code" }, line);
}

/** A text as a Python literal, for a line of code. */
export function pythonText(text) {
  return JSON.stringify(text);
}

/** A heading with the Python line that reads the same. */
export function heading(text, code) {
  return h("div", { class: "dml-heading" }, h("h4", {}, text), code ? codeLine(code) : null);
}

/** Who signs: identicon, name and address, as {element, update({name, address})}. */
export function signerBadge(say) {
  const element = h("span", { class: "dml-signer" });
  return {
    element,
    update({ name, address }) {
      if (element.dataset.address === address) return;
      element.dataset.address = address;
      element.replaceChildren(
        identiconSvg(address),
        h("span", {}, name),
        copyable(address, "address", say),
      );
    },
  };
}

/** A dot, its state in words and the block, as {element, update({state, text, block, title})}. */
export function chainBadge() {
  const dot = h("span", { class: "dml-live", "aria-hidden": "true" });
  const words = h("span");
  const number = h("span", { class: "dml-number" });
  return {
    element: h("span", { class: "dml-chain" }, dot, words, number),
    update({ state, text, block, title }) {
      setAttribute(dot, "data-state", state);
      setText(words, text);
      setText(number, block == null ? "" : `block ${grouped(block)}`);
      setAttribute(number, "title", title);
    },
  };
}

/**
 * The foot of a widget: a line for the last word, a live region, buttons for code and keys.
 *
 * `onKey` does what a key does: those of the table with an action of their own, "c", "?" and Esc,
 * which goes to `escape` unless it closes the keys. Keys that are typed into a field stay there.
 * `help` is shown in place of the table of keys, for a widget whose keys change.
 */
export function footBar({ root, keys, buttons = [], escape, help: given = null }) {
  const message = h("span", { class: "dml-message" });
  const live = h("span", { class: "dml-spoken", role: "status", "aria-live": "polite" });
  const code = h(
    "button",
    {
      type: "button",
      class: "dml-button",
      "aria-pressed": "false",
      "aria-label": "Show code",
      title: "Show code (c)",
    },
    "</>",
  );
  const help = h(
    "button",
    {
      type: "button",
      class: "dml-button",
      "aria-label": "Keys",
      "aria-expanded": "false",
      title: "Keys (?)",
    },
    "?",
  );
  const table = given ?? keyHelp([
    ...keys,
    ["c", "show or hide code"],
    ["Esc", "close what is open"],
    ["?", "show or hide these keys"],
  ]);
  const toggleCode = () => {
    code.setAttribute("aria-pressed", String(root.classList.toggle("dml-shows-code")));
  };
  let before = null; // what had the focus when the keys were shown
  const toggleKeys = () => {
    const now = document.activeElement;
    if (table.hidden) before = root.contains(now) ? now : null;
    const back = table.contains(now) ? before ?? help : null;
    table.hidden = !table.hidden;
    if (back) (back.isConnected && back.getClientRects().length ? back : help).focus({ preventScroll: true });
    help.setAttribute("aria-expanded", String(!table.hidden));
  };
  code.addEventListener("click", toggleCode);
  help.addEventListener("click", toggleKeys);
  const own = Object.fromEntries(keys.filter(([, , action]) => action).map(([k, , a]) => [k, a]));
  const actions = {
    ...own,
    c: toggleCode,
    "?": toggleKeys,
    Escape: () => (table.hidden ? escape?.() : toggleKeys()),
  };

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const types = event.target.closest?.("input:not([type=radio]), textarea, select");
    const key = letterOf(event);
    const action = types && key !== "Escape" ? null : actions[key] ?? actions[key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  return {
    element: h(
      "footer",
      { class: "dml-foot" },
      message,
      live,
      h("div", { class: "dml-buttons" }, code, ...buttons, help),
      table,
    ),
    message,
    live,
    onKey,
    say(text, failed = false) {
      setText(message, text);
      message.classList.toggle("dml-failed", failed);
    },
  };
}

function keyHelp(keys) {
  const rows = keys.flatMap(([key, meaning]) => [
    h("dt", {}, h("kbd", {}, key)),
    h("dd", {}, meaning),
  ]);
  return h("dl", { class: "dml-keys", hidden: true, "aria-label": "Keys" }, ...rows);
}

const NOTEBOOKS = ["s", "f"]; // with Ctrl or Cmd: what saves and searches a notebook
const keeping = new WeakSet(); // the widgets that keep keys
const lending = new WeakSet(); // the windows where some of them are lent

function isNotebooks(event) {
  return (event.ctrlKey || event.metaKey) && !event.altKey && NOTEBOOKS.includes(letterOf(event).toLowerCase());
}

/** Lets a notebook take its own keys from within a widget: before it looks, nothing tells it not to. */
function lend(event) {
  if (!isNotebooks(event)) return;
  const told = [];
  let at = event.target;
  for (; at?.dataset && !keeping.has(at); at = at.parentElement) told.push(at);
  if (!keeping.has(at)) return;
  const marked = [...told, at].filter((one) => one.dataset.lmSuppressShortcuts);
  for (const one of marked) delete one.dataset.lmSuppressShortcuts;
  setTimeout(() => marked.forEach((one) => (one.dataset.lmSuppressShortcuts = "true")));
}

/**
 * Keeps what is pressed in a widget from the notebook around it, which would take it for something
 * that is done to cells. Tab moves on, and the browser does what it always does with keys.
 */
export function keepsKeys(root) {
  // Notebook 7 hears of keys before the widget does, and looks for this: first at what has the focus,
  // which it would take for a cell's otherwise.
  root.dataset.lmSuppressShortcuts = "true";
  root.addEventListener("focusin", ({ target }) => {
    target.dataset.lmSuppressShortcuts = "true";
  });
  keeping.add(root);
  const view = root.ownerDocument.defaultView;
  if (!lending.has(view)) view.addEventListener("keydown", lend, true);
  lending.add(view);
  const keep = (event) => {
    if (event.key !== "Tab" && !isNotebooks(event)) event.stopPropagation();
  };
  root.addEventListener("keydown", keep);
  root.addEventListener("keyup", keep);
}

/** Offers text as a file to keep. */
export function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/**
 * A widget's model whose `send` never raises. What can't be sent to has lost its line to the kernel
 * for good, as that was started anew; `followKernel` tells of it in place of whoever pressed something.
 */
export function guardedModel(model) {
  const listeners = new Set();
  let lost = false;
  return {
    get: (trait) => model.get(trait),
    on: (event, heard) => model.on(event, heard),
    off: (event, heard) => model.off(event, heard),
    widget_manager: model.widget_manager,
    send(...told) {
      try {
        model.send(...told);
      } catch (error) {
        if (!lost) console.warn("The kernel can't be told anything any more:", error);
        lost = true;
        listeners.forEach((listener) => listener());
      }
    },
    isLost: () => lost,
    onLost(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const ENDS = ["dead", "restarting", "autorestarting", "terminating"];

/**
 * Calls back with false once the kernel can't be reached, at once where that is so already, and with
 * true once it can be again. One that was started anew knows nothing of the widget: it is not the
 * widget's kernel any more. `model` is a guarded one.
 */
export function followKernel(model, callback) {
  const kernel = model.widget_manager?.kernel;
  const tells = Boolean(kernel?.connectionStatusChanged);
  let ended = false;
  const answers = () => {
    ended ||= model.isLost() || (tells && (ENDS.includes(kernel.status) || kernel.isDisposed));
    return !ended && (!tells || kernel.connectionStatus === "connected");
  };
  let told = true;
  // Each message makes it busy and idle again: who sends one when called must not be called for it.
  const heard = (reachable) => {
    if (reachable === told) return;
    told = reachable;
    callback(reachable);
  };
  const tell = () => heard(answers());
  const lost = () => {
    ended = true;
    heard(false);
  };
  const signals = tells ? [[kernel.connectionStatusChanged, tell], [kernel.statusChanged, tell], [kernel.disposed, lost]] : [];
  for (const [signal, slot] of signals) signal.connect(slot);
  const forget = model.onLost(lost);
  tell();
  return () => {
    forget();
    for (const [signal, slot] of signals) signal.disconnect(slot);
  };
}

/**
 * Keeps the plotly figure beside a view as wide as its place.
 *
 * Plotly draws before the figure is on the page, at a width it makes up, and looks at its place
 * again only when the window changes; so it is told that, once it is drawn and whenever the place
 * changes its width.
 */
export function keepChartFitting(view, attachedElement) {
  const place = new ResizeObserver(() => window.dispatchEvent(new Event("resize")));
  const drawn = new MutationObserver(look);
  const attached = new ResizeObserver(() => {
    if (!view.parentElement) return;
    attached.disconnect();
    drawn.observe(view.parentElement, { childList: true, subtree: true });
    look();
  });
  function look() {
    const chart = view.parentElement?.querySelector(".js-plotly-plot:has(.main-svg)");
    if (!chart) return;
    drawn.disconnect();
    place.observe(chart.parentElement);
  }
  attached.observe(attachedElement);
  return () => [place, drawn, attached].forEach((observer) => observer.disconnect());
}
