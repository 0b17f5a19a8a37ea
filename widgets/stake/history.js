// What happened to a pool, newest first, a line each with a sign for its kind.

import { h } from "../dom.js";
import { grouped } from "../format.js";
import { ROLE_COLOURS, ROLE_SHAPES } from "../roles.js";

const SIGNS = {
  PoolCreated: "+",
  Funded: "↓",
  Rewarded: "★",
  ContributorRewarded: "★",
  Claimed: "↑",
  Refunded: "↑",
  Closed: "■",
  Settled: "■",
};

/** The list as {elements, update({lines, older})}. */
export function historyList() {
  const list = h("ol", {
    class: "dml-history",
    tabindex: "0",
    "aria-label": "What happened to the pool, newest first",
  });
  const more = h("p", { class: "dml-hint dml-quiet" }, "Older events are not shown here.");

  function update({ lines, older }) {
    list.replaceChildren(
      ...lines.map(({ block, what, who, role, amount, text }) => {
        const sign = h("span", { class: "dml-shape", "aria-hidden": "true" },
          ROLE_SHAPES[role] ?? SIGNS[what] ?? "·");
        if (role) sign.style.color = ROLE_COLOURS[role];
        return h(
          "li",
          { title: [who, amount].filter(Boolean).join("\n") || null },
          h("span", { class: "dml-number dml-quiet" }, `#${grouped(block)}`),
          sign,
          h("span", {}, text),
        );
      }),
    );
    more.hidden = !older;
  }

  return { elements: [list, more], update };
}
