// An item on the page, small and large. What it holds comes from strangers: images are drawn, text is
// set as text, and nothing else is shown.

import { h } from "../dom.js";
import { pairOf } from "../questionnaire/contents.js";
import { textNodes } from "../questionnaire/text_view.js";
import { visible } from "../visible.js";
import { isPixelImage } from "../questionnaire/view_math.js";

const KIND_SIGNS = { text: "¶", audio: "♪", video: "▶", table: "▤" };
const THUMB = 96; // pixels, twice as many where the screen has them

/** An image in a square, its few pixels crisp. */
function imageThumb(image) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const side = THUMB * Math.min(2, window.devicePixelRatio || 1);
  const canvas = h("canvas", { width: side, height: side, class: "dml-thumb-image" });
  const scale = Math.min(side / width, side / height);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = !isPixelImage({ width, height });
  const [w, t] = [width * scale, height * scale];
  pen.drawImage(image, (side - w) / 2, (side - t) / 2, w, t);
  return canvas;
}

/** What stands for an item in a list; the parts are null while they are on their way. */
export function itemThumb(parts) {
  if (!parts) return h("span", { class: "dml-thumb-wait" });
  const image = parts.find((part) => part.image);
  if (image) return imageThumb(image.image);
  const text = parts.find((part) => part.text != null);
  if (text) return h("span", { class: "dml-thumb-text", dir: "auto" }, text.text.slice(0, 120));
  const [first] = parts;
  return h("span", { class: "dml-thumb-sign" }, first.fault ? "✕" : KIND_SIGNS[first.kind] ?? "?");
}

const SVG = "http://www.w3.org/2000/svg";

function svgNode(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** A labelled part of an image as nodes whose places are parts of its width and height. */
function drawnShape(shape) {
  if (shape.points) return [svgNode("polygon", { points: shape.points.map((p) => p.join(",")).join(" ") })];
  const { x, y, width, height } = shape;
  if (width != null) return [svgNode("rect", { x, y, width, height })];
  const line = (x1, y1, x2, y2) => svgNode("line", { x1, y1, x2, y2 });
  return [line(x - 0.02, y, x + 0.02, y), line(x, y - 0.02, x, y + 0.02)];
}

/** What each answer marks in an image; each has a line of its own kind, as its key has. */
export function shapesOver(choices) {
  const svg = svgNode("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", class: "dml-shapes", "aria-hidden": "true" });
  choices.forEach(({ value }, at) => {
    const shapes = Array.isArray(value) ? value.filter((one) => one && (one.points || one.x != null)) : [];
    for (const under of [true, false]) {
      const group = svgNode("g", { class: under ? "dml-shape-under" : `dml-shape-line dml-line-${at % 4}` });
      group.append(...shapes.flatMap(drawnShape));
      svg.append(group);
    }
  });
  return svg;
}

function largePart(part, choices) {
  if (part.fault) return h("p", { class: "dml-no" }, part.fault);
  if (part.image) {
    const small = isPixelImage({ width: part.image.naturalWidth, height: part.image.naturalHeight });
    part.image.className = small ? "dml-large dml-pixels" : "dml-large";
    return h("div", { class: "dml-large-place" }, part.image, shapesOver(choices));
  }
  if (part.rows) {
    return h("table", { class: "dml-table" }, h("tbody", {}, ...part.rows.map(([name, value]) =>
      h("tr", {}, h("th", { scope: "row", dir: "auto" }, visible(name)), h("td", { dir: "auto" }, ...textNodes(value))))));
  }
  if (part.text != null) {
    return h("blockquote", { class: "dml-large-text", dir: "auto", tabindex: "0", role: "group", "aria-label": "The item's text" }, ...textNodes(part.text));
  }
  const player = h(part.kind === "video" ? "video" : "audio", { controls: true, preload: "metadata", class: "dml-large" });
  player.src = part.url;
  return player;
}

/** Everything that an item shows, with what the answers mark in it. */
export function itemLarge(parts, choices = []) {
  if (!parts) return [h("p", { class: "dml-quiet" }, "Reading it from the store…")];
  const pair = pairOf(parts);
  return parts.flatMap((part) => [
    ...(pair.includes(part) ? [h("p", { class: "dml-quiet" }, ["first", "second"][pair.indexOf(part)])] : []),
    largePart(part, choices),
  ]);
}
