// The chain's events, newest first.

import { h } from "../dom.js";

/** The list as {elements, update(events)}; an event is [block, "Pallet.Name", fields as text]. */
export function eventList() {
  const none = h("span", { class: "dml-quiet" }, "Nothing has happened on the chain yet.");
  const list = h("ol", {
    class: "dml-events",
    tabindex: "0",
    "aria-label": "Events, newest first",
  });

  function update(events) {
    none.hidden = events.length > 0;
    list.replaceChildren(
      ...events.map(([block, what, fields]) =>
        h(
          "li",
          { title: fields },
          h("span", { class: "dml-number dml-quiet" }, `#${block}`),
          h("span", {}, h("b", {}, what), " ", h("span", { class: "dml-quiet" }, fields)),
        ),
      ),
    );
  }

  return { elements: [none, list], update };
}
