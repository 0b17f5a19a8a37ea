// The item, large: its image or film in a window, its text, recording and table row around it.

import { h, setText } from "../dom.js";
import { visible } from "../visible.js";
import { pairOf } from "./contents.js";
import { player } from "./player.js";
import { textNodes, textView } from "./text_view.js";
import { isPixelImage } from "./view_math.js";
import { viewport } from "./viewport.js";

const SIDES = ["first", "second"];
const LINE = 40; // pixels that an arrow moves a text by
const PAGE = 0.9; // of what is seen of it, by a page
const page = (one) => one.clientHeight * PAGE;
const SCROLLS = {
  ArrowDown: () => LINE, ArrowUp: () => -LINE, PageDown: page, PageUp: (one) => -page(one), " ": page,
  Home: (one) => -one.scrollHeight, End: (one) => one.scrollHeight,
};

/** How far a key moves a text, by its element; undefined where it moves none. */
function scrollOf({ key, shiftKey, altKey }) {
  if (altKey || (shiftKey && key !== " ")) return undefined;
  return key === " " && shiftKey ? SCROLLS.PageUp : SCROLLS[key];
}

function tableOf(rows, compares) {
  const sides = compares ? rows.filter(([name]) => SIDES.includes(name.toLowerCase())) : [];
  const rest = sides.length === 2 ? rows.filter((row) => !sides.includes(row)) : rows;
  const parts = [];
  if (rest.length) {
    const cells = rest.flatMap(([name, value]) => [
      h("dt", { dir: "auto" }, visible(name)),
      h("dd", { dir: "auto" }, ...textNodes(value)),
    ]);
    parts.push(h("dl", { class: "dml-row" }, ...cells));
  }
  if (sides.length === 2) {
    parts.push(besides(sides.map(([name, value]) => [name, h("div", { class: "dml-text", dir: "auto" }, ...textNodes(value))])));
  }
  return parts;
}

/** Two things side by side, [name, element] each. */
function besides(sides) {
  return h("div", { class: "dml-sides" }, ...sides.map(([name, shown]) =>
    h("section", { class: "dml-side", "aria-label": name }, h("h4", {}, name), shown)));
}

/** One of two images or texts. */
function sideOf(part) {
  if (part.fault) return h("p", { class: "dml-refused" }, part.fault);
  if (part.text != null) return h("div", { class: "dml-text", dir: "auto" }, ...textNodes(part.text));
  const { naturalWidth: width, naturalHeight: height } = part.image;
  part.image.className = isPixelImage({ width, height }) ? "dml-pixels" : "";
  return h("div", { class: "dml-side-image" }, part.image);
}

/**
 * As {element, show(parts, number), wait(number), scroll(event), view, text, playing(), close()}.
 *
 * `compares` says whether the item is two things of which one is preferred. `say` and `changed` as
 * of `player`.
 */
export function itemStage({ compares, say, changed }) {
  const view = viewport();
  const text = textView();
  const rest = h("div", { class: "dml-rest" });
  const words = h("div", { class: "dml-blank", role: "status" });
  const element = h(
    "div",
    { class: "dml-stage", tabindex: "0", role: "group", "aria-label": "The item" },
    view.element,
    text.element,
    rest,
    words,
  );
  const regionLayers = [];
  let playing = null;

  function blank(told) {
    setText(words, told);
    words.hidden = !told;
  }

  function clear() {
    playing?.close();
    playing = null;
    view.empty();
    rest.replaceChildren();
    element.classList.remove("dml-waits");
  }

  function film(part) {
    const { media } = playing;
    view.show(media, 16, 9);
    media.addEventListener("loadedmetadata", () => {
      if (playing?.media === media) view.show(media, media.videoWidth || 16, media.videoHeight || 9);
      changed();
    });
  }

  return {
    element,
    view,
    text,
    playing: () => playing,
    /** Draws upon the line of time, of whatever plays. */
    addRegions: (draw) => regionLayers.push(draw),
    drawRegions() {
      playing?.layer.replaceChildren(...regionLayers.flatMap((draw) => draw()));
    },
    /** Moves what is read by a key, both of a pair together; false where there is nothing to move. */
    scroll(event) {
      const by = scrollOf(event);
      if (!by || (event.key.startsWith("Arrow") && !view.element.hidden)) return false;
      const read = [...element.querySelectorAll(".dml-text")].filter((one) => one.scrollHeight > one.clientHeight);
      for (const one of read) one.scrollBy({ top: by(one), behavior: "instant" });
      return read.length > 0;
    },
    /** Puts an item on the stage at once: everything is in the page already. */
    show(parts, name) {
      clear();
      const pair = pairOf(parts);
      const others = parts.filter((part) => !pair.includes(part));
      const faults = others.filter((part) => part.fault);
      const shown = others.filter((part) => !part.fault);
      const image = shown.find((part) => part.kind === "image");
      const recording = shown.find((part) => part.kind === "video" || part.kind === "audio");
      const written = shown.find((part) => part.kind === "text");
      const table = shown.find((part) => part.kind === "table");
      if (recording) {
        playing = player({ part: recording, say, changed });
        rest.append(playing.element);
        if (playing.film && !image) film(recording);
        else if (playing.film) rest.prepend(playing.media);
      }
      if (image) view.show(image.image, image.image.naturalWidth, image.image.naturalHeight);
      text.show(written?.text ?? "");
      if (table) rest.append(...tableOf(table.rows, compares && !pair.length));
      if (pair.length) rest.append(besides(pair.map((part, at) => [SIDES[at], sideOf(part)])));
      rest.append(...faults.map(({ fault }) => h("p", { class: "dml-refused" }, fault)));
      view.element.hidden = !image && !playing?.film;
      text.element.hidden = !written;
      rest.hidden = !rest.childElementCount;
      blank("");
      element.setAttribute("aria-label", `${name}: ${parts.map((part) => part.kind).join(", ")}`);
    },
    /** Keeps the item's place until it is here. */
    wait(name) {
      clear();
      view.element.hidden = text.element.hidden = rest.hidden = true;
      element.classList.add("dml-waits");
      blank(`${name} is on its way…`);
    },
    close() {
      clear();
      view.close();
    },
  };
}
