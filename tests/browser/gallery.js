// Every field of the kit, and a question, on a plain page.

import { h } from "./dom.js";
import { accountField, amountField, choiceField, roleField, selectField, textField } from "./fields.js";
import { moneyQuestion } from "./money_question.js";
import { questionBox } from "./question.js";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

export function show(place) {
  const amount = amountField({ label: "Stake" });
  amount.update({ unit: "DML", most: "1234.567890123456" });
  const fields = {
    amount,
    role: roleField({}),
    vote: choiceField({
      label: "Your vote",
      options: [
        { value: "aye", label: "Aye", mark: "▲" },
        { value: "nay", label: "Nay", mark: "▼" },
        { value: "abstain", label: "Abstain", mark: "–" },
      ],
      chosen: "aye",
    }),
    action: selectField({
      label: "Action",
      options: [{ value: "fees", label: "Set fees" }, { value: "member", label: "Add a member" }],
    }),
    text: textField({ label: "Why", longest: 280 }),
    account: accountField({
      label: "Account",
      known: [
        { address: ALICE, name: "alice", detail: "member" },
        { address: BOB },
      ],
    }),
  };
  const box = questionBox();
  const values = () =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value()]));
  const problems = () =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.problem()]));
  const elements = Object.values(fields).map((field) => h("section", {}, field.element));
  const view = h("div", { class: "dml-view" }, h("div", { class: "dml-sections" }, ...elements), box.element);
  place.classList.add("dml-widget", "dml-panel");
  place.append(view);
  const ask = () =>
    box.ask(
      moneyQuestion(
        {
          call: "Pools.fund",
          signer: { name: "alice", address: ALICE },
          leaves: [["5000", "DML"]],
          fee: ["0.00589", "DML"],
          moved: [[ALICE, "-5000", "DML"], [BOB, "5000", "DML"]],
          arguments: [["model", "0"], ["amount", "5000000000000000"]],
        },
        () => {},
      ),
    );
  return { fields, values, problems, ask };
}

/** A panel whose kernel is this page: `window.kernel` tells it things and keeps what it sent. */
export async function showPanel(place, state) {
  const listeners = new Map();
  const told = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
  const kernel = {
    state,
    sent: [],
    get: (trait) => kernel.state[trait] ?? {},
    on: (event, listener) => told(event).add(listener),
    off: (event, listener) => told(event).delete(listener),
    send: (message) => kernel.sent.push(message),
    tell(traits) {
      Object.assign(kernel.state, traits);
      for (const trait of Object.keys(traits)) told(`change:${trait}`).forEach((f) => f());
    },
    say: (message) => told("msg:custom").forEach((f) => f(message)),
  };
  const panel = await import("./stake/panel.js");
  panel.default.render({ model: kernel, el: place });
  return kernel;
}
