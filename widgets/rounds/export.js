// What can be kept of a training: its rounds as CSV, its last receipt as JSON.

import { h, setUsable } from "../dom.js";
import { download } from "../frame.js";

const EXPORTS = {
  csv: { label: "CSV", meaning: "Export the rounds as CSV", key: "e" },
  receipt: { label: "Receipt", meaning: "Export the last receipt as JSON", key: "r" },
};

/** For each export why it can't be had now, or "" when it can. */
export function exportRefusals(head, connected) {
  if (!connected) {
    const why = "The kernel does not answer, so it can't give the file. Reconnect or restart it.";
    return { csv: why, receipt: why };
  }
  return {
    csv: head.done ? "" : "There is no finished round to export yet.",
    receipt: head.receipt ? "" : "There is no receipt yet.",
  };
}

/** Buttons that ask the kernel for a file, and what offers it once it comes. */
export function exportButtons({ ask, say, refusals }) {
  const buttons = {};
  const want = (what) => {
    const why = refusals()[what];
    if (why) say(why);
    else ask({ do: what });
  };
  for (const [what, { label, meaning, key }] of Object.entries(EXPORTS)) {
    const button = h("button", { type: "button", class: "dml-button", "aria-label": meaning }, label);
    button.dataset.hint = `${meaning} (${key})`;
    button.addEventListener("click", () => want(what));
    buttons[what] = button;
  }
  return {
    elements: Object.values(buttons),
    want,
    draw() {
      for (const [what, why] of Object.entries(refusals())) setUsable(buttons[what], why);
    },
    offer({ name, text, type }) {
      download(name, text, type);
      say(`Exported ${name}`);
    },
  };
}
