// Proposals to choose from, members with their weights, and who voted how.

import { h, setAttribute, setText } from "../dom.js";
import { percent, significant } from "../format.js";
import { stateWords, VOTE_MARKS } from "./state.js";
import { accountChip } from "./proposal.js";

/**
 * Proposals, of which one is shown, as {element, update(rows, chosen, now)}; `choose(id)` is called
 * when another is pressed. Rows stay in their place while they change, so that focus does.
 */
export function proposalList(label, choose) {
  const list = h("ul", { class: "dml-picks", "aria-label": label });
  const made = new Map();

  function row(id) {
    if (!made.has(id)) {
      const number = h("span", { class: "dml-number dml-quiet" }, `#${id}`);
      const words = h("span", { class: "dml-pick-words" });
      const state = h("span", { class: "dml-quiet dml-pick-state" });
      const button = h("button", { type: "button", class: "dml-pick", onclick: () => choose(id) }, number, words, state);
      made.set(id, { item: h("li", {}, button), button, words, state });
    }
    return made.get(id);
  }

  function update(rows, chosen, now) {
    list.hidden = rows.length === 0;
    const wanted = rows.map((told) => {
      const { item, button, words, state } = row(told.id);
      setText(words, told.action);
      const { mine, tally } = told;
      const said = mine?.[1] ? `, you: ${VOTE_MARKS[mine[1]]} ${mine[1]}` : "";
      const voted = tally && told.ends ? `, ${percent(tally.voted)} voted` : "";
      setText(state, `${stateWords(told, now)}${voted}${said}`);
      setAttribute(button, "aria-pressed", String(told.id === chosen));
      return item;
    });
    if (wanted.length !== list.children.length || wanted.some((item, i) => list.children[i] !== item)) {
      list.replaceChildren(...wanted);
    }
    for (const id of [...made.keys()]) if (!rows.some((told) => told.id === id)) made.delete(id);
  }

  return { element: list, update };
}

/** Members with what their votes weigh and who votes for whom. */
export function memberList() {
  const list = h("ul", { class: "dml-members", tabindex: "0", "aria-label": "Members and what their votes weigh" });
  return {
    element: list,
    update({ members, unit }, names, me) {
      list.replaceChildren(...members.map(([address, assigned, weight, delegate]) =>
        h("li", {},
          accountChip(address, names),
          h("span", { class: "dml-quiet" },
            [address === me ? "you" : "", delegate ? `lets ${names[delegate] ?? delegate.slice(0, 6)} vote` : ""].filter(Boolean).join(", ")),
          h("span", { class: "dml-number", title: `${weight} ${unit}; assigned ${assigned}` },
            `${significant(weight)}${unit ? ` ${unit}` : ""}`))));
    },
  };
}

/** Who voted how, the signer first, and how many are not listed. */
export function voterList() {
  const list = h("ul", { class: "dml-members", tabindex: "0", "aria-label": "Who voted how" });
  const more = h("p", { class: "dml-quiet dml-hint" });
  return {
    elements: [list, more],
    update(voters, unit, names, me) {
      const rows = voters?.rows ?? [];
      list.hidden = rows.length === 0;
      more.hidden = !voters?.more;
      setText(more, `${voters?.more} more are not listed here; proposal.voters has them all.`);
      list.replaceChildren(...rows.map(([address, vote, weight, conviction, through]) => {
        const how = vote ? `${VOTE_MARKS[vote]} ${vote}` : "not yet";
        const why = [
          address === me ? "you" : "",
          through ? `through ${names[through] ?? through.slice(0, 6)}` : "",
          conviction ? `conviction ${conviction}` : "",
        ].filter(Boolean).join(", ");
        return h("li", { "data-vote": vote ?? "none" },
          accountChip(address, names),
          h("span", {}, how, why ? h("span", { class: "dml-quiet" }, ` ${why}`) : null),
          h("span", { class: "dml-number", title: `${weight} ${unit}` },
            `${significant(weight)}${unit ? ` ${unit}` : ""}`));
      }));
    },
  };
}
