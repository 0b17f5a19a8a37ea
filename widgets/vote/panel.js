// The vote panel: what a collective votes on, how that stands, who votes, and what was decided.

import { h, setText } from "../dom.js";
import { accountField, choiceField, fixedField } from "../fields.js";
import { heading } from "../frame.js";
import { significant } from "../format.js";
import { renderPanel } from "../panel.js";
import { tallyBars } from "./bars.js";
import { proposeForms } from "./forms.js";
import { memberList, proposalList, voterList } from "./lists.js";
import { proposalView } from "./proposal.js";
import {
  VOTE_MARKS,
  closeRefusal,
  convictionOptions,
  enactRefusal,
  isUnderWay,
  isVoting,
  spanWords,
  stateWords,
  voteRefusal,
  withdrawRefusal,
} from "./state.js";

const WEIGHTINGS = {
  Assigned: "by the assigned weights",
  ByStake: "by what members have at stake",
  ByContribution: "by what members have earned",
};

function section(label, code, ...children) {
  return h("section", { "aria-label": label }, heading(label, code), ...children);
}

function build(kit) {
  const get = (trait) => kit.model.get(trait);
  const open = () => get("proposals") ?? [];
  const ended = () => get("ended")?.rows ?? [];
  const me = () => get("me");
  const names = () => get("names") ?? {};
  let chosen = null;
  let seen = null;
  const all = () => [...open(), ...ended()];
  const shown = () => all().find(({ id }) => id === chosen) ?? null;

  // --- which proposal ------------------------------------------------------------------------------
  const openList = proposalList("Proposals under way", choose);
  const nothing = h("p", { class: "dml-quiet" });
  const listed = section("Under way", "collective.proposals()", openList.element, nothing);

  // --- the proposal --------------------------------------------------------------------------------
  const tag = h("span", { class: "dml-tag" });
  const view = proposalView(kit);
  const proposal = section("Proposal", "", ...view.elements);
  const proposalTitle = proposal.querySelector("h4");
  proposal.firstChild.append(tag);

  const happened = h("ol", { class: "dml-happened" });
  const whatHappened = h("details", { class: "dml-quiet" }, h("summary", {}, "What happened"), happened);
  proposal.append(whatHappened);

  function drawHappened(lines) {
    whatHappened.hidden = lines.length === 0;
    happened.replaceChildren(...lines.map(([block, text]) =>
      h("li", {}, h("span", { class: "dml-number" }, `#${block} `), text)));
  }

  // --- how it stands, and one's own vote -----------------------------------------------------------
  const number = fixedField(() => (chosen == null ? "" : String(chosen)), "Choose a proposal first.");
  const another = () => fixedField(number.value, "Choose a proposal first.");
  const time = h("p", { class: "dml-time" });
  const bars = tallyBars();
  const uncounted = h("p", { class: "dml-quiet" }, "No votes were counted.");
  const mine = h("p", { class: "dml-mine" });
  const voters = voterList();
  const vote = choiceField({
    label: "Your vote",
    options: ["aye", "nay", "abstain"].map((value) => ({ value, mark: VOTE_MARKS[value] })),
  });
  const convictionPlace = h("div", { class: "dml-conviction", hidden: true });
  let conviction = null;
  const convictionField = {
    element: convictionPlace,
    value: () => (convictionPlace.hidden || !conviction ? "0" : conviction.value()),
    problem: () => "",
    set: () => conviction?.set("0"),
    focus: () => conviction?.focus(),
  };
  const said = () => shown()?.mine?.[1];
  const voteForm = kit.form({
    name: "vote",
    fields: { vote, conviction: convictionField, proposal: number },
    label(values) {
      if (!values.vote) return said() ? "Change your vote" : "Vote";
      if (said() === values.vote) return `Vote ${values.vote} again`;
      return said() ? `Change to ${values.vote}` : `Vote ${values.vote}`;
    },
    code: (values) =>
      `collective.vote(${values.proposal || "…"}, "${values.vote || "…"}"` +
      `${values.conviction === "0" ? "" : `, conviction=${values.conviction}`})`,
    done: "Voted",
    hint: "You can change it until the end.",
    refused: () => voteRefusal(shown(), kit.now()),
    key: "v",
    keyWords: "vote: go to aye, nay and abstain",
  });
  const closeForm = kit.form({
    name: "close",
    fields: { proposal: another() },
    label: () => "Count the votes",
    code: (values) => `collective.close(${values.proposal || "…"})`,
    done: "Counted",
    refused: () => closeRefusal(shown(), kit.now()),
    key: "o",
    keyWords: "count the votes, once that can be done",
  });
  const enactForm = kit.form({
    name: "enact",
    fields: { proposal: another() },
    label: () => "Have it done",
    code: (values) => `collective.enact(${values.proposal || "…"})`,
    done: "Done",
    refused: () => enactRefusal(shown(), kit.now()),
    key: "x",
    keyWords: "have done what was approved",
  });
  const withdrawForm = kit.form({
    name: "withdraw",
    fields: { proposal: another() },
    label: () => "Take it back",
    code: (values) => `collective.withdraw(${values.proposal || "…"})`,
    done: "Taken back",
    refused: () => withdrawRefusal(shown(), kit.now()),
    key: "t",
    keyWords: "take your proposal back",
  });
  const votes = section("Votes", "proposal.tally, proposal.voters", time, bars.element, uncounted, mine,
    voteForm, closeForm, enactForm, withdrawForm, ...voters.elements);
  const forms = [voteForm, closeForm, enactForm, withdrawForm];

  // --- the members ---------------------------------------------------------------------------------
  const you = h("p", {});
  const weighs = h("p", { class: "dml-quiet" });
  const members = memberList();
  const delegate = accountField({ label: "Who votes where you do not" });
  const delegateForm = kit.form({
    name: "delegate",
    fields: { to: delegate },
    label: () => (me().delegate ? "Name another delegate" : "Name a delegate"),
    code: (values) => `collective.delegate("${values.to || "…"}")`,
    done: "Delegate named",
    hint: "A delegate votes for you on what you do not vote on yourself.",
    key: "d",
    keyWords: "name a delegate: go to the list",
  });
  const undelegateForm = kit.form({
    name: "undelegate",
    label: () => "Have nobody vote for you",
    code: () => "collective.undelegate()",
    done: "Nobody votes for you",
  });
  const resignForm = kit.form({
    name: "resign",
    label: () => "Resign…",
    code: () => "collective.resign()",
    done: "Resigned",
    sure: () => ({
      title: "Leave the collective?",
      body: ["Your votes on what is open count no more, and only the other members can take you in again."],
      yes: "Resign ⏎",
      no: "Stay a member (Esc)",
    }),
  });
  const people = section("Members", "collective.members", you, weighs, members.element,
    delegateForm, undelegateForm, resignForm);

  // --- proposing, and what was decided -------------------------------------------------------------
  const proposing = proposeForms(kit);
  const propose = section("Propose", "collective.propose(…)", ...proposing.elements);
  kit.key("p", "propose something: go to what", proposing.focus);
  const endedList = proposalList("Proposals that have ended", choose);
  const older = h("p", { class: "dml-quiet" });
  const past = section("Ended", "collective.proposals()", endedList.element, older);
  kit.exportsCsv = "ended proposals";
  kit.key("j", "show the next proposal", () => step(1));
  kit.key("k", "show the one before", () => step(-1));

  // --- choosing ------------------------------------------------------------------------------------
  function choose(id) {
    if (id === chosen) return;
    chosen = id;
    for (const form of forms) form.dispatchEvent(new Event("input"));
    draw();
  }

  function focusChosen() {
    const pressed = [listed, past].map((part) => part.querySelector("[aria-pressed=true]"));
    pressed.find(Boolean)?.focus();
  }

  function step(by) {
    const ids = all().map(({ id }) => id);
    if (!ids.length) return;
    const next = Math.min(ids.length - 1, Math.max(0, ids.indexOf(chosen) + by));
    choose(ids[next]);
    focusChosen();
    kit.say(`Proposal ${ids[next]}: ${shown().action}`);
  }

  /** Shows what was proposed here last, and otherwise keeps to what is shown. */
  function follow() {
    const ids = open().map(({ id }) => id);
    if (seen) {
      const fresh = open().find(({ id, proposer }) => !seen.has(id) && proposer === me().address);
      if (fresh) return choose(fresh.id);
    }
    if (!shown()) choose(ids[0] ?? null);
  }

  // --- drawing -------------------------------------------------------------------------------------
  function drawTime(told) {
    const now = kit.now();
    if (!told || !isUnderWay(told)) return time.replaceChildren();
    if (told.state === "approved") {
      const waits = now < told.enact_from;
      time.replaceChildren(waits ? "Can be done " : "Must be done ",
        kit.time(waits ? told.enact_from : told.enact_until));
      return;
    }
    const who = told.state === "members" ? "Members vote" : `The ${told.electorate} vote`;
    if (now < told.ends) time.replaceChildren(`${who}; it ends `, kit.time(told.ends));
    else time.replaceChildren("The time to vote ended ", kit.time(told.ends));
  }

  function drawMine(told) {
    const [, how, weight, times, through] = told?.mine ?? [];
    const unit = told?.tally?.unit ? ` ${told.tally.unit}` : "";
    const lock = (me().locks ?? []).find(({ proposal: id }) => id === told?.id);
    mine.hidden = !told || !isUnderWay(told) || !how;
    if (mine.hidden) return;
    const by = through ? ` through ${names()[through] ?? through.slice(0, 6)}` : "";
    mine.replaceChildren(`You voted${by}: `, h("b", {}, `${VOTE_MARKS[how]} ${how}`),
      ` with ${significant(weight)}${unit}${times ? `, conviction ${times}` : ""}`,
      ...(lock ? [`; ${significant(lock.amount)} ${get("collective_told").asset} of your stake stay locked for it, which unlocks `, kit.time(lock.until)] : []));
  }

  function offerConviction(told) {
    const offered = told?.state === "referendum" && told.electorate === "stakers" && !voteRefusal(told, kit.now());
    convictionPlace.hidden = !offered;
    if (!offered || convictionPlace.dataset.lock === String(told.lock)) return;
    convictionPlace.dataset.lock = told.lock;
    conviction = choiceField({
      label: "Conviction: how often your stake counts, and how long it stays locked",
      options: convictionOptions(told.lock, spanWords),
      chosen: "0",
    });
    convictionPlace.replaceChildren(conviction.element);
  }

  function drawLists() {
    const now = kit.now();
    openList.update(open(), chosen, now);
    endedList.update(ended(), chosen, now);
  }

  function draw() {
    const told = shown();
    drawLists();
    nothing.hidden = open().length > 0;
    setText(nothing, me().member
      ? "Nothing is voted on. Propose something: press p, or look at what can be proposed below."
      : "Nothing is voted on.");
    older.hidden = ended().length > 0 && !get("ended")?.older;
    setText(older, ended().length ? "Older ones are not shown here." : "Nothing has ended yet.");
    setText(proposalTitle, told ? `Proposal ${told.id}` : "Proposal");
    setText(tag, told ? stateWords(told, kit.now()) : "");
    proposal.hidden = votes.hidden = !told;
    view.update(told, get("texts")?.[chosen], names());
    drawHappened(get("happened")?.[chosen] ?? []);
    drawTime(told);
    uncounted.hidden = !told || Boolean(told.tally);
    bars.update(told?.tally, {
      isFinal: Boolean(told) && !isVoting(told),
      convinced: told?.tally?.stage === "referendum" && told.electorate === "stakers",
    });
    drawMine(told);
    offerConviction(told);
    voters.update(told?.voters, told?.tally?.unit ?? "", names(), me().address);
    const voting = Boolean(told) && isVoting(told);
    const held = votes.contains(document.activeElement);
    voteForm.hidden = closeForm.hidden = !voting;
    enactForm.hidden = told?.state !== "approved";
    withdrawForm.hidden = !voting || Boolean(withdrawRefusal(told, kit.now()));
    // What was pressed may be gone now; the keys go on from the proposal that it was about.
    if (held && document.activeElement.closest("[hidden]")) focusChosen();
    seen = new Set(all().map(({ id }) => id));
  }

  function drawPeople() {
    const told = get("collective_told");
    const mine_ = me();
    const unit = told.unit ? ` ${told.unit}` : "";
    const stake = Number(mine_.staked) ? ` You have ${significant(mine_.staked)} ${told.asset} at stake.` : "";
    const trusted = mine_.trusted_by.length
      ? ` You vote for ${mine_.trusted_by.map((who) => names()[who] ?? who.slice(0, 6)).join(", ")} too, where they do not.`
      : "";
    setText(you, mine_.member
      ? `You are a member; your vote weighs ${significant(mine_.weight)}${unit}.${trusted}${stake}`
      : `You are no member: you can look, count votes and have done what was approved.${stake}` +
        (stake ? " Stakers vote in their referenda." : " With a stake or a licence you vote in referenda."));
    setText(weighs, `Votes weigh ${WEIGHTINGS[told.weighting]}. Approved by more than ` +
      `${significant(100 * told.terms.threshold)} % of ayes and nays, if ${significant(100 * told.terms.quorum)} % vote.`);
    members.update(told, names(), mine_.address);
    const others = told.members.filter(([address]) => address !== mine_.address);
    delegate.update(others.map(([address, , weight]) => ({
      address,
      name: names()[address],
      detail: `weight ${significant(weight)}${unit}`,
    })));
    delegateForm.hidden = !mine_.member || others.length === 0;
    undelegateForm.hidden = !mine_.delegate;
    resignForm.hidden = !mine_.member || others.length === 0;
    proposing.update({ member: mine_.member, collective: told, updates: get("updates") ?? [], moreUpdates: get("more_updates"), proposals: open(), names: names() });
  }

  const drawProposals = () => {
    follow();
    draw();
  };
  for (const trait of ["proposals", "ended", "texts", "happened", "me"]) kit.follow(trait, drawProposals);
  for (const trait of ["collective_told", "me", "updates", "more_updates", "proposals"]) kit.follow(trait, drawPeople);
  // The time to vote runs out by itself.
  kit.follow("head", () => {
    drawLists();
    drawTime(shown());
  });
  return [h("div", { class: "dml-sections" }, listed, proposal, votes, people, propose, past)];
}

function render(context) {
  return renderPanel(context, "vote-panel", build);
}

export default { render };
