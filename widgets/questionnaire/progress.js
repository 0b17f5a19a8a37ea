// A thin line: how far the batch is, and what it earns.

import { h, setText } from "../dom.js";
import { significant } from "../format.js";

const SOON_MS = 600_000; // before a lease ends
const STATE_WORDS = { open: "open", answered: "answered", skipped: "skipped", flagged: "flagged" };

/** How many items are in each state, in words: "12 answered, 1 skipped, 7 open". */
export function statesText(states) {
  return Object.keys(STATE_WORDS)
    .map((state) => [states.filter((one) => one === state).length, STATE_WORDS[state]])
    .filter(([count]) => count)
    .map(([count, words]) => `${count} ${words}`)
    .join(", ");
}

/** As {element, draw({states, index, earnings, points, expires})}; `time` and `now` are the kit's. */
export function progressLine({ time, now }) {
  const bar = h("div", { class: "dml-thin", role: "img" });
  const where = h("span", { class: "dml-number" });
  const money = h("span", { class: "dml-number dml-quiet" });
  const lease = h("span", { class: "dml-quiet" });
  let leaseShown = null;
  return {
    element: h("div", { class: "dml-progress" }, bar, h("div", { class: "dml-progress-text" }, where, money, lease)),
    draw({ states, index, earnings, points, expires }) {
      while (bar.childElementCount > states.length) bar.lastChild.remove();
      while (bar.childElementCount < states.length) bar.append(h("span"));
      states.forEach((state, at) => {
        const segment = bar.children[at];
        segment.dataset.state = state;
        segment.toggleAttribute("data-here", at === index);
      });
      const told = statesText(states);
      bar.setAttribute("aria-label", `This batch: ${told}`);
      bar.title = told;
      setText(where, index === null ? told : `${index + 1} / ${states.length}`);
      const { asset, earned, waiting, expected } = earnings;
      const sums = [
        [earned, "earned"],
        [waiting, "waiting to be judged"],
        [expected, `at most for this batch, ${points} ${points === 1 ? "point" : "points"} so far`],
      ].filter(([exact]) => Number(exact) > 0);
      setText(money, sums.map(([exact, words]) => `${significant(exact)} ${asset} ${words}`).join(" · "));
      money.title = sums.map(([exact, words]) => `${exact} ${asset} ${words}`).join("\n");
      lease.classList.toggle("dml-soon", expires !== null && expires - now() < SOON_MS);
      if (expires === leaseShown) return;
      leaseShown = expires;
      lease.replaceChildren(...(expires ? ["lease ends ", time(expires)] : []));
    },
  };
}
