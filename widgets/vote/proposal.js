// One proposal in full: who asks for what, in their own words, and what it would change.

import { h, setText } from "../dom.js";
import { copyable } from "../frame.js";
import { significant } from "../format.js";
import { identiconSvg } from "../identicon.js";
import { accountWords, electorateWords, endedWords, isUnderWay } from "./state.js";

const TRENDS = { better: "▲", worse: "▼", higher: "▲", lower: "▼", "the same": "=" };
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{46,48}$/;

/** An account with its picture; the whole address is in the tooltip. */
export function accountChip(address, names) {
  return h("span", { class: "dml-account", title: address },
    identiconSvg(address), h("span", {}, accountWords(address, names)));
}

/** A text that somebody wrote, kept apart from what the panel says itself. */
function quote(label, told) {
  const words = {
    none: "",
    reading: "Reading it from the store…",
    failed: `It can't be shown: ${told?.text}`,
  };
  if (!told || told.state === "none") return null;
  if (told.state !== "read") return h("p", { class: "dml-quiet" }, `${label}: ${words[told.state]}`);
  const more = told.more ? h("p", { class: "dml-quiet" }, `${told.more} more characters are not shown.`) : null;
  return h("figure", { class: "dml-quote" },
    h("figcaption", { class: "dml-quiet" }, `${label}, checked against the chain’s hash`),
    h("blockquote", { dir: "auto", tabindex: "0", role: "group", "aria-label": label }, told.text), more);
}

function cell(text) {
  return ADDRESS.test(text) ? h("code", { class: "dml-whole-address" }, text) : text;
}

/** What it would set, beside what is set now where that differs. */
function detailTable(rows) {
  if (!rows.length) return null;
  const compares = rows.some(([, , now]) => now);
  const differs = ([, then, now]) => Boolean(now) && now !== then;
  const head = compares
    ? h("thead", {}, h("tr", {}, ...["", "would be", "is now"].map((t) => h(t ? "th" : "td", t ? { scope: "col" } : {}, t))))
    : null;
  return h("table", { class: "dml-table" }, head,
    h("tbody", {}, ...[...rows].sort((a, b) => differs(b) - differs(a)).map(([what, then, now]) => {
      const changes = differs([what, then, now]);
      return h("tr", { class: compares && !changes ? "dml-quiet" : "" },
        h("th", { scope: "row" }, what),
        h("td", {}, changes ? h("b", {}, cell(then)) : cell(then)),
        compares ? h("td", {}, cell(now)) : null);
    })));
}

/** An update's claims beside those of the newest version, better or worse in sign and words. */
function metricsTable(compared) {
  const { rows, newest, told, measured } = compared;
  const head = ["metric", told ? `version ${newest}` : null, "claimed", told ? "change" : null];
  const table = h("table", { class: "dml-table dml-metrics" },
    h("thead", {}, h("tr", {}, ...head.filter(Boolean).map((t) => h("th", { scope: "col" }, t)))),
    h("tbody", {}, ...rows.map((row) => {
      const figure = (text) => h("td", { class: "dml-number", title: text ?? "not told" }, text == null ? "–" : significant(text));
      const trend = row.word
        ? [h("span", { class: `dml-trend dml-${row.word.replace(" ", "-")}`, "aria-hidden": "true" }, TRENDS[row.word]),
          ` ${row.change === "0" ? "" : row.change} ${row.word}`]
        : ["–"];
      return h("tr", {}, h("th", { scope: "row" }, row.name),
        told ? figure(row.present) : null, figure(row.claimed),
        told ? h("td", { class: "dml-number" }, ...trend) : null);
    })));
  const note = measured
    ? `A claim that nobody has checked. What version ${newest} reaches was measured by who trained it.`
    : told
    ? "Claims of their engineers; nobody has checked them."
    : `A claim that nobody has checked. Version ${newest}, the newest, was no update: nobody has told what it reaches.`;
  return h("div", { class: "dml-compared" }, rows.length ? table : null, h("p", { class: "dml-quiet" }, note));
}

/** As {elements, update(proposal, text, names)}. */
export function proposalView(kit) {
  const sentence = h("p", { class: "dml-asked" });
  const facts = h("p", { class: "dml-facts-line dml-quiet" });
  const ended = h("p", { class: "dml-came" });
  const place = h("div", { class: "dml-proposal" });
  let drawn = "";

  function update(proposal, text, names) {
    for (const element of [sentence, facts, place]) element.hidden = !proposal;
    ended.hidden = !proposal || isUnderWay(proposal);
    if (!proposal) return;
    setText(sentence, proposal.action);
    setText(ended, `${endedWords(proposal)} ${proposal.error ?? ""}`.trim());
    const { compared, details, proposer, deposit, proposed } = proposal;
    // Drawn again only where it changed: somebody may be reading or marking it.
    const told = JSON.stringify([proposal.id, proposal.state, compared, details, text, names]);
    if (told === drawn) return;
    drawn = told;
    facts.replaceChildren("by ", accountChip(proposer, names), " ", copyable(proposer, "address", kit.say), ", ",
      kit.time(proposed), `; ${electorateWords(proposal)}; deposit ${deposit}`);
    const parts = [quote("What its proposer says", text), detailTable(details)];
    if (compared) {
      parts.push(
        h("p", {}, `Update ${proposal.update} by `, accountChip(compared.engineer, names),
          `, made from version ${compared.parent}; the newest is ${compared.newest}.`),
        metricsTable(compared),
        quote("The engineer’s notes", compared.notes),
      );
    } else if (proposal.update != null && isUnderWay(proposal)) {
      parts.push(h("p", {}, `This model has no update ${proposal.update}.`));
    }
    place.replaceChildren(...parts.filter(Boolean));
  }

  return { elements: [sentence, facts, ended, place], update };
}
