// The participants: a row of dots a round, each of which opens who it was, score, reward, location.

import { h, setText } from "../dom.js";
import { copyable } from "../frame.js";
import { grouped, percent, significant } from "../format.js";

const NS = "http://www.w3.org/2000/svg";
const SMALLEST = 4;
const LARGEST = 9;

/** Radius of a dot, in px; its area is in proportion to the number of examples. */
export function dotRadius(examples, most) {
  return Math.max(SMALLEST, LARGEST * Math.sqrt(most > 0 ? examples / most : 1));
}

/** One update in words. */
export function updateText(update, symbol) {
  const parts = [`${update.client}, ${update.status}`, `${update.examples} examples`];
  if (update.score != null) parts.push(`score ${percent(update.score)}`);
  if (Number(update.reward)) parts.push(`reward ${significant(update.reward)} ${symbol}`);
  return parts.join(", ") + (update.reason ? `: ${update.reason}` : "");
}

function dotShape(status, radius) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "-10 -10 20 20");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(NS, status === "rejected" ? "path" : "circle");
  if (status === "rejected") {
    const r = radius * 0.75;
    shape.setAttribute("d", `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`);
  } else {
    shape.setAttribute("r", status === "dropped" ? Math.max(SMALLEST, radius - 1) : radius);
  }
  svg.append(shape);
  return svg;
}

/**
 * The strip as {element, update(strip, symbol)}.
 *
 * Only one dot is in the tab order; arrows move between dots and rounds, Home and End go to a
 * round's first and last, Enter opens, Escape closes and gives the focus back.
 */
export function participantStrip({ ask, say }) {
  const rows = h("div", { class: "dml-rows", role: "group", "aria-label": "Participants by round" });
  const detail = h("section", { class: "dml-detail", hidden: true, tabindex: "-1" });
  const span = h("span", { class: "dml-quiet" });
  const earlier = h("button", { type: "button", class: "dml-button" }, "‹ earlier");
  const later = h("button", { type: "button", class: "dml-button" }, "later ›");
  const pages = h("div", { class: "dml-pages", hidden: true }, earlier, span, later);
  const element = h("div", { class: "dml-strip" }, pages, rows, detail);
  let strip = { rounds: [], first: 0, end: 0, total: 0 };
  let symbol = "";
  let chosen = null;
  let current = null;

  earlier.addEventListener("click", () => ask({ do: "rounds", end: strip.first }));
  later.addEventListener("click", () =>
    ask({ do: "rounds", end: strip.end + (strip.end - strip.first) }),
  );

  const key = (round, update) => `${round.number}/${update.client}`;
  const dots = () => [...rows.querySelectorAll(".dml-dot")];

  function close() {
    detail.hidden = true;
    const opened = dots().find((dot) => dot.dataset.key === chosen);
    chosen = null;
    opened?.setAttribute("aria-expanded", "false");
    opened?.focus();
  }

  function open(round, update) {
    chosen = key(round, update);
    for (const dot of dots()) {
      dot.setAttribute("aria-expanded", String(dot.dataset.key === chosen));
    }
    const fact = (term, ...value) => [h("dt", {}, term), h("dd", {}, ...value)];
    const exact = `${update.reward} ${symbol}`;
    detail.setAttribute("aria-label", `${update.client} in round ${round.number}`);
    detail.replaceChildren(
      h(
        "header",
        {},
        h("strong", {}, `${update.client}, round ${round.number}`),
        h("span", { class: `dml-status dml-${update.status}` }, update.status),
        h(
          "button",
          { type: "button", class: "dml-button", "aria-label": "Close", onclick: close },
          "✕",
        ),
      ),
      ...(update.reason ? [h("p", {}, update.reason)] : []),
      h(
        "dl",
        {},
        ...fact("who", copyable(update.account, "address", say)),
        ...fact("examples", grouped(update.examples)),
        ...fact("score", update.score == null ? "not scored" : percent(update.score)),
        ...fact("reward", h("span", { title: exact }, `${significant(update.reward)} ${symbol}`)),
        ...fact(
          "update",
          update.location ? copyable(update.location, "location", say) : "nothing was stored",
        ),
        ...(update.receipt
          ? fact(
              "receipt",
              `block ${update.receipt.block}, `,
              copyable(update.receipt.extrinsic, "extrinsic", say),
            )
          : []),
      ),
    );
    detail.hidden = false;
    detail.scrollIntoView({ block: "nearest" });
  }

  function makeDot(round, update, most) {
    const text = updateText(update, symbol);
    const dot = h(
      "button",
      {
        type: "button",
        class: `dml-dot dml-${update.status}`,
        title: text,
        "aria-label": `Round ${round.number}: ${text}`,
        "aria-expanded": String(chosen === key(round, update)),
        "data-key": key(round, update),
        tabindex: "-1",
        onclick: () => (chosen === dot.dataset.key ? close() : open(round, update)),
      },
      dotShape(update.status, dotRadius(update.examples, most)),
    );
    return dot;
  }

  function makeRow(round, most) {
    const told =
      `Round ${round.number}: version ${round.version}, blocks ${round.blocks.join("–")}, ` +
      `${round.extrinsics} extrinsics, ${significant(round.seconds)} s`;
    return h(
      "div",
      { class: "dml-row", "data-round": round.number, "data-most": most },
      h("span", { class: "dml-round", title: told }, String(round.number)),
      h("div", { class: "dml-dots" }, ...round.updates.map((u) => makeDot(round, u, most))),
      h("span", { class: "dml-number", title: String(round.accuracy) }, percent(round.accuracy)),
      h(
        "span",
        { class: "dml-number", title: `${round.paid} ${symbol}` },
        significant(round.paid),
        h("span", { class: "dml-unit" }, ` ${symbol}`),
      ),
    );
  }

  function makeCurrent(dot) {
    if (current) current.tabIndex = -1;
    current = dot ?? null;
    if (current) current.tabIndex = 0;
  }

  rows.addEventListener("focusin", (event) => makeCurrent(event.target.closest(".dml-dot")));
  rows.addEventListener("keydown", (event) => {
    const dot = event.target.closest(".dml-dot");
    if (!dot) return;
    const row = dot.closest(".dml-row");
    const peers = [...row.querySelectorAll(".dml-dot")];
    const at = peers.indexOf(dot);
    const beside = (other) => {
      const found = [...(other?.querySelectorAll(".dml-dot") ?? [])];
      return found[Math.min(at, found.length - 1)];
    };
    const target = {
      ArrowLeft: () => peers[at - 1],
      ArrowRight: () => peers[at + 1],
      ArrowUp: () => beside(row.previousElementSibling),
      ArrowDown: () => beside(row.nextElementSibling),
      Home: () => peers[0],
      End: () => peers.at(-1),
    }[event.key];
    if (!target) return;
    event.preventDefault();
    target()?.focus();
  });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !detail.hidden) {
      event.stopPropagation();
      close();
    }
  });

  function update(next, nextSymbol) {
    const most = Math.max(1, ...next.rounds.flatMap((r) => r.updates.map((u) => u.examples)));
    const known = new Map([...rows.children].map((row) => [row.dataset.round, row]));
    const focused = document.activeElement?.closest?.(".dml-dot")?.dataset.key;
    const same = symbol === nextSymbol;
    strip = next;
    symbol = nextSymbol;
    const digits = String(next.rounds.at(-1)?.number ?? 0).length;
    rows.style.setProperty("--dml-digits", Math.max(2, digits));
    // Newest on top. A row that is there already stays as it is, so that nothing under a pointer
    // or a focus is replaced.
    const wanted = [...next.rounds].reverse().map((round) => {
      const row = known.get(String(round.number));
      return same && row?.dataset.most === String(most) ? row : makeRow(round, most);
    });
    if (wanted.length !== rows.children.length || wanted.some((r, i) => r !== rows.children[i])) {
      rows.replaceChildren(...wanted);
      if (focused) dots().find((dot) => dot.dataset.key === focused)?.focus();
    }
    if (!current?.isConnected) makeCurrent(rows.querySelector(".dml-dot"));
    pages.hidden = next.first === 0 && next.end === next.total;
    setText(span, `rounds ${next.first + 1}–${next.end} of ${next.total}`);
    earlier.disabled = next.first === 0;
    later.disabled = next.end === next.total;
  }

  return { element, update, close, isOpen: () => !detail.hidden };
}
