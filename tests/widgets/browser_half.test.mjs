// The browser half's own logic, under node: node --test tests/widgets

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { duration, percent, shortAddress, significant } from "../../widgets/format.js";
import { IDENTICON_SIDE, identicon } from "../../widgets/identicon.js";
import { exportRefusals } from "../../widgets/rounds/export.js";
import { poolParts } from "../../widgets/pool_bar.js";
import {
  announcement,
  footerText,
  isAnswered,
  liveness,
  livenessText,
  progressText,
  refusals,
} from "../../widgets/rounds/state.js";
import { dotRadius, updateText } from "../../widgets/rounds/strip.js";

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url)));
const head = (state, more = {}) => ({
  state,
  phase: "train",
  planned: 10,
  done: 4,
  eta: 12,
  accuracy: 0.9,
  version: 4,
  ...more,
});

for (const [name, format] of Object.entries({ significant, percent, duration, shortAddress })) {
  test(`${name} says what the kernel's twin says`, () => {
    for (const [value, text] of vectors[name]) assert.equal(format(value), text);
  });
}

test("an identicon is mirrored, the same for an address, another for another", () => {
  const seen = new Set();
  for (const address of vectors.identicon) {
    const rows = identicon(address);
    assert.equal(rows.length, IDENTICON_SIDE);
    for (const row of rows) assert.equal(row, [...row].reverse().join(""));
    assert.deepEqual(rows, identicon(address));
    seen.add(rows.join());
  }
  assert.equal(seen.size, vectors.identicon.length);
});

test("a live training that has been silent for over ten seconds is stale", () => {
  assert.equal(liveness(head("running"), true, 9), "running");
  assert.equal(liveness(head("running"), true, 11), "stale");
  assert.equal(livenessText("stale", head("running"), 11), "no news for 11 s");
});

test("a training that has ended is never stale", () => {
  for (const state of ["finished", "stopped", "failed"]) {
    assert.equal(liveness(head(state), true, 1e6), state);
  }
});

test("a lost kernel outranks everything and lets nothing be pressed", () => {
  assert.equal(liveness(head("running"), false, 0), "disconnected");
  for (const why of Object.values(refusals(head("running"), false))) assert.match(why, /kernel/);
});

test("whatever can't be pressed says why, and what can says nothing", () => {
  const allowed = {
    waiting: ["pause", "stop"],
    running: ["pause", "stop"],
    paused: ["resume", "stop"],
    stopping: [],
    stopped: ["resume"],
    finished: [],
    failed: ["resume"],
  };
  for (const [state, commands] of Object.entries(allowed)) {
    const refused = refusals(head(state), true);
    for (const command of ["pause", "resume", "stop"]) {
      assert.equal(refused[command] === "", commands.includes(command), `${command} when ${state}`);
    }
  }
});

test("rounds and receipts can be exported once there is one", () => {
  const receipt = { call: "Rounds.settle", block: 9, fee: "0.0036", asset: "DML" };
  assert.deepEqual(exportRefusals(head("finished", { receipt }), true), { csv: "", receipt: "" });
  const none = exportRefusals(head("running", { done: 0, receipt: null }), true);
  assert.match(none.csv, /no finished round/);
  assert.match(none.receipt, /no receipt/);
  for (const why of Object.values(exportRefusals(head("finished", { receipt }), false))) {
    assert.match(why, /kernel/);
  }
});

test("the optimistic mark stays until the state answers", () => {
  assert.equal(isAnswered("pause", "running"), false);
  assert.equal(isAnswered("pause", "paused"), true);
  assert.equal(isAnswered("pause", "finished"), true);
  assert.equal(isAnswered("resume", "paused"), false);
  assert.equal(isAnswered("resume", "running"), true);
  assert.equal(isAnswered("stop", "paused"), false);
  assert.equal(isAnswered("stop", "stopping"), true);
});

test("progress is told in plain words", () => {
  assert.equal(progressText(head("running"), null), "contributors train · 12 s left");
  assert.equal(progressText(head("running"), "pause"), "pausing at the next step…");
  assert.equal(progressText(head("finished"), null), "version 4: 90.0 % accuracy");
  assert.equal(
    announcement(head("running")),
    "Training live, round 4 of 10, accuracy 90.0 %",
  );
});

test("the footer says what is most urgent and marks only what failed", () => {
  const receipt = { call: "Rounds.settle", block: 9, fee: "0.0036", asset: "DML" };
  const failed = head("failed", { receipt, error: { kind: "ClientFailed", text: "no data" } });
  const away = head("running", { receipt, unreachable: "is the node running?" });
  const fine = head("running", { receipt });
  assert.deepEqual(footerText(fine, true, "", false), {
    text: "Last receipt: Rounds.settle in block 9, fee 0.0036 DML",
    failed: false,
  });
  assert.deepEqual(footerText(failed, true, "", false), {
    text: "ClientFailed: no data",
    failed: true,
  });
  assert.match(footerText(away, true, "", false).text, /chain does not answer/);
  assert.equal(footerText(away, true, "", false).failed, true);
  assert.match(footerText(fine, true, "", true).text, /busy/);
  assert.equal(footerText(failed, true, "Copied", false).text, "Copied");
  assert.match(footerText(failed, false, "Copied", true).text, /kernel is gone/);
});

test("a dot's area is in proportion to the examples, and never too small to hit", () => {
  const full = dotRadius(900, 900);
  assert.ok(Math.abs(dotRadius(450, 900) ** 2 / full ** 2 - 0.5) < 1e-9);
  assert.ok(dotRadius(0, 900) > 0 && dotRadius(0, 0) > 0);
});

test("an update's text names everything that its dot shows", () => {
  const update = {
    client: "client-7",
    status: "rejected",
    examples: 550,
    score: 0.31,
    reward: "0",
    reason: "far under the median",
  };
  assert.equal(
    updateText(update, "DML"),
    "client-7, rejected, 550 examples, score 31.0 %: far under the median",
  );
});

test("the pool's parts fill the bar, and an empty pool has none", () => {
  const buckets = [
    ["creator", "10"],
    ["contributor", "30"],
  ];
  const parts = poolParts(buckets, "10");
  assert.equal(
    parts.reduce((sum, part) => sum + part.width, 0),
    100,
  );
  assert.deepEqual(
    poolParts([["creator", "0"]]).map((part) => part.width),
    [0, 0],
  );
});
