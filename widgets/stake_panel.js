// The stake panel: what somebody has of a pool, what is in it, and what happened to it.

import { h, setText } from "./dom.js";
import { accountField, amountField } from "./fields.js";
import { heading, pythonText } from "./frame.js";
import { shortAddress, significant } from "./format.js";
import { renderPanel } from "./panel.js";
import { poolBar } from "./pool_bar.js";
import { ROLE_COLOURS, ROLE_SHAPES } from "./roles.js";
import { historyList } from "./stake_history.js";

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

  // --- history -----------------------------------------------------------------------------------
  const history = historyList();
  kit.exportsCsv = true;
  const past = section("History", "session.chain.events(last=400)", ...history.elements);
  past.classList.add("dml-wide");

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
  kit.follow("history", () => history.update(kit.model.get("history")));
  return [h("div", { class: "dml-sections" }, yours, pool, past, ending)];
}

function render(context) {
  return renderPanel(context, "stake-panel", build);
}

export default { render };
