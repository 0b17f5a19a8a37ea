// The model browser: models as cards, one of them open, and what is looked for.

import { h, setAttribute, setText, setUsable } from "../dom.js";
import { renderPanel } from "../panel.js";
import { modelCard } from "./card.js";
import { foundText, modelFinder } from "./finder.js";
import { openedModel } from "./opened.js";

function build(kit) {
  const found = () => kit.model.get("found");
  const openId = () => kit.model.get("opened")?.id ?? null;
  const cards = new Map();
  let wanted = null;
  kit.exportsCsv = "list";

  const send = (message) => {
    if (kit.connected()) kit.model.send(message);
    else kit.say("The kernel does not answer. Run the cell again.");
  };
  const finder = modelFinder({
    say: kit.say,
    send: (query) => {
      setAttribute(list, "aria-busy", "true");
      send({ do: "find", query });
    },
  });

  function open(id) {
    if (openId() === id) return shut();
    wanted = id;
    cards.get(id)?.element.classList.add("dml-is-open");
    send({ do: "open", model: id });
  }

  function shut() {
    const button = cards.get(openId())?.button;
    wanted = null;
    send({ do: "shut" });
    (button ?? list).focus();
  }

  const details = openedModel(kit, shut);
  const list = h("ul", { class: "dml-cards", "aria-label": "Models", tabindex: "-1" });
  const nothing = h("p", { class: "dml-empty" });
  const clear = h("button", { type: "button", class: "dml-button dml-small" }, "Show all");
  clear.addEventListener("click", finder.clear);
  const empty = h("div", { class: "dml-nothing", hidden: true }, nothing, clear);
  const count = h("span", { class: "dml-number", role: "status", "aria-live": "polite" });
  const back = h("button", { type: "button", class: "dml-button", "aria-label": "Previous page" }, "‹");
  const on = h("button", { type: "button", class: "dml-button", "aria-label": "Next page" }, "›");
  const pager = h("nav", { class: "dml-pager", "aria-label": "Pages" }, back, count, on);
  const turn = (pages) => {
    const { first, page, total } = found();
    const next = first + pages * page;
    if (next < 0 || next >= total) kit.say(pages < 0 ? "This is the first page." : "This is the last page.");
    else finder.go(next);
  };
  back.addEventListener("click", () => turn(-1));
  on.addEventListener("click", () => turn(1));
  kit.key("f", "find: go to the words", () => finder.focus());
  kit.key("n", "next page", () => turn(1));
  kit.key("p", "previous page", () => turn(-1));

  // --- drawing -----------------------------------------------------------------------------------
  function draw() {
    const told = found();
    if (!told?.query) return;
    finder.update(told);
    const me = kit.model.get("head").signer.address;
    for (const card of told.cards) {
      if (!cards.has(card.id)) cards.set(card.id, modelCard(card.id, open));
      cards.get(card.id).update(card, { me, now: kit.now(), open: card.id === openId() });
    }
    const shown = new Set(told.cards.map(({ id }) => id));
    for (const [id, card] of cards) {
      if (shown.has(id)) continue;
      card.element.remove();
      cards.delete(id);
    }
    place();
    setText(count, foundText(told));
    setUsable(back, told.first > 0 ? "" : "This is the first page.");
    setUsable(on, told.first + told.page < told.total ? "" : "This is the last page.");
    pager.hidden = told.total <= told.page && told.total === told.among;
    empty.hidden = told.total > 0;
    clear.hidden = !told.among;
    setText(nothing, told.among ? "No model fits all of that." :
      "No model is registered on this chain yet: session.models.upload(…) registers one.");
  }

  /** Puts the cards in order, and the details below the row that the open card stands in. */
  function place() {
    const order = found().cards.map(({ id }) => cards.get(id).element);
    const at = found().cards.findIndex(({ id }) => id === openId());
    const columns = Math.max(1, getComputedStyle(list).gridTemplateColumns.split(" ").length);
    const after = at < 0 ? 0 : Math.min(order.length, (Math.floor(at / columns) + 1) * columns);
    order.splice(after, 0, details.element);
    if (order.every((element, i) => list.children[i] === element) && list.children.length === order.length) return;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    list.replaceChildren(...order);
    focused?.focus({ preventScroll: true });
  }

  function drawOpened() {
    details.update();
    draw();
    if (wanted != null && wanted === openId()) {
      wanted = null;
      details.title.focus({ preventScroll: true });
      details.element.scrollIntoView({ block: "nearest" });
    }
  }

  /** Takes back what was marked before the kernel had answered: it has, with something or nothing. */
  function settle() {
    setAttribute(list, "aria-busy", null);
    for (const [id, { element }] of cards) element.classList.toggle("dml-is-open", id === openId());
  }

  kit.follow("found", draw);
  kit.follow("opened", drawOpened);
  kit.follow("head", settle);
  const width = new ResizeObserver(() => found()?.query && place());
  width.observe(list);
  kit.leave(() => width.disconnect());
  kit.leave(finder.stop);
  const top = h("section", { class: "dml-whole dml-finder-section", "aria-label": "Find" }, finder.element);
  const all = h("section", { class: "dml-whole", "aria-label": "Models" }, empty, list, pager);
  return [h("div", { class: "dml-sections" }, top, all)];
}

function render(context) {
  return renderPanel(context, "model-browser", build);
}

export default { render };
