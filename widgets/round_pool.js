// The pool: what remains in each role's bucket, as one bar that the rounds' payments eat into.

import { h, setText } from "./dom.js";
import { significant } from "./format.js";
import { ROLE_COLOURS, ROLE_SHAPES } from "./roles.js";

/** Parts of the bar, in percent of the buckets and what was paid: [{name, exact, share}]. */
export function poolParts(pool) {
  const parts = [...pool.buckets.map(([name, exact]) => ({ name, exact }))];
  parts.push({ name: "paid", exact: pool.paid });
  const whole = parts.reduce((sum, part) => sum + Number(part.exact), 0);
  return parts.map((part) => ({ ...part, share: whole ? (100 * Number(part.exact)) / whole : 0 }));
}

/** The bar and its labels as {element, update(pool)}. */
export function poolBar() {
  const bar = h("div", { class: "dml-bar", role: "img" });
  const labels = h("ul", { class: "dml-labels" });
  const element = h("div", { class: "dml-pool" }, bar, labels);
  const made = new Map();

  function part(name) {
    if (!made.has(name)) {
      const segment = h("span", { class: name === "paid" ? "dml-paid" : "" });
      if (name !== "paid") segment.style.background = ROLE_COLOURS[name];
      const shape = h("span", { class: "dml-shape", "aria-hidden": "true" });
      setText(shape, name === "paid" ? "▨" : ROLE_SHAPES[name]);
      if (name !== "paid") shape.style.color = ROLE_COLOURS[name];
      const number = h("span", { class: "dml-number" });
      const text = name === "paid" ? "paid so far" : name;
      const label = h("li", {}, shape, h("span", {}, text), number);
      bar.append(segment);
      labels.append(label);
      made.set(name, { segment, label, number });
    }
    return made.get(name);
  }

  function update(pool) {
    const parts = poolParts(pool);
    for (const { name, exact, share } of parts) {
      const { segment, label, number } = part(name);
      segment.style.width = `${share}%`;
      segment.title = `${name}: ${exact} ${pool.asset}`;
      label.title = `${exact} ${pool.asset}, ${significant(share, 3)} % of the whole`;
      label.hidden = !Number(exact);
      setText(number, significant(exact));
    }
    // Buckets come in the order of roles; what was paid stays last.
    const paid = made.get("paid");
    bar.append(paid.segment);
    labels.append(paid.label);
    const told = parts.map(({ name, exact }) => `${name} ${significant(exact)}`).join(", ");
    bar.setAttribute("aria-label", `Pool in ${pool.asset}: ${told}`);
  }

  return { element, update };
}
