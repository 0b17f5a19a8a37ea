// A window onto an image: zoomed by wheel, keys and pinch, moved by dragging, drawn upon by tools.

import { h, setText } from "../dom.js";
import { grouped } from "../format.js";
import { fitted, heldIn, isPixelImage, toFrame, toImage, zoomed } from "./view_math.js";

const SVG_NS = "http://www.w3.org/2000/svg";
const ZOOM_STEP = 1.25; // of a key
const SLOP = 4; // pixels that a hand shakes
const LEAST = 2; // pixels of the screen that an image is high and wide at least

export function svgElement(tag, attributes = {}) {
  const element = document.createElementNS(SVG_NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/**
 * As {element, show(media, width, height), empty(), redraw(), zoom(closer), pan(x, y), fit(),
 * addLayer(draw), use(tool), toFrame(point), apart(a, b), size()}.
 *
 * A layer draws upon the image's overlay, an SVG in pixels of the screen. A tool is {down(point,
 * event), move(point, event), up(point, event), cancel(), hover(point)}: points are parts of the
 * image, 0 to 1. Without one, dragging moves the image; with one, two fingers do, and so does
 * dragging with Shift or the middle button.
 */
export function viewport() {
  const overlay = svgElement("svg", { class: "dml-overlay", "aria-hidden": "true" });
  const scaleText = h("span", { class: "dml-scale dml-number", "aria-hidden": "true" });
  const element = h("div", { class: "dml-viewport" }, scaleText);
  element.append(overlay);
  const pointers = new Map();
  let shown = null;
  let size = { width: 1, height: 1 };
  let view = { scale: 1, x: 0, y: 0 };
  let atFit = true;
  const layers = [];
  let tool = null;
  let gesture = null;

  const frame = () => ({ width: element.clientWidth, height: element.clientHeight });
  const at = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left - element.clientLeft, y: event.clientY - box.top - element.clientTop };
  };

  function place() {
    if (!shown) return;
    const [width, height] = [size.width * view.scale, size.height * view.scale];
    // A line of single pixels is seen, though it is less than one of the screen's.
    const [wide, high] = [Math.max(LEAST, width), Math.max(LEAST, height)];
    Object.assign(shown.style, {
      left: `${view.x - (wide - width) / 2}px`,
      top: `${view.y - (high - height) / 2}px`,
      width: `${wide}px`,
      height: `${high}px`,
    });
    // A page is scrolled by a finger on the image, unless that moves the image or draws.
    element.style.touchAction = atFit && !tool ? "pan-y" : "none";
    const thin = wide > width || high > height ? `${grouped(size.width)} × ${grouped(size.height)} pixels; + shows it closer` : "";
    setText(scaleText, atFit ? thin : `${Math.round(view.scale * 100)} %`);
    drawOver();
  }

  function drawOver() {
    overlay.replaceChildren();
    for (const draw of layers) draw(overlay);
  }

  function look(next) {
    atFit = false;
    view = next;
    place();
  }

  function fit() {
    atFit = true;
    view = fitted(size, frame());
    place();
  }

  function zoomBy(factor, point) {
    const { width, height } = frame();
    look(zoomed(view, factor, point ?? { x: width / 2, y: height / 2 }, size, frame()));
  }

  // --- pointers ----------------------------------------------------------------------------------
  function pinching() {
    const [a, b] = [...pointers.values()];
    return {
      middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
      apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
    };
  }

  function down(event) {
    if (event.target.closest("button") || !shown) return;
    pointers.set(event.pointerId, at(event));
    element.setPointerCapture(event.pointerId);
    if (pointers.size === 2) {
      if (gesture === "tool") tool.cancel();
      gesture = { pinch: pinching() };
      return;
    }
    const draws = tool && event.button === 0 && !event.shiftKey;
    gesture = draws ? "tool" : { from: at(event), view, moves: false };
    if (draws) tool.down(toImage(at(event), view, size), event);
  }

  function move(event) {
    if (gesture === null) tool?.hover(toImage(at(event), view, size));
    if (!pointers.has(event.pointerId)) return;
    const point = at(event);
    pointers.set(event.pointerId, point);
    if (gesture === "tool") {
      tool.move(toImage(point, view, size), event);
    } else if (gesture?.pinch && pointers.size === 2) {
      const { middle, apart } = pinching();
      const before = gesture.pinch;
      const closer = zoomed(view, apart / before.apart, middle, size, frame());
      const shifted = { ...closer, x: closer.x + middle.x - before.middle.x, y: closer.y + middle.y - before.middle.y };
      look(heldIn(shifted, size, frame()));
      gesture.pinch = { middle, apart };
    } else if (gesture?.from) {
      const by = { x: point.x - gesture.from.x, y: point.y - gesture.from.y };
      gesture.moves ||= Math.hypot(by.x, by.y) > SLOP;
      const moved = { scale: gesture.view.scale, x: gesture.view.x + by.x, y: gesture.view.y + by.y };
      if (gesture.moves) look(heldIn(moved, size, frame()));
    }
  }

  function up(event) {
    if (!pointers.delete(event.pointerId)) return;
    if (gesture === "tool") {
      if (event.type === "pointerup") tool.up(toImage(at(event), view, size), event);
      else tool.cancel();
    }
    if (pointers.size === 0) gesture = null;
  }

  function wheel(event) {
    // Who has not turned to the item yet means the page.
    if (!shown || !element.closest(".dml-widget").contains(document.activeElement)) return;
    event.preventDefault();
    event.stopPropagation();
    zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), at(event));
  }

  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("wheel", wheel, { passive: false });
  element.addEventListener("dblclick", () => !tool && fit());
  const resized = new ResizeObserver(() => {
    if (!shown) return;
    if (atFit) fit();
    else look(heldIn(view, size, frame()));
  });
  resized.observe(element);

  return {
    element,
    fit: () => shown && fit(),
    redraw: drawOver,
    pan: (x, y) => shown && look(heldIn({ scale: view.scale, x: view.x + x, y: view.y + y }, size, frame())),
    zoom: (closer) => shown && zoomBy(closer ? ZOOM_STEP : 1 / ZOOM_STEP),
    toFrame: (point) => toFrame(point, view, size),
    /** How far apart two points of the image are on the screen, in pixels. */
    apart(a, b) {
      const [p, q] = [toFrame(a, view, size), toFrame(b, view, size)];
      return Math.hypot(p.x - q.x, p.y - q.y);
    },
    size: () => size,
    /** Shows an image or a film that is ready, of so many pixels. */
    show(media, width, height) {
      shown?.remove();
      shown = media;
      size = { width: Math.max(1, width), height: Math.max(1, height) };
      media.classList.add("dml-shown");
      media.classList.toggle("dml-pixels", isPixelImage(size));
      element.prepend(media);
      pointers.clear();
      gesture = null;
      fit();
    },
    empty() {
      shown?.remove();
      shown = null;
      overlay.replaceChildren();
      setText(scaleText, "");
    },
    addLayer: (draw) => layers.push(draw),
    use(next) {
      tool = next;
      if (shown) place();
      element.classList.toggle("dml-draws", Boolean(next));
      drawOver();
    },
    close: () => resized.disconnect(),
  };
}
