// How a vote stands: what was said, and how much of the electorate voted, each against what it needs.

import { h, setAttribute, setText } from "../dom.js";
import { percent, significant } from "../format.js";

/** A part of a whole with a mark at what is needed, as {element, update({parts, needed, words})}. */
function measure(name) {
  const bar = h("div", { class: "dml-measure", role: "img" });
  const mark = h("span", { class: "dml-needed", "aria-hidden": "true" });
  const label = h("span", { class: "dml-measure-name" }, name);
  const words = h("span", { class: "dml-number" });
  return {
    element: h("div", { class: "dml-measured" }, label, bar, words),
    /** `parts` are {kind, part}: 0–1 of the bar, each with a pattern of its own. */
    update({ parts, needed, told, spoken }) {
      bar.replaceChildren(
        ...parts.map(({ kind, part }) => {
          const piece = h("span", { class: `dml-said-${kind}` });
          piece.style.width = `${100 * part}%`;
          return piece;
        }),
        mark,
      );
      mark.style.left = `${100 * needed}%`;
      setText(words, told);
      setAttribute(bar, "aria-label", spoken);
      setAttribute(bar, "title", spoken);
    },
  };
}

/** Both bars and the outcome as it stands, as {element, update(tally, how)}. */
export function tallyBars() {
  const said = measure("Ayes");
  const voted = measure("Voted");
  const counts = h("p", { class: "dml-counts" });
  const outcome = h("p", { class: "dml-standing" });
  const element = h("div", { class: "dml-tally" }, said.element, voted.element, counts, outcome);

  /** `convinced` says whether ayes and nays weigh by conviction. */
  function update(tally, { isFinal, convinced }) {
    element.hidden = !tally;
    if (!tally) return;
    const unit = tally.unit ? ` ${tally.unit}` : "";
    const anySaid = Number(tally.aye) + Number(tally.nay) > 0;
    said.update({
      parts: anySaid
        ? [{ kind: "aye", part: tally.approval }, { kind: "nay", part: 1 - tally.approval }]
        : [],
      needed: tally.threshold,
      told: `${percent(tally.approval)}, needs more than ${percent(tally.threshold)}`,
      spoken: `Ayes are ${percent(tally.approval)} of ayes and nays; needed: more than ` +
        percent(tally.threshold),
    });
    voted.update({
      parts: [{ kind: "turnout", part: tally.voted }],
      needed: tally.quorum,
      told: `${percent(tally.voted)}, needs at least ${percent(tally.quorum)}`,
      spoken: `${percent(tally.voted)} of all weight voted; the quorum is ${percent(tally.quorum)}`,
    });
    counts.replaceChildren(
      ...[["aye", "▲ aye"], ["nay", "▼ nay"]].map(([name, words]) =>
        h("span", { class: "dml-number", title: `${tally[name]}${unit}` },
          `${words} ${significant(tally[name])}${unit}`)),
      convinced ? h("span", { class: "dml-quiet" }, "with conviction") : "",
      h("span", { class: "dml-number", title: `${tally.turnout} of ${tally.electorate}${unit}` },
        `voted ${significant(tally.turnout)} of ${significant(tally.electorate)}${unit}`),
      tally.expired
        ? h("span", { class: "dml-quiet", "data-expired": tally.expired },
          `${tally.expired} of expired licences, which closing takes off first`)
        : "",
    );
    outcome.replaceChildren(isFinal ? "Outcome: " : "As it stands: ", h("b", {}, tally.outcome));
  }

  return { element, update };
}
