// The model browser's own logic, under node: node --test tests/widgets

import assert from "node:assert/strict";
import { test } from "node:test";

import { accuracyText, chartPlaces } from "../../widgets/model_browser/accuracy_chart.js";
import { offerTerms, priceText, spanText } from "../../widgets/model_browser/licence_fields.js";
import { leftOutWords, nodeName, parentPath } from "../../widgets/model_browser/lineage.js";
import { briefTerms } from "../../widgets/model_browser/card.js";
import { finderCode, foundText, queryProblem } from "../../widgets/model_browser/finder.js";
import { keyText, weightsText } from "../../widgets/model_browser/opened.js";

const OFFER = {
  usage: "commercial",
  price: "50",
  duration: 30 * 86_400_000,
  maximum: 3,
  sold: 1,
  transferable: true,
  jurisdiction: "EU",
  own_terms: true,
};
const OPEN = { duration: null, maximum: null, sold: 7, transferable: false, jurisdiction: "", own_terms: false };

test("an offer's terms are told in words, and what it has none of is left out", () => {
  assert.deepEqual(offerTerms(OFFER), ["for 30 d", "1 of 3 held", "in \u2068EU\u2069", "can be passed on", "own terms"]);
  assert.deepEqual(offerTerms(OPEN), ["for ever", "7 held"]);
  assert.equal(briefTerms(OFFER), "30 d · \u2068EU\u2069 · 1/3");
  assert.equal(briefTerms(OPEN), "");
});

test("what costs nothing is free", () => {
  assert.equal(priceText("0", "DML"), "free");
  assert.equal(priceText("12345.678", "EUR"), "12,346 EUR");
});

test("a span is told in days, or in what is shorter", () => {
  assert.equal(spanText(36 * 3_600_000), "1.5 d");
  assert.equal(spanText(90 * 60_000), "1 h 30 min");
});

test("how many were found is told with how many there are", () => {
  const found = { first: 12, total: 100, among: 300, cards: Array(12).fill({}) };
  assert.equal(foundText(found), "13–24 of 100 (of 300)");
  assert.equal(foundText({ ...found, total: 300 }), "13–24 of 300");
  assert.equal(foundText({ first: 0, total: 0, among: 5, cards: [] }), "none of 5");
  assert.equal(foundText({ first: 0, total: 0, among: 0, cards: [] }), "no models yet");
});

test("the Python line that finds the same names what was filled in", () => {
  const nothing = { text: "", usage: "", max_price: "", may_download: false, sort: "newest" };
  assert.equal(finderCode(nothing), "widgets.ModelBrowser(session)");
  assert.equal(
    finderCode({ text: 'a"b', usage: "serve", max_price: "5", may_download: true, sort: "price" }),
    'widgets.ModelBrowser(session, text="a\\"b", usage="serve", max_price="5", may_download=True, sort="price")',
  );
  assert.equal(queryProblem(nothing), "");
  assert.match(queryProblem({ max_price: "1,5" }), /point/);
});

test("a chart of values that hardly differ stays flat, and in its box", () => {
  const places = chartPlaces([[0, 0.9, true], [1, 0.901, true]], 120, 34);
  assert.ok(Math.abs(places[0].y - places[1].y) < 1);
  for (const { x, y } of chartPlaces([[0, 0, true], [1, 1, false]], 120, 34)) {
    assert.ok(x >= 0 && x <= 120 && y >= 0 && y <= 34);
  }
  assert.match(accuracyText([[0, 0.5, true], [2, 0.75, false]]), /version 2, 75.0 %, claimed; the best 75.0 %/);
});

test("a line goes down to the parent, or out of the picture to an older one", () => {
  const nodes = [
    { key: "u4", parent: "v0", lane: 1 },
    { key: "v1", parent: "v0", lane: 0 },
    { key: "v0", parent: "older", lane: 0 },
  ];
  const rows = new Map(nodes.map(({ key }, row) => [key, row]));
  assert.match(parentPath(nodes[0], 0, rows, nodes), /^M30 21V84Q30 105 14 105$/);
  assert.equal(parentPath(nodes[1], 1, rows, nodes), "M14 63V105");
  assert.equal(parentPath(nodes[2], 2, rows, nodes), "M14 105V126");
  assert.equal(parentPath({ parent: "" }, 0, rows, nodes), "");
  assert.deepEqual(["v3", "u12"].map(nodeName), ["version 3", "update 12"]);
});

test("how much of a lineage is not drawn is said, and of what", () => {
  assert.equal(leftOutWords({ older: 0, updates: 0, waiting: 0 }), "");
  assert.equal(leftOutWords({ older: 1200, updates: 0, waiting: 0 }), "Not drawn: 1,200 older versions.");
  assert.equal(
    leftOutWords({ older: 2, updates: 7, waiting: 3 }),
    "Not drawn: 2 older versions; 7 more updates, of which 3 wait.",
  );
});

test("who may have the weights is what the chain says", () => {
  assert.equal(weightsText({ may_download: true, offers: [] }, false), "open to everybody");
  assert.equal(weightsText({ may_download: true, offers: [{ usage: "download" }] }, true), "yours to download, encrypted");
  assert.equal(weightsText({ may_download: false, offers: [{ usage: "download" }] }, null), "for licence holders");
});

test("what is missing of a key is said, only for what is encrypted and held", () => {
  const held = { state: "valid", key: "own", delivered: false };
  assert.match(keyText({ ...held, key: "" }, true), /name it/);
  assert.match(keyText(held, true), /not delivered yet/);
  assert.match(keyText({ ...held, delivered: true }, true), /was delivered/);
  assert.equal(keyText(held, false), "");
  assert.equal(keyText({ ...held, state: "expired" }, true), "");
});
