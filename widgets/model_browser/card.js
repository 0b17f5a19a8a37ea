// One model as a card: what it is, what it costs, how accurate it is, and what one holds of it.

import { accuracyChart } from "./accuracy_chart.js";
import { h, setAttribute } from "../dom.js";
import { percent, shortAddress, significant } from "../format.js";
import { identiconSvg } from "../identicon.js";
import { alone, offerTerms, priceText, spanText, untilElement } from "./licence_fields.js";

/** The accuracy of the newest version that anybody spoke of, as elements. */
export function accuracyParts(points, chart) {
  if (!points.length) return [h("span", { class: "dml-quiet" }, "no accuracy told")];
  const [version, value, measured] = points.at(-1);
  return [
    chart,
    h(
      "span",
      { class: "dml-number" },
      h("b", {}, percent(value)),
      h("span", { class: "dml-quiet" }, ` v${version}${measured ? "" : ", claimed"}`),
    ),
  ];
}

/** A card as {element, button, update(card, {me, now, open})}; `open()` is called when pressed. */
export function modelCard(id, openIt) {
  const name = h("bdi");
  const button = h("button", { type: "button", class: "dml-card-name" }, name);
  const number = h("span", { class: "dml-quiet dml-number" }, `#${id}`);
  const body = h("div", { class: "dml-card-body" });
  const element = h("li", { class: "dml-card", "data-model": id }, h("h4", {}, button, number), body);
  let told = "";
  button.addEventListener("click", () => openIt(id));
  element.addEventListener("click", (event) => {
    if (!event.target.closest("button") && getSelection().isCollapsed) openIt(id);
  });

  function update(card, { me, now, open }) {
    setAttribute(button, "aria-expanded", String(open));
    element.classList.toggle("dml-is-open", open);
    const next = JSON.stringify([card, me]);
    if (next === told) return;
    told = next;
    name.textContent = card.name;
    button.title = card.name;
    body.replaceChildren(...cardParts(card, me, now));
  }

  return { element, button, update };
}

/** The terms of an offer that fit beside its price: "30 d · EU · 3/10". */
export function briefTerms({ duration, jurisdiction, maximum, sold }) {
  const span = duration == null ? "" : spanText(duration);
  return [span, jurisdiction && alone(jurisdiction), maximum == null ? "" : `${sold}/${maximum}`].filter(Boolean).join(" · ");
}

function cardParts(card, me, now) {
  const { asset } = card;
  const owner = h(
    "span",
    { class: "dml-owner", title: card.owner },
    identiconSvg(card.owner),
    h("span", {}, card.owner === me ? "you" : shortAddress(card.owner)),
  );
  const about = h("div", { class: "dml-flow" }, owner, h("bdi", { class: "dml-tag dml-cut", title: `licence: ${card.licence}` }, card.licence));
  const reached = h("div", { class: "dml-reached", title: `${card.versions} versions` }, ...accuracyParts(card.accuracy, accuracyChart(card.accuracy)));
  const offers = h(
    "ul",
    { class: "dml-prices", "aria-label": "Licences sold" },
    ...card.offers.map((offer) =>
      h(
        "li",
        { title: `${offer.price} ${asset} (${card.decimals} decimals), ${offerTerms(offer).join(", ")}` },
        h("span", {}, offer.usage),
        h("span", { class: "dml-quiet dml-cut" }, briefTerms(offer)),
        h("b", { class: "dml-number" }, priceText(offer.price, asset)),
      ),
    ),
  );
  if (!card.offers.length) {
    offers.replaceChildren(h("li", { class: "dml-quiet" }, card.may_download ? "open to everybody, nothing is sold" : "nothing is sold"));
  }
  const left = card.pool ? `${significant(card.left)} ${asset}` : "none";
  const facts = h(
    "div",
    { class: "dml-flow dml-quiet" },
    h("span", { class: "dml-number", title: card.pool ? `${card.left} ${asset} in the pool's buckets` : "It has no pool" },
      `pool ${left}${card.pool && card.pool !== "open" ? `, ${card.pool}` : ""}`),
    h("span", { class: "dml-number", "data-holders": card.holders }, card.holders === 1 ? "1 holder" : `${card.holders} holders`),
  );
  const held = card.held.map(([usage, expires]) =>
    h("p", { class: "dml-ok dml-held" }, `you hold ${usage}, `, untilElement(expires, now)),
  );
  return [about, reached, offers, facts, ...held];
}
