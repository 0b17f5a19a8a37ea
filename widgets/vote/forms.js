// A form for everything that a collective decides; vote/proposing.py has the same, by name.

import { h } from "../dom.js";
import {
  accountField,
  choiceField,
  lineField,
  numberField,
  periodField,
  roleField,
  selectField,
  textField,
} from "../fields.js";
import { pythonText } from "../frame.js";
import { significant } from "../format.js";
import { accountWords, spanWords } from "./state.js";

const ROLES_IN_SHARES = ["creator", "engineers", "contributors", "annotators", "validators", "clients"];
const USAGES = ["download", "internal", "commercial", "serve", "resale"];
const SLASH_CAUSES = ["false score", "bad update", "spam", "collusion", "absence", "other"];
const REVOCATION_CAUSES = ["breach", "leak", "jurisdiction", "other"];
const MOST_TEXT = 4000;

const options = (values) => values.map((value) => ({ value }));
/** A choice that is something to begin with, and again once the form was sent. */
function settled(field, start) {
  return { ...field, set: (text) => field.set(text || start) };
}
function choose(label, values, start = "") {
  return settled(choiceField({ label, options: options(values), chosen: start }), start);
}
const part = (label) => numberField({ label, unit: "0 to 1" });
const python = (text) => pythonText(text || "…");
const named = (values, names) =>
  names.filter((name) => values[name]).map((name) => `${name}=${python(values[name])}`).join(", ");
const time = (text) => {
  const [count, unit] = (text || "1 days").split(" ");
  return `timedelta(${unit}=${count})`;
};

/** The kinds of action, in the order in which they are offered. */
export function actionForms() {
  const terms = {
    threshold: numberField({ label: "Ayes must be more than this part of ayes and nays", unit: "0 to 1", optional: true }),
    quorum: numberField({ label: "At least this part of all weight must vote", unit: "0 to 1", optional: true }),
    voting: periodField({ label: "Members vote for", optional: true }),
    delay: periodField({ label: "Delay until it is done", optional: true }),
    enact_within: periodField({ label: "Then to be done within", optional: true }),
    deposit: numberField({ label: "Deposit", optional: true }),
    referendum_threshold: numberField({ label: "Referendum: ayes more than", unit: "0 to 1", optional: true }),
    referendum_quorum: numberField({ label: "Referendum: must vote at least", unit: "0 to 1", optional: true }),
    referendum_voting: periodField({ label: "Referendum: vote for", optional: true }),
    referendum_lock: periodField({ label: "Referendum: a stake stays locked, each conviction", optional: true }),
  };
  const forApproval = selectField({ label: "Update" });
  const forRejection = selectField({ label: "Update" });
  const newcomer = accountField({ label: "Who becomes a member" });
  const leaver = accountField({ label: "Who is removed" });
  const paid = accountField({ label: "Who is paid" });
  const slashed = accountField({ label: "Whose stake is slashed" });
  const annotator = accountField({ label: "Whose answers" });
  const price = numberField({ label: "Price" });
  const licencePrice = numberField({ label: "Price", optional: true });
  const minimum = numberField({ label: "The least in a role", optional: true });

  const allowance = numberField({ label: "At most (empty: no limit)", optional: true });
  const waiting = selectField({ label: "What is not to be done" });

  const kinds = {
    approve_update: {
      label: "Approve an update, and reward its engineer",
      fields: { update: forApproval, reward: part("Reward, as a part of the engineers’ bucket") },
      code: (v) => `ApproveUpdate(${v.update || "…"}, reward=${python(v.reward)})`,
    },
    reject_update: {
      label: "Reject an update",
      fields: { update: forRejection, reason: lineField({ label: "Reason", optional: true }) },
      code: (v) => `RejectUpdate(${v.update || "…"}${v.reason ? `, ${python(v.reason)}` : ""})`,
    },
    add_member: {
      label: "Add a member, or give one another weight",
      fields: { who: newcomer, weight: numberField({ label: "Weight", whole: true, start: "1" }) },
      code: (v) => `AddMember(${python(v.who)}, ${v.weight || "…"})`,
    },
    remove_member: {
      label: "Remove a member",
      fields: { who: leaver },
      code: (v) => `RemoveMember(${python(v.who)})`,
    },
    set_weighting: {
      label: "Change what votes weigh by",
      fields: { weighting: choose("Votes weigh by", ["assigned", "stake", "contribution"]) },
      code: (v) => `SetWeighting(${python(v.weighting)})`,
    },
    set_shares: {
      label: "Change how what comes in is split",
      fields: Object.fromEntries(ROLES_IN_SHARES.map((role) =>
        [role, numberField({ label: role, unit: "%", optional: true })])),
      code: (v) => `SetShares(dict(${named(v, ROLES_IN_SHARES)}))`,
      hint: "All of them together are 100 %; an empty one is 0.",
      columns: true,
    },
    set_fees: {
      label: "Change what a licence costs",
      fields: { usage: choose("Licence", USAGES), price },
      code: (v) => `SetFees(${v.usage || "…"}=${python(v.price)})`,
    },
    set_licence: {
      label: "Sell a licence on other terms, or no more",
      fields: {
        usage: choose("Licence", USAGES),
        sale: choose("Sold", ["on these terms", "no more"], "on these terms"),
        price: licencePrice,
        duration: periodField({ label: "Valid for (empty: for ever)", optional: true }),
        maximum: numberField({ label: "Holders at most (empty: any number)", whole: true, optional: true }),
        transferable: choose("May be passed on", ["no", "yes"], "no"),
        jurisdiction: lineField({ label: "Where it is valid (empty: everywhere)", longest: 16, optional: true }),
        terms: textField({ label: "Terms of its own (empty: the model’s licence)", longest: MOST_TEXT, rows: 2, optional: true }),
      },
      code: (v) =>
        v.sale === "no more"
          ? `SetLicence(${python(v.usage)}, None)`
          : `SetLicence(${python(v.usage)}, dml.LicenceTerms(price=${python(v.price)}` +
            (v.duration ? `, duration=${time(v.duration)}` : "") +
            (v.maximum ? `, maximum=${v.maximum}` : "") +
            (v.transferable === "yes" ? ", transferable=True" : "") +
            (v.jurisdiction ? `, ${named(v, ["jurisdiction"])}` : "") +
            (v.terms ? ", text=document" : "") + "))",
      columns: true,
    },
    revoke_licence: {
      label: "Revoke a licence",
      fields: {
        licence: numberField({ label: "Licence’s number", whole: true }),
        cause: choose("Cause", REVOCATION_CAUSES),
        words: lineField({ label: "Another cause, in words", optional: true }),
      },
      code: (v) => `RevokeLicence(${v.licence || "…"}, ${python(v.cause === "other" ? v.words : v.cause)})`,
    },
    set_terms: {
      label: "Change thresholds, times and the deposit",
      fields: terms,
      code(v) {
        const periods = ["voting", "delay", "enact_within"];
        const own = [named(v, ["threshold", "quorum", "deposit"]),
          ...periods.filter((n) => v[n]).map((n) => `${n}=${time(v[n])}`)];
        const wider = ["threshold", "quorum", "voting", "lock"]
          .filter((n) => v[`referendum_${n}`])
          .map((n) => `${n}=${["voting", "lock"].includes(n) ? time(v[`referendum_${n}`]) : python(v[`referendum_${n}`])}`);
        if (wider.length) own.push(`referendum=dict(${wider.join(", ")})`);
        return `SetThresholds(${own.filter(Boolean).join(", ")})`;
      },
      hint: "What is left empty stays as it is.",
      columns: true,
    },
    set_staking: {
      label: "Change on which terms stakes are taken",
      fields: {
        unbonding: periodField({ label: "Time to unbond", optional: true }),
        minimum,
        slash_to: settled(selectField({
          label: "What is slashed goes to",
          options: options(["buckets", "creator", "engineer", "contributor", "annotator", "validator", "client", "fees"]),
          ask: "where it goes now",
        }), ""),
      },
      code: (v) => `SetStaking(dml.StakingTerms(${[
        v.unbonding ? `unbonding=${time(v.unbonding)}` : "", named(v, ["minimum", "slash_to"]),
      ].filter(Boolean).join(", ")}))`,
      hint: "What is left empty stays as it is.",
    },
    spend: {
      label: "Pay somebody out of a bucket",
      fields: { who: paid, role: roleField({ label: "Out of the bucket of" }), score: part("Part of the bucket") },
      code: (v) => `Spend(${python(v.role)}, ${python(v.who)}, ${python(v.score)})`,
    },
    slash: {
      label: "Slash somebody’s stake",
      fields: {
        who: slashed,
        role: roleField({ label: "At stake as" }),
        part: part("Part of the stake"),
        cause: choose("Cause", SLASH_CAUSES),
        words: lineField({ label: "Another cause, in words", optional: true }),
      },
      code: (v) =>
        `Slash(${python(v.who)}, ${python(v.role)}, ${python(v.part)}, ${python(v.cause === "other" ? v.words : v.cause)})`,
    },
    settle_annotation: {
      label: "Settle what answers of an annotator earn",
      fields: {
        task: numberField({ label: "Task", whole: true }),
        batch: numberField({ label: "Batch", whole: true }),
        who: annotator,
        points: numberField({ label: "Points", whole: true }),
        score: part("Score"),
        slash: numberField({ label: "Part of the stake to slash", unit: "0 to 1", optional: true }),
      },
      code: (v) =>
        `SettleAnnotation(${v.task || "…"}, ${v.batch || "…"}, ${python(v.who)}, points=${v.points || "…"}, score=${python(v.score)}${v.slash ? `, slash=${python(v.slash)}` : ""})`,
      columns: true,
    },
    set_allowance: {
      label: "Limit what rounds and tasks may take",
      fields: { amount: allowance },
      code: (v) => `SetAllowance(${v.amount ? python(v.amount) : "None"})`,
    },
    cancel: {
      label: "Cancel what waits to be done",
      fields: { proposal: waiting },
      code: (v) => `Cancel(${v.proposal || "…"})`,
    },
    close_pool: {
      label: "Close the pool, for good",
      fields: {},
      code: () => "ClosePool()",
    },
  };
  // An empty choice of where slashed stakes go is one: it stays.
  kinds.set_staking.fields.slash_to.problem = () => "";

  /** Brings what can be chosen up to date. */
  function update({ collective, updates, moreUpdates, proposals, names }) {
    const { members, asset, terms: now } = collective;
    const listed = updates.map(({ id, engineer, metrics }) => ({
      value: String(id),
      label: `#${id} by ${accountWords(engineer, names)}${metrics ? `: ${metrics}` : ""}`,
    }));
    const more = moreUpdates ? `${moreUpdates} older ones wait: model.updates(state="proposed")` : "";
    forApproval.update(listed, more);
    forRejection.update(listed, more);
    waiting.update(proposals
      .filter(({ state }) => state === "approved")
      .map(({ id, action }) => ({ value: String(id), label: `#${id} ${action.slice(0, 80)}` })));
    const inside = members.map(([address, , weight]) => ({
      address,
      name: names[address],
      detail: `weight ${significant(weight)}`,
    }));
    const known = new Set(members.map(([address]) => address));
    const outside = [...updates.map(({ engineer }) => [engineer, "engineer"]),
      ...Object.keys(names).map((address) => [address, ""])]
      .filter(([address]) => !known.has(address) && known.add(address))
      .map(([address, detail]) => ({ address, name: names[address], detail }));
    leaver.update(inside);
    newcomer.update([...outside, ...inside]);
    for (const field of [paid, slashed, annotator]) field.update([...inside, ...outside]);
    price.update(`in ${asset}`);
    licencePrice.update(`in ${asset}`);
    allowance.update(`in ${asset}, less by every reward of a round and by what annotation tasks set aside`);
    minimum.update(`in ${asset}; empty: as it is`);
    for (const [name, field] of Object.entries(terms)) {
      const told = now[name];
      field.update(`now ${typeof told === "number" ? spanWords(told) : told}${name === "deposit" ? ` ${now.native}` : ""}`);
    }
  }

  return { kinds, update };
}

/**
 * The part of the panel in which something is proposed, as {elements, update(told), focus()}.
 *
 * One form is shown at a time; text and electorate go with whichever that is.
 */
export function proposeForms(kit) {
  const { kinds, update: updateForms } = actionForms();
  const text = textField({ label: "Why: what voters read", longest: MOST_TEXT, rows: 3, optional: true });
  const electorate = choose("Who has the last word", ["members", "stakers", "licence holders"], "members");
  const alone = () => kit.model.get("collective_told").decides && electorate.value() === "members";
  const forms = new Map();
  for (const [name, { label, fields, code, hint, columns }] of Object.entries(kinds)) {
    const form = kit.form({
      name: `propose_${name}`,
      fields: { ...fields, text, electorate },
      label: () => (alone() ? "Decide: have it done" : "Propose"),
      code(values) {
        const more = [values.text ? `text=${pythonText(values.text)}` : "",
          values.electorate === "members" ? "" : `electorate=${pythonText(values.electorate)}`];
        const call = alone() ? "decide" : "propose";
        const given = [`dml.actions.${code(values)}`, ...(alone() ? [] : more)];
        return `collective.${call}(${given.filter(Boolean).join(", ")})`;
      },
      done: label,
      hint: hint ?? "Before you sign, what it would do and cost stands here.",
    });
    if (columns) form.classList.add("dml-columns");
    form.hidden = true;
    forms.set(name, form);
  }
  const what = selectField({
    label: "What to propose",
    options: Object.entries(kinds).map(([value, { label }]) => ({ value, label })),
  });
  const note = h("p", { class: "dml-quiet" });

  function show() {
    for (const [name, form] of forms) {
      const shown = name === what.value();
      if (form.hidden === !shown) continue;
      form.hidden = !shown;
      if (!shown) continue;
      form.querySelector(".dml-do").before(text.element, electorate.element);
      form.dispatchEvent(new Event("input"));
    }
  }
  what.element.addEventListener("input", show);

  return {
    elements: [what.element, note, ...forms.values()],
    focus: () => what.focus(),
    update(told) {
      updateForms(told);
      const { decides, terms } = told.collective;
      note.textContent = !told.member
        ? "Only members propose, and you are none."
        : decides
        ? "You are alone in this collective, so what you decide is done at once."
        : `Voted on for ${spanWords(terms.voting)}; ${terms.deposit} ${terms.native} are held until then, and lost if too few vote.`;
      show();
    },
  };
}
