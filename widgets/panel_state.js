// What a panel's state means for the page: words, and what may be pressed. No elements here.

import { duration } from "./format.js";

const STALE_AFTER_SECONDS = 10;

const PANEL_WORDS = {
  live: "live",
  paused: "paused",
  "read-only": "read-only",
  unreachable: "disconnected",
  disconnected: "disconnected",
  stale: "stale",
};

/** "live", "paused", …; what the page itself knows outranks what the kernel said last. */
export function panelLiveness(head, connected, quietSeconds) {
  if (!connected) return "disconnected";
  if (quietSeconds > STALE_AFTER_SECONDS) return "stale";
  return head.state;
}

/** The words beside the dot. */
export function panelLivenessText(liveness, quietSeconds) {
  if (liveness === "stale") return `no news for ${duration(quietSeconds)}`;
  return PANEL_WORDS[liveness];
}

/** Why nothing can be signed at all now, or "". */
export function whyNot(head, connected) {
  if (!connected) return "The kernel does not answer. What you typed stays; run the cell again.";
  if (head.state === "unreachable") return "The chain does not answer.";
  if (head.state === "read-only") return head.why;
  return "";
}

/**
 * Why an action's button can't be pressed, or "".
 *
 * What the chain says comes before what is not filled in yet: nobody should type for nothing.
 */
export function actionRefusal({ head, connected, refused, pending, problems }) {
  const busy = pending ? "It is being signed; wait for the chain’s answer." : "";
  return whyNot(head, connected) || refused || busy || problems.find(Boolean) || "";
}

/** Whether the kernel's outcome is the answer to what was pressed with this token. */
export function isOutcomeOf(outcome, token) {
  return outcome.token === token && outcome.state !== "pending";
}

/** What stands at the bottom when there is no outcome to tell of: {text, failed}. */
export function panelNote(head, connected, said) {
  if (!connected) {
    const text = "The kernel is gone; what you see is its last word. What you typed stays here.";
    return { text: said || text, failed: false };
  }
  if (head.state === "unreachable") {
    const text = `The chain does not answer; what you see is the last it said. ${head.why}`;
    return { text, failed: true };
  }
  return { text: said || head.why, failed: false };
}
