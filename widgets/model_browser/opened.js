// All there is to say of the model that was opened: what is sold of it, what one holds, its lineage.

import { accuracyChart } from "./accuracy_chart.js";
import { h, setText } from "../dom.js";
import { accountField, fixedField } from "../fields.js";
import { copyable, heading, pythonText } from "../frame.js";
import { shortAddress } from "../format.js";
import { identiconSvg } from "../identicon.js";
import { listField, offerParts, priceField, priceText, untilElement } from "./licence_fields.js";
import { lineageTree } from "./lineage.js";
import { accuracyParts } from "./card.js";
import { poolBar } from "../pool_bar.js";

function part(label, code, ...children) {
  return h("section", { "aria-label": label }, heading(label, code), ...children);
}

/** The details as {element, title, update(opened)}; `shut()` is called by its close button. */
export function openedModel(kit, shut) {
  const told = () => kit.model.get("opened") ?? {};
  const card = () => told().card ?? {};
  const me = () => kit.model.get("head").signer.address;
  const asset = () => card().asset ?? "";
  let shown = null;
  let heldBefore = new Set();

  // --- what it is --------------------------------------------------------------------------------
  const title = h("h4", { tabindex: "-1", class: "dml-opened-name" });
  const close = h("button", { type: "button", class: "dml-button dml-small", "aria-label": "Close the details" }, "✕ Close");
  close.addEventListener("click", shut);
  const facts = h("dl", { class: "dml-facts" });
  const bar = poolBar("earned, to be claimed");
  const about = part("About", "", facts, bar.element);

  // --- buying ------------------------------------------------------------------------------------
  const usage = listField({ label: "Licence" });
  const most = priceField();
  const offer = () => (card().offers ?? []).find((each) => each.usage === usage.value());
  const buy = kit.form({
    name: "buy",
    fields: { usage, max_price: most, model: fixedField(() => String(told().id ?? ""), "Open a model first.") },
    label: (values) => (offer() ? `Buy ${values.usage} for ${costText(values.max_price, offer())}` : "Buy"),
    code: (values) =>
      `session.models.get(${values.model}).licences.buy(${pythonText(values.usage || "…")}, max_price=${pythonText(values.max_price || "…")})`,
    done: "Bought",
    key: "b",
    keyWords: "buy: go to the licences that are sold",
  });
  const text = h("div", { class: "dml-own-terms" });
  const unsold = h("p", { class: "dml-quiet" });
  const selling = part("Licences sold", "model.licences.offers", unsold, buy, text);

  /** What is paid: the price, or what was agreed to where that is less. */
  function costText(agreed, { price }) {
    if (agreed === "" || Number(agreed) >= Number(price)) return priceText(price, asset());
    return `at most ${priceText(agreed, asset())}`;
  }

  // --- what one holds ----------------------------------------------------------------------------
  const licence = listField({ label: "Your licences of it" });
  const chosen = () => (told().licences ?? []).find(({ id }) => String(id) === licence.value());
  const again = priceField();
  const number = () => licence.value();
  const present = () => (card().offers ?? []).find((each) => each.usage === chosen()?.usage);
  const gone = ({ state }) => (state.startsWith("revoked") ? "It was revoked." : state === "given up" ? "It was given up." : "");
  const held = (why) => ({
    ...fixedField(number, ""),
    problem: () => (chosen() ? gone(chosen()) || why(chosen()) : "Choose a licence first."),
  });
  const renew = kit.form({
    name: "renew",
    fields: {
      licence: held(({ expires }) => {
        if (expires == null) return "It never expires: there is nothing to renew.";
        return present() ? "" : "This usage is not sold any more.";
      }),
      max_price: again,
    },
    label: (values) => (present() ? `Renew for ${costText(values.max_price, present())}` : "Renew"),
    code: (values) => `session.licences.get(${values.licence || "…"}).renew(max_price=${pythonText(values.max_price || "…")})`,
    done: "Renewed",
    key: "w",
    keyWords: "renew a licence",
  });
  const to = accountField({ label: "Pass on to" });
  const transfer = kit.form({
    name: "transfer",
    fields: {
      licence: held(({ transferable }) => (transferable ? "" : "It was sold on terms that do not let its holder pass it on.")),
      to,
    },
    label: (values) => (values.to ? `Pass on to ${shortAddress(values.to)}` : "Pass on"),
    code: (values) => `session.licences.get(${values.licence || "…"}).transfer(${pythonText(values.to || "…")})`,
    done: "Passed on",
    sure: () => ({
      title: `Pass licence ${number()} on to ${shortAddress(to.value())}?`,
      body: ["It is theirs from then on, until it expires. Nothing is paid back."],
      yes: "Pass it on ⏎",
      no: "Keep it (Esc)",
    }),
  });
  const name_key = kit.form({
    name: "name_key",
    fields: { licence: held(({ key }) => (key === "own" ? "Your key is named already." : "")) },
    label: () => "Name my key",
    code: (values) => `session.licences.get(${values.licence || "…"}).name_key()`,
    done: "Key named",
  });
  const resign = kit.form({
    name: "resign",
    fields: { licence: held(() => "") },
    label: () => "Give it up",
    code: (values) => `session.licences.get(${values.licence || "…"}).resign()`,
    done: "Given up",
    sure: () => ({
      title: `Give licence ${number()} up?`,
      body: ["You hold it no more. Nothing is paid back."],
      yes: "Give it up ⏎",
      no: "Keep it (Esc)",
    }),
  });
  const more = h("details", { class: "dml-more" }, h("summary", {}, "Pass on, name a key, or give up"), transfer, name_key, resign);
  const keys = h("p", { class: "dml-quiet" });
  const yours = part("Yours", "session.licences.list()", licence.element, keys, renew, more);
  licence.element.addEventListener("input", () => {
    drawRenewal();
    for (const form of [renew, transfer, name_key, resign]) form.dispatchEvent(new Event("input"));
  });

  function drawRenewal() {
    again.update({ unit: asset(), price: present()?.price });
    if (present() && !again.value()) again.set();
    setText(keys, keyText(chosen(), told().sealed));
    keys.hidden = !keys.textContent;
  }

  // --- where it comes from -----------------------------------------------------------------------
  const chart = h("div", { class: "dml-reached" });
  const tree = lineageTree();
  const lineage = part("Lineage", "model.versions, model.updates()", chart, tree.element);
  lineage.classList.add("dml-opened-wide");

  const element = h(
    "li",
    { class: "dml-opened", hidden: true },
    h("div", { class: "dml-opened-head" }, title, close),
    h("div", { class: "dml-opened-parts" }, selling, yours, about, lineage),
  );
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    shut();
  });

  // --- own terms ---------------------------------------------------------------------------------
  function drawTerms(read = null) {
    const own = told().terms?.[usage.value()];
    const key = JSON.stringify([told().id, usage.value(), own, read]);
    if (text.dataset.told === key || (!read && text.dataset.of === JSON.stringify([told().id, usage.value(), own]))) return;
    text.dataset.told = key;
    text.dataset.of = JSON.stringify([told().id, usage.value(), own]);
    if (!own) return text.replaceChildren();
    const button = h("button", { type: "button", class: "dml-button dml-small" }, "Read them");
    button.addEventListener("click", () => kit.model.send({ do: "terms", usage: usage.value() }));
    text.replaceChildren(
      h("p", { class: "dml-flow" }, h("span", {}, "Terms of its own at "), copyable(own.location, "location", kit.say),
        h("span", {}, "SHA-256 "), copyable(own.sha256, "hash", kit.say), read ? null : button),
    );
    if (read?.error) text.append(h("p", { class: "dml-would-fail" }, read.error));
    if (read?.text != null) {
      text.append(h("pre", { class: "dml-terms-text", tabindex: "0", "aria-label": "Terms as their author wrote them" }, read.text));
    }
  }
  const onMessage = (content) => {
    const { terms } = content;
    if (terms && terms.model === told().id && terms.usage === usage.value()) drawTerms(terms);
  };
  kit.model.on("msg:custom", onMessage);
  kit.leave(() => kit.model.off("msg:custom", onMessage));
  buy.addEventListener("input", () => {
    most.update({ unit: asset(), price: offer()?.price });
    drawTerms();
  });
  usage.element.addEventListener("input", () => {
    most.update({ unit: asset(), price: offer()?.price });
    most.set();
  });

  // --- drawing -----------------------------------------------------------------------------------
  function drawFacts() {
    const { guid, owner, licence: spdx, created, decimals } = card();
    const fact = (term, ...value) => [h("dt", {}, term), h("dd", {}, ...value)];
    facts.replaceChildren(
      ...fact("owner", identiconSvg(owner), " ", owner === me() ? "you, " : "", copyable(owner, "address", kit.say)),
      ...fact("licence", h("bdi", {}, spdx)),
      ...fact("GUID", copyable(guid, "GUID", kit.say)),
      ...fact("registered", kit.time(created)),
      ...fact("asset", `${asset()}, ${decimals} decimals`),
      ...fact("weights", weightsText(card(), told().sealed)),
    );
    element.setAttribute("aria-label", `Model ${card().name}`);
  }

  function update() {
    const opened = told();
    const was = shown;
    shown = opened.id ?? null;
    element.hidden = shown == null;
    if (shown == null) return;
    const { offers, accuracy, name, may_download } = card();
    title.replaceChildren(h("bdi", {}, name), ` #${opened.id}`);
    drawFacts();
    bar.element.hidden = !card().pool;
    bar.update({ asset: asset(), buckets: opened.buckets, other: opened.claimable });
    const holds = new Set(card().held.map(([each]) => each));
    usage.update(offers.map((each) => ({ value: each.usage, parts: offerParts(each, asset(), holds.has(each.usage)) })));
    most.update({ unit: asset(), price: offer()?.price });
    buy.hidden = !offers.length;
    unsold.hidden = offers.length > 0;
    setText(unsold, kit.model.get("refusals")?.buy || (may_download ? "No licence of it is sold." : ""));
    licence.update(
      opened.licences.map((each) => ({ value: String(each.id), parts: licenceParts(each, asset(), kit.now()) })),
    );
    yours.hidden = opened.licences.length === 0;
    drawRenewal();
    drawTerms();
    chart.replaceChildren(...accuracyParts(accuracy, accuracyChart(accuracy, 360, 96)));
    tree.update(opened.lineage, asset(), me(), kit.now());
    // What was bought just now is not what one would buy next.
    const bought = was === shown && holds.has(usage.value()) && !heldBefore.has(usage.value());
    heldBefore = holds;
    if (was !== shown) begin();
    else if (bought) offerNext();
  }

  function offerNext() {
    const { offers } = card();
    usage.set(offers.find((each) => !heldBefore.has(each.usage))?.usage ?? usage.value());
  }

  /** What is filled in when a model is opened: what one does not hold yet, at its present price. */
  function begin() {
    more.open = false;
    text.replaceChildren();
    delete text.dataset.told;
    delete text.dataset.of;
    offerNext();
    licence.set(String(told().licences[0]?.id ?? ""));
    again.set();
    drawRenewal();
  }

  return { element, title, update };
}

/** Who may have the weights, and whether they are encrypted. */
export function weightsText({ may_download, offers }, sealed) {
  const restricted = offers.some(({ usage }) => usage === "download");
  const who = !restricted ? "open to everybody" : may_download ? "yours to download" : "for licence holders";
  return sealed ? `${who}, encrypted` : who;
}

/** What is to be said of a licence's key. */
export function keyText(licence, sealed) {
  if (!licence || !sealed || licence.state !== "valid") return "";
  if (!licence.key) return "Its weights are encrypted, and no key of yours is named: name it, to be given the content keys.";
  if (licence.delivered) return "Its weights are encrypted; the newest version’s key was delivered to you.";
  return "Its weights are encrypted; the newest version’s key was not delivered yet. Its owner delivers keys.";
}

function licenceParts(licence, asset, now) {
  const { id, usage, state, expires, paid } = licence;
  const sign = state === "valid" ? "dml-ok" : state === "expired" ? "dml-over" : "dml-no";
  return [
    h("span", { class: "dml-usage" }, usage),
    h("span", { class: sign }, h("bdi", {}, state)),
    state === "valid" ? untilElement(expires, now) : null,
    h("span", { class: "dml-quiet", title: `${paid} ${asset}` }, `licence ${id}, paid ${priceText(paid, asset)}`),
  ].filter(Boolean);
}
