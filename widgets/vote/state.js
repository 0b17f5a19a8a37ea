// What a proposal's state means for the page: words, and what may be pressed when. No elements here.

import { ago, shortAddress } from "../format.js";

export const VOTE_MARKS = { aye: "▲", nay: "▼", abstain: "–" };

const STATE_WORDS = {
  members: "members vote",
  referendum: "referendum",
  approved: "approved, waits",
  rejected: "rejected",
  "no quorum": "no quorum",
  withdrawn: "taken back",
  executed: "done",
  failed: "failed",
  lapsed: "lapsed",
  cancelled: "cancelled",
};

const ENDED_WORDS = {
  rejected: "The ayes were too few, so nothing is done.",
  "no quorum": "Too few voted, so nothing is done; the deposit went to the fees.",
  withdrawn: "Its proposer took it back before anybody else had voted.",
  executed: "It was approved, and done.",
  failed: "It was approved, but the chain refused it when it was to be done:",
  lapsed: "It was approved, but nobody had it done in time, or its approval no longer held.",
  cancelled: "It was approved, and cancelled before it was done.",
};

/** A proposal's state in a word or two, and, once its time is over, that the votes can be counted. */
export function stateWords(proposal, now) {
  if (isVoting(proposal) && now >= proposal.ends) return "to be counted";
  return STATE_WORDS[proposal.state] ?? proposal.state;
}

/** What came of an ended proposal, in a sentence. */
export function endedWords(proposal) {
  return ENDED_WORDS[proposal.state] ?? "";
}

export function isVoting(proposal) {
  return proposal.state === "members" || proposal.state === "referendum";
}

export function isUnderWay(proposal) {
  return isVoting(proposal) || proposal.state === "approved";
}

/** Who votes now, and who does afterwards. */
export function electorateWords(proposal) {
  const { state, electorate } = proposal;
  if (state === "referendum") return `${electorate} vote`;
  return electorate === "members" ? "members vote" : `members vote first, then ${electorate}`;
}

/** Why nobody can vote on it any more, or why the signer can't; "" where they can. */
export function voteRefusal(proposal, now) {
  if (!proposal) return "Choose a proposal first.";
  if (!isVoting(proposal)) return "The votes are counted.";
  if (now >= proposal.ends) return "The time to vote is over. Count the votes.";
  return proposal.refused.vote;
}

export function closeRefusal(proposal, now) {
  if (!proposal || !isVoting(proposal)) return "There are no votes to count.";
  if (proposal.tally?.can_close || now >= proposal.ends) return "";
  return `Votes to come may change it; the time to vote ends ${ago((now - proposal.ends) / 1000)}.`;
}

export function enactRefusal(proposal, now) {
  if (proposal?.state !== "approved") return "Nothing waits to be done.";
  if (now >= proposal.enact_from) return "";
  return `It waits out its delay, which ends ${ago((now - proposal.enact_from) / 1000)}.`;
}

export function withdrawRefusal(proposal, now) {
  if (!proposal || !isVoting(proposal)) return "It can't be taken back any more.";
  if (now >= proposal.ends) return "The time to vote is over, so it can't be taken back.";
  return proposal.refused.withdraw;
}

/** An account for reading. */
export function accountWords(address, names) {
  return names[address] ?? shortAddress(address);
}

/** What the signer's conviction may be: how often the stake counts, and how long it stays locked. */
export function convictionOptions(lockMs, span) {
  return Array.from({ length: 7 }, (_, times) => ({
    value: String(times),
    label: times ? `×${times}, ${span(times * lockMs)} more` : "×0.1, to the end",
  }));
}

/** Milliseconds as "3 d", "12 h", "10 min" or "30 s", with what is left over: "1 d 12 h". */
export function spanWords(ms) {
  const parts = [[86400000, "d"], [3600000, "h"], [60000, "min"], [1000, "s"]];
  const told = [];
  let rest = ms;
  for (const [size, unit] of parts) {
    const count = Math.floor(rest / size);
    if (count) told.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return told.join(" ") || "0 s";
}
