// The stake panel: what somebody has of a pool, what is in it, and what happened to it.

import { h, setText } from "../dom.js";
import { accountField, amountField, roleField, selectField } from "../fields.js";
import { heading, pythonText } from "../frame.js";
import { shortAddress, significant } from "../format.js";
import { renderPanel } from "../panel.js";
import { poolBar } from "../pool_bar.js";
import { ROLE_COLOURS, ROLE_SHAPES } from "../roles.js";
import { historyList } from "./history.js";

function section(label, code, ...children) {
  return h("section", { "aria-label": label }, heading(label, code), ...children);
}

/** Figures in a row, each a term and an amount, as {element, update({asset, …})}. */
function figures(terms) {
  const cells = Object.entries(terms).map(([name, words]) => {
    const value = h("dd", { class: "dml-number" });
    return { name, value, cell: h("div", {}, h("dt", {}, words), value) };
  });
  return {
    element: h("dl", { class: "dml-figures" }, ...cells.map(({ cell }) => cell)),
    update(told, asset) {
      for (const { name, value, cell } of cells) {
        setText(value, `${significant(told[name])} ${asset}`);
        cell.title = `${told[name]} ${asset}`;
      }
    },
  };
}

function build(kit) {
  const told = () => kit.model.get("pool_told");
  const part = () => kit.model.get("part");
  const asset = () => told().asset;
  const amountOf = (exact) => `${significant(exact || "0")} ${asset()}`;

  // --- your part ---------------------------------------------------------------------------------
  const mine = figures({ balance: "balance", put_in: "put in", claimed: "claimed", claimable: "to claim" });
  const forFees = figures({ native: "balance for fees" });
  const earned = h("ul", { class: "dml-earned" });
  const nothing = h("p", { class: "dml-quiet" },
    "You have earned nothing here yet. Rewards come with rounds, and by the model’s owner.");
  const claim = kit.form({
    name: "claim",
    label: () => (Number(part().claimable) ? `Claim ${amountOf(part().claimable)}` : "Claim"),
    code: () => "pool.claim()",
    done: "Claimed",
    key: "m",
    keyWords: "claim what you earned",
  });
  const yours = section("Your part", "pool.allocations(session.signer)", mine.element, forFees.element, earned, nothing, claim);

  // --- the pool ----------------------------------------------------------------------------------
  const state = h("span", { class: "dml-tag" });
  const bar = poolBar("earned, to be claimed");
  const sums = figures({ held: "held", funded: "put in so far", paid: "paid out", refunded: "refunded" });
  const amount = amountField({ label: "Amount to put in" });
  const fund = kit.form({
    name: "fund",
    fields: { amount },
    label: (values) => (values.amount ? `Put in ${amountText(values.amount)}` : "Put in"),
    code: (values) => `pool.fund(${pythonText(values.amount || "…")})`,
    done: "Put in",
    hint: "It is split over the roles by share; anyone may.",
    key: "f",
    keyWords: "put tokens in: go to the amount",
  });
  const amountText = (text) => (Number(text) >= 0 ? amountOf(text) : asset());
  const pool = section("Pool", "pool.buckets, pool.shares", bar.element, sums.element, fund);
  pool.firstChild.append(state);

  // --- what is at stake ----------------------------------------------------------------------------
  const stakes = () => kit.model.get("stakes");
  const atStake = h("ul", { class: "dml-earned" });
  const noStake = h("p", { class: "dml-quiet" },
    "You have nothing at stake here. A stake is in a role; it can be slashed until it has unlocked.");
  const onTerms = h("p", { class: "dml-quiet" });
  const stakeAmount = amountField({ label: "Amount to stake" });
  const stakeForm = kit.form({
    name: "stake",
    fields: { amount: stakeAmount, role: roleField({ label: "Stake as", chosen: "validator" }) },
    label: (values) => (values.amount ? `Stake ${amountText(values.amount)}` : "Stake"),
    code: (values) => `pool.stake(${pythonText(values.amount || "…")}, role=${pythonText(values.role || "…")})`,
    done: "Staked",
    hint: "All of it can be slashed until it has unlocked.",
    key: "s",
    keyWords: "put tokens at stake: go to the amount",
  });
  const unstakeAmount = amountField({ label: "Amount to take out", words: "at stake" });
  const unstakeRole = selectField({ label: "Out of" });
  const unstakeForm = kit.form({
    name: "unstake",
    fields: { amount: unstakeAmount, role: unstakeRole },
    label: (values) => (values.amount ? `Unstake ${amountText(values.amount)}` : "Unstake"),
    code: (values) => `pool.unstake(${pythonText(values.amount || "…")}, role=${pythonText(values.role || "…")})`,
    done: "Unstaked",
    hint: "It can be slashed until it unlocks.",
    key: "u",
    keyWords: "take out of the stake: go to the amount",
  });
  const restakeAmount = amountField({ label: "Amount to put back", words: "unbonding" });
  const restakeRole = selectField({ label: "Back as" });
  const restakeForm = kit.form({
    name: "restake",
    fields: { amount: restakeAmount, role: restakeRole },
    label: (values) => (values.amount ? `Restake ${amountText(values.amount)}` : "Restake"),
    code: (values) => `pool.restake(${pythonText(values.amount || "…")}, role=${pythonText(values.role || "…")})`,
    done: "Restaked",
    hint: "What was unstaked last goes back first.",
  });
  const withdrawForm = kit.form({
    name: "withdraw",
    label: () =>
      Number(stakes().withdrawable) ? `Withdraw ${amountOf(stakes().withdrawable)}` : "Withdraw",
    code: () => "pool.withdraw()",
    done: "Withdrawn",
    key: "w",
    keyWords: "withdraw what has unlocked",
  });
  const staking = section("At stake", "pool.stakes(session.signer)", atStake, noStake, onTerms,
    stakeForm, unstakeForm, restakeForm, withdrawForm);
  staking.classList.add("dml-wide");

  function stakeLine(role, exact, ...why) {
    const shape = h("span", { class: "dml-shape", "aria-hidden": "true" }, ROLE_SHAPES[role]);
    shape.style.color = ROLE_COLOURS[role];
    return h("li", {}, shape, h("span", {}, role),
      h("span", { class: "dml-number", title: `${exact} ${asset()}` }, amountOf(exact)),
      h("span", { class: "dml-why dml-quiet" }, ...why));
  }

  /** Offers the roles that there is something in; the only one is chosen already. */
  function offerRoles(field, parts) {
    const roles = [...new Set(parts.map(([role]) => role))];
    field.update(roles.map((role) => ({ value: role })));
    if (roles.length === 1 && !field.value()) field.set(roles[0]);
  }

  function drawStakes() {
    const mine_ = stakes();
    const active = mine_.active ?? [];
    const unbonding = mine_.unbonding ?? [];
    const locked = Number(mine_.locked)
      ? [`; a vote keeps ${amountOf(mine_.locked)} until `, kit.time(mine_.locked_until)]
      : [];
    atStake.replaceChildren(
      ...active.map(([role, exact]) => stakeLine(role, exact, "can be slashed", ...locked)),
      ...unbonding.map(([role, exact, unlocks]) =>
        stakeLine(role, exact, "unlocks ", kit.time(unlocks), "; can be slashed until then")),
    );
    noStake.hidden = active.length + unbonding.length > 0;
    const days = Number((mine_.unbonding_ms ?? 0) / 86400000).toLocaleString("en", { maximumFractionDigits: 2 });
    setText(onTerms, `Unlocks ${days} days after unstaking; at least ${amountOf(mine_.minimum)} in a role; ` +
      `what is slashed goes to ${mine_.slashed_to === "buckets" ? "the buckets by share" : mine_.slashed_to}.`);
    const open = told().state === "open";
    stakeForm.hidden = !open;
    restakeForm.hidden = !open || unbonding.length === 0;
    unstakeForm.hidden = active.length === 0;
    withdrawForm.hidden = unbonding.length === 0;
    offerRoles(unstakeRole, active);
    offerRoles(restakeRole, unbonding);
    stakeAmount.update({ unit: asset(), most: null });
    unstakeAmount.update({ unit: asset(), most: active.length === 1 ? active[0][1] : null });
    restakeAmount.update({ unit: asset(), most: unbonding.length === 1 ? unbonding[0][1] : null });
  }

  // --- history -----------------------------------------------------------------------------------
  const history = historyList();
  kit.exportsCsv = true;
  const past = section("History", "session.chain.events(last=400)", ...history.elements);
  past.classList.add("dml-whole");

  // --- the end of a pool -------------------------------------------------------------------------
  const close = kit.form({
    name: "close",
    label: () => "Close the pool…",
    code: () => "pool.close()",
    done: "Closed",
    sure: () => ({
      title: "Close the pool for good?",
      body: [
        "What is in the buckets goes back to those who put it in; what was earned stays claimable. " +
          "It cannot be opened again, and the model’s rounds pay nobody from then on.",
      ],
      yes: "Close the pool ⏎",
      no: "Keep it open (Esc)",
    }),
  });
  const funder = accountField({ label: "Funder" });
  const refund = kit.form({
    name: "refund",
    fields: { funder },
    label: (values) => (values.funder ? `Refund ${shortAddress(values.funder)}` : "Refund"),
    code: (values) => `pool.refund(${pythonText(values.funder || "…")})`,
    done: "Refunded",
    hint: "Whoever is refunded is paid, whoever signs.",
    key: "b",
    keyWords: "refund a funder: go to the list",
  });
  const ending = section("Closing", "", close, refund);
  ending.classList.add("dml-whole");

  // --- drawing -----------------------------------------------------------------------------------
  function draw() {
    const pool_ = told();
    const me = part();
    mine.update(me, pool_.asset);
    forFees.update(me, kit.model.get("head").token);
    forFees.element.hidden = pool_.native;
    earned.replaceChildren(
      ...me.earned.map(([role, exact, why]) => {
        const shape = h("span", { class: "dml-shape", "aria-hidden": "true" }, ROLE_SHAPES[role]);
        shape.style.color = ROLE_COLOURS[role];
        return h(
          "li",
          {},
          shape,
          h("span", {}, role),
          h("span", { class: "dml-number", title: `${exact} ${pool_.asset}` },
            `${significant(exact)} ${pool_.asset}`),
          h("span", { class: "dml-why dml-quiet" }, why),
        );
      }),
    );
    nothing.hidden = me.earned.length > 0;
    const open = pool_.state === "open";
    setText(state, open ? "" : pool_.state);
    state.hidden = open;
    bar.update({ ...pool_, other: pool_.claimable });
    sums.update(pool_, pool_.asset);
    amount.update({ unit: pool_.asset, most: open ? me.most : null });
    fund.hidden = !open;
    close.hidden = !open;
    refund.hidden = open;
    ending.hidden = (open && !me.owner) || pool_.state === "settled";
    const signer = kit.model.get("head").signer;
    funder.update(
      kit.model.get("funders").map(([address, exact]) => ({
        address,
        name: address === signer.address ? `${signer.name} (you)` : "",
        detail: `put in ${significant(exact)} ${pool_.asset}`,
      })),
    );
  }

  for (const trait of ["pool_told", "part", "funders"]) kit.follow(trait, draw);
  for (const trait of ["pool_told", "stakes"]) kit.follow(trait, drawStakes);
  kit.follow("history", () => history.update(kit.model.get("history")));
  return [h("div", { class: "dml-sections" }, yours, pool, staking, past, ending)];
}

function render(context) {
  return renderPanel(context, "stake-panel", build);
}

export default { render };
