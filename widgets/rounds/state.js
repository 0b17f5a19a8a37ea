// What a training's state means for the page: words, and what may be pressed. No elements here.

import { duration, percent, significant } from "../format.js";

const STATE_WORDS = {
  waiting: "starting",
  running: "live",
  paused: "paused",
  stopping: "stopping",
  stopped: "stopped",
  finished: "finished",
  failed: "failed",
};

const PHASE_WORDS = {
  start: "starting the engine",
  select: "selecting contributors",
  train: "contributors train",
  store: "storing and scoring updates",
  score: "scoring updates",
  aggregate: "averaging updates",
  settle: "paying on chain",
  evaluate: "testing the new version",
};

const PENDING_WORDS = {
  pause: "pausing at the next step…",
  resume: "resuming…",
  stop: "stopping at the next step…",
};

const STALE_SECONDS = 10;

/** "live", "paused", …; "stale" and "disconnected" outrank what the kernel said last. */
export function liveness(head, connected, quietSeconds) {
  const ended = ["stopped", "finished", "failed"].includes(head.state);
  if (!connected) return "disconnected";
  if (!ended && quietSeconds > STALE_SECONDS) return "stale";
  return head.state;
}

/** The words beside the dot. */
export function livenessText(liveness, head, quietSeconds) {
  if (liveness === "disconnected") return "disconnected";
  if (liveness === "stale") return `no news for ${duration(quietSeconds)}`;
  return STATE_WORDS[liveness];
}

/** What it is doing and how long that will take: "paying on chain · 12 s left". */
export function progressText(head, pending) {
  if (pending) return PENDING_WORDS[pending];
  const parts = [];
  if (head.state === "running") parts.push(PHASE_WORDS[head.phase] ?? "working");
  if (head.state === "paused") parts.push("held before the next step");
  if (head.state === "waiting") parts.push("the engine is starting");
  if (head.state === "stopping") parts.push("stops at the next step");
  if (head.state === "running" && head.eta != null) parts.push(`${duration(head.eta)} left`);
  if (["stopped", "failed"].includes(head.state) && head.version != null) {
    parts.push(`version ${head.version} is the last one published`);
  }
  if (head.state === "finished" && head.accuracy != null) {
    parts.push(`version ${head.version}: ${percent(head.accuracy)} accuracy`);
  }
  return parts.join(" · ");
}

/** For each command why it can't be given now, or "" when it can. */
export function refusals(head, connected) {
  if (!connected) {
    const why = "The kernel does not answer, so it can't be told. Reconnect or restart it.";
    return { pause: why, resume: why, stop: why };
  }
  const under = ["waiting", "running"].includes(head.state);
  const halted = ["paused", "stopped", "failed"].includes(head.state);
  const over = {
    stopping: "It is stopping already.",
    stopped: "It has been stopped already.",
    finished: "It has finished; model.train(…) starts another.",
    failed: "It has failed already.",
  }[head.state];
  return {
    pause: under ? "" : over ?? "It is paused already.",
    resume: halted ? "" : under ? "It is running already." : over,
    stop: under || head.state === "paused" ? "" : over,
  };
}

/** Whether the kernel's state answers what was asked of it. */
export function isAnswered(pending, state) {
  if (pending === "pause") return !["waiting", "running"].includes(state);
  if (pending === "resume") return !["paused", "stopped", "failed"].includes(state);
  return !["waiting", "running", "paused"].includes(state);
}

/** What a screen reader is told when a round has ended or the state has changed. */
export function announcement(head) {
  const words = STATE_WORDS[head.state];
  if (!head.done) return `Training ${words}`;
  return `Training ${words}, round ${head.done} of ${head.planned}, accuracy ${percent(head.accuracy)}`;
}

/** The footer's one line: {text, failed}. What is more urgent outranks the last receipt. */
export function footerText(head, connected, said, isSlow) {
  const plain = (text) => ({ text, failed: false });
  if (!connected) {
    return plain("The kernel is gone; what you see is its last word. Run the cell again to go on.");
  }
  if (said) return plain(said);
  if (isSlow) return plain("The kernel is busy with a cell; it will do this as soon as it can.");
  if (head.error) return { text: `${head.error.kind}: ${head.error.text}`, failed: true };
  if (head.unreachable) {
    const text = `The chain does not answer; what you see is the last it said. ${head.unreachable}`;
    return { text, failed: true };
  }
  if (!head.receipt) return plain("");
  const { call, block, fee, asset } = head.receipt;
  return plain(`Last receipt: ${call} in block ${block}, fee ${significant(fee)} ${asset}`);
}
