// A pool: what remains in each role's bucket, and what is no role's any more, as one bar.

import { h, setAttribute, setText } from "./dom.js";
import { significant } from "./format.js";
import { ROLE_COLOURS, ROLE_SHAPES } from "./roles.js";

/** Parts of the bar in percent of the whole: [{name, exact, width}]; `other` is a decimal string. */
export function poolParts(buckets, other = "0") {
  const parts = [...buckets.map(([name, exact]) => ({ name, exact })), { name: "", exact: other }];
  const whole = parts.reduce((sum, part) => sum + Number(part.exact), 0);
  return parts.map((part) => ({ ...part, width: whole ? (100 * Number(part.exact)) / whole : 0 }));
}

/**
 * The bar and its labels as {element, update({asset, buckets, other, shares})}.
 *
 * `otherName` names the hatched part. Where `shares` are told, each label has how what comes in is
 * split, and empty buckets are shown too.
 */
export function poolBar(otherName) {
  const bar = h("div", { class: "dml-bar", role: "img" });
  const labels = h("ul", { class: "dml-labels" });
  const element = h("div", { class: "dml-pool" }, bar, labels);
  const made = new Map();

  function part(name) {
    if (!made.has(name)) {
      const segment = h("span", { class: name ? "" : "dml-other" });
      if (name) segment.style.background = ROLE_COLOURS[name];
      const shape = h("span", { class: "dml-shape", "aria-hidden": "true" }, ROLE_SHAPES[name] ?? "▨");
      if (name) shape.style.color = ROLE_COLOURS[name];
      const share = h("span", { class: "dml-share dml-quiet dml-number" });
      const number = h("span", { class: "dml-number" });
      const label = h("li", {}, shape, h("span", {}, name || otherName), share, number);
      made.set(name, { segment, label, number, share });
    }
    return made.get(name);
  }

  function update({ asset, buckets, other = "0", shares = null }) {
    const parts = poolParts(buckets, other);
    for (const { name, exact, width } of parts) {
      const { segment, label, number, share } = part(name);
      segment.style.width = `${width}%`;
      setAttribute(segment, "title", `${name || otherName}: ${exact} ${asset}`);
      setAttribute(label, "title", `${exact} ${asset}, ${significant(width, 3)} % of the whole`);
      label.hidden = !Number(exact) && !(name && shares);
      setText(number, significant(exact));
      setText(share, shares?.[name] ? `${significant(100 * Number(shares[name]))} %` : "");
    }
    // Buckets come in the order of roles; what is no role's stays last.
    const wanted = parts.map(({ name }) => made.get(name));
    if (wanted.some(({ label }, i) => labels.children[i] !== label)) {
      bar.replaceChildren(...wanted.map(({ segment }) => segment));
      labels.replaceChildren(...wanted.map(({ label }) => label));
    }
    const told = parts
      .filter(({ exact }) => Number(exact))
      .map(({ name, exact }) => `${name || otherName} ${significant(exact)}`);
    setAttribute(bar, "aria-label", `Pool in ${asset}: ${told.join(", ") || "empty"}`);
  }

  return { element, update };
}
