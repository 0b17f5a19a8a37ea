// Where a model's versions come from: a tree with a row for each version or update, newest first.

import { accuracyText, drawn } from "./accuracy_chart.js";
import { timeElement } from "../clock.js";
import { h } from "../dom.js";
import { percent, shortAddress, significant } from "../format.js";
import { identiconSvg } from "../identicon.js";

/** For each kind its sign and its name; dml_sdk/widgets/lineage.py has the same. */
export const LINEAGE_KINDS = {
  registered: ["■", "registered"],
  published: ["●", "published"],
  round: ["●", "by a round"],
  accepted: ["★", "accepted"],
  proposed: ["◇", "proposed"],
  rejected: ["✕", "rejected"],
  withdrawn: ["○", "withdrawn"],
};

const LINEAGE_ROW = 42;
const LANE = 16;
const MARGIN = 6;

const laneX = (lane) => MARGIN + LANE / 2 + lane * LANE;
const rowY = (row) => (row + 0.5) * LINEAGE_ROW;

/** The line from a node down to its parent, as the data of a path; "" for a root. */
export function parentPath(node, row, rows, nodes) {
  if (!node.parent) return "";
  const x = laneX(node.lane);
  const below = rows.get(node.parent);
  if (below == null) return `M${x} ${rowY(row)}V${nodes.length * LINEAGE_ROW}`;
  const [toX, toY] = [laneX(nodes[below].lane), rowY(below)];
  if (x === toX) return `M${x} ${rowY(row)}V${toY}`;
  return `M${x} ${rowY(row)}V${toY - LINEAGE_ROW / 2}Q${x} ${toY} ${toX} ${toY}`;
}

/** What a node is called: "version 3", "update 5". */
export function nodeName(key) {
  return `${key.startsWith("v") ? "version" : "update"} ${key.slice(1)}`;
}

/** The tree as {element, update({nodes, left_out}, asset, me, now)}. */
export function lineageTree() {
  const list = h("ol", { class: "dml-lineage", "aria-label": "Versions and updates, newest first" });
  const more = h("p", { class: "dml-hint dml-quiet" });
  const box = h("div", { class: "dml-lineage-box", tabindex: "0", role: "group", "aria-label": "Lineage" }, list);
  const legend = h(
    "p",
    { class: "dml-hint dml-quiet" },
    "● version  ★ accepted  ◇ proposed  ✕ rejected  ○ withdrawn; a claimed accuracy is the engineer’s word.",
  );
  let told = "";

  function update({ nodes, left_out: leftOut }, asset, me, now) {
    const next = JSON.stringify([nodes, leftOut, me]);
    if (next === told) return;
    told = next;
    const rows = new Map(nodes.map((node, row) => [node.key, row]));
    const lanes = 1 + Math.max(0, ...nodes.map(({ lane }) => lane));
    const width = 2 * MARGIN + lanes * LANE;
    const height = nodes.length * LINEAGE_ROW;
    const paths = nodes.map((node, row) => drawn("path", { d: parentPath(node, row, rows, nodes) }));
    const signs = nodes.map((node, row) => {
      const sign = drawn("text", { x: laneX(node.lane), y: rowY(row) + 5 });
      sign.textContent = LINEAGE_KINDS[node.kind][0];
      sign.setAttribute("class", `dml-node dml-node-${node.kind}`);
      const ground = drawn("circle", { cx: laneX(node.lane), cy: rowY(row), r: 9, class: "dml-node-ground" });
      return drawn("g", {}, ground, sign);
    });
    const picture = drawn("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...paths, ...signs);
    picture.setAttribute("class", "dml-lineage-lines");
    list.style.setProperty("--dml-lanes", `${width}px`);
    list.replaceChildren(
      ...nodes.map((node, row) => {
        const item = nodeRow(node, asset, me, now);
        if (!row) item.prepend(picture);
        return item;
      }),
    );
    more.textContent = leftOutWords(leftOut);
    more.hidden = !more.textContent;
  }

  return { element: h("div", { class: "dml-lineage-whole" }, box, more, legend), update };
}

/** How many of what are not drawn. */
export function leftOutWords({ older, updates, waiting }) {
  const told = (count) => count.toLocaleString("en-US");
  const words = [
    ...(older ? [`${told(older)} older versions`] : []),
    ...(updates ? [`${told(updates)} more updates, of which ${told(waiting)} wait`] : []),
  ];
  return words.length ? `Not drawn: ${words.join("; ")}.` : "";
}

function nodeRow(node, asset, me, now) {
  const [, kind] = LINEAGE_KINDS[node.kind];
  const reached =
    node.accuracy == null
      ? null
      : h("span", { class: "dml-number", title: node.metrics || accuracyText([[node.key.slice(1), node.accuracy, node.measured]]) },
          `${percent(node.accuracy)} ${node.measured ? "measured" : "claimed"}`);
  const earned = node.reward
    ? h("span", { class: "dml-number", title: `${node.reward} ${asset}: ${significant(100 * node.score)} % of the engineers’ bucket` },
        `earned ${significant(node.reward)} ${asset}`)
    : null;
  const round = node.round == null ? null : h("span", { class: "dml-number" }, `round ${node.round}`);
  const why = node.why ? h("bdi", {}, `“${node.why}”`) : null;
  return h(
    "li",
    { "data-kind": node.kind },
    h("div", { class: "dml-flow" }, h("strong", {}, nodeName(node.key)), h("span", {}, kind), round, reached, earned),
    h(
      "div",
      { class: "dml-flow dml-quiet" },
      identiconSvg(node.who),
      h("span", { title: node.who }, node.who === me ? "you" : shortAddress(node.who)),
      timeElement(node.at, now),
      why,
    ),
  );
}
