// What a proposal's state means for the page, under node: node --test tests/widgets

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  closeRefusal,
  convictionOptions,
  electorateWords,
  enactRefusal,
  spanWords,
  stateWords,
  voteRefusal,
  withdrawRefusal,
} from "../../widgets/vote/state.js";

const proposal = (more = {}) => ({
  state: "members",
  electorate: "members",
  ends: 1_000_000,
  tally: { can_close: false },
  refused: { vote: "", withdraw: "" },
  ...more,
});

test("a vote is refused by the chain's word first, and by the clock", () => {
  assert.equal(voteRefusal(proposal(), 0), "");
  const why = { vote: "Only members.", withdraw: "Others voted." };
  assert.equal(voteRefusal(proposal({ refused: why }), 0), "Only members.");
  assert.match(voteRefusal(proposal(), 1_000_000), /is over/);
  assert.match(voteRefusal(proposal({ state: "approved" }), 0), /counted/);
  assert.match(voteRefusal(null, 0), /Choose/);
  assert.equal(withdrawRefusal(proposal({ refused: why }), 0), "Others voted.");
  assert.match(withdrawRefusal(proposal(), 2_000_000), /is over/);
});

test("votes are counted at the end, or before it where the runtime says so", () => {
  assert.match(closeRefusal(proposal(), 0), /in 16 min/);
  assert.equal(closeRefusal(proposal({ tally: { can_close: true } }), 0), "");
  assert.equal(closeRefusal(proposal(), 1_000_000), "");
  assert.match(closeRefusal(proposal({ state: "executed" }), 0), /no votes to count/);
  assert.equal(stateWords(proposal(), 1_000_001), "to be counted");
});

test("what was approved waits out its delay", () => {
  const approved = proposal({ state: "approved", enact_from: 5000 });
  assert.match(enactRefusal(approved, 0), /in 5 s/);
  assert.equal(enactRefusal(approved, 5000), "");
  assert.match(enactRefusal(proposal(), 0), /Nothing waits/);
});

test("who votes, and who does afterwards, is said", () => {
  assert.equal(electorateWords(proposal()), "members vote");
  assert.equal(electorateWords(proposal({ electorate: "stakers" })), "members vote first, then stakers");
  assert.equal(electorateWords(proposal({ state: "referendum", electorate: "stakers" })), "stakers vote");
});

test("times are told by their parts, and each conviction by its own", () => {
  assert.equal(spanWords(0), "0 s");
  assert.equal(spanWords(90_000_000), "1 d 1 h");
  assert.deepEqual(
    convictionOptions(7 * 86_400_000, spanWords).map(({ label }) => label).slice(0, 3),
    ["×0.1, to the end", "×1, 7 d more", "×2, 14 d more"],
  );
});
