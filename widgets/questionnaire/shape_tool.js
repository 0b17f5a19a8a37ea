// Marks boxes, outlines and points on an image: by mouse and touch, or by keys with a cursor.

import { areaOf, boxOf, cornersOf, holds, resized, roundedPoint, shifted, withCorner } from "./shape_math.js";
import { svgElement } from "./viewport.js";

const NEAR = 10; // pixels of the screen in which a corner is taken hold of
const NEAR_TOUCH = 22;
const CURSOR_STEP = 0.02; // of the image, that a cursor moves by; a tenth of it with Alt, or one pixel
const HINTS = {
  boxes: "Drag a box; or arrows move a cursor, Enter sets the corners.",
  polygons: "Press corner by corner, the first again to close; or arrows and Enter.",
  points: "Press where it is; or arrows move a cursor, Enter places.",
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function shapeTool(kind, parts, stage, host) {
  const { view } = stage;
  let drawing = null; // a box's first corner, or an outline's corners so far
  let cursor = null; // of the keyboard
  let cursorMoved = false;
  let pointer = null;
  let held = null; // {at, corner} or {at, from, shape} while something is dragged

  const near = (event) => (event.pointerType === "touch" ? NEAR_TOUCH : NEAR);
  const percentOf = (value) => `${Math.round(value * 100)} %`;

  function cornerUnder(point, event) {
    const at = parts.selected();
    const shape = parts.list()[at];
    if (!shape) return null;
    const corner = cornersOf(shape).findIndex((one) => view.apart(one, point) <= near(event));
    return corner < 0 ? null : { at, corner };
  }

  function shapeUnder(point, event) {
    const list = parts.list();
    for (let at = list.length - 1; at >= 0; at--) {
      if (kind === "points" ? view.apart(list[at], point) <= near(event) : holds(list[at], point)) return at;
    }
    return -1;
  }

  function finishBox(a, b) {
    drawing = null;
    const box = boxOf(a, b);
    if (box.width * box.height > 1e-9) parts.add(box);
    else view.redraw();
  }

  function finishOutline() {
    const shape = { points: drawing.map((p) => [p.x, p.y]) };
    drawing = null;
    if (shape.points.length >= 3 && areaOf(shape) > 1e-9) parts.add(shape);
    else {
      host.say("An outline has three corners at least, and not on one line.");
      view.redraw();
    }
  }

  /** Sets a corner, or a point, here. */
  function place(given, close) {
    const point = roundedPoint(given);
    if (drawing === null && parts.full()) return;
    if (kind === "points") parts.add(point);
    else if (kind === "boxes") {
      if (drawing) finishBox(drawing[0], point);
      else drawing = [point];
    } else if (drawing && close) finishOutline();
    else drawing = [...(drawing ?? []), point];
    view.redraw();
  }

  // --- pointer -----------------------------------------------------------------------------------
  function down(point, event) {
    cursor = null;
    pointer = point;
    held = cornerUnder(point, event);
    if (held) return;
    if (kind === "polygons") {
      const closes = drawing?.length >= 3 && view.apart(drawing[0], point) <= near(event);
      if (drawing) return place(point, closes);
      const under = shapeUnder(point, event);
      if (under >= 0 && under === parts.selected()) held = { at: under, from: point, shape: parts.list()[under] };
      else if (under >= 0) parts.select(under);
      else place(point);
      return;
    }
    const under = shapeUnder(point, event);
    if (under >= 0 && (kind === "points" || under === parts.selected())) {
      parts.select(under);
      held = { at: under, from: point, shape: parts.list()[under] };
    } else if (kind === "points") place(point);
    else drawing = [roundedPoint(point)];
  }

  function dragged(point) {
    if (held.corner !== undefined) return withCorner(parts.list()[held.at], held.corner, point);
    return shifted(held.shape, point.x - held.from.x, point.y - held.from.y);
  }

  function move(point) {
    pointer = point;
    if (held && !held.moved && held.from && view.apart(held.from, point) < 4) return;
    if (held) held.moved = true;
    view.redraw();
  }

  function up(point, event) {
    if (held) {
      const { at, moved } = held;
      const change = dragged(point);
      held = null;
      if (moved && (kind === "points" || areaOf({ ...parts.list()[at], ...change }) > 1e-9)) parts.change(at, change);
      else view.redraw();
    } else if (kind === "boxes" && drawing) {
      if (view.apart(drawing[0], point) < 4) {
        drawing = null; // a press, which selects what is under it
        parts.select(shapeUnder(point, event));
      } else finishBox(drawing[0], point);
    }
    pointer = null;
  }

  function cancel() {
    held = null;
    if (kind === "boxes") drawing = null;
    view.redraw();
  }

  // --- keys --------------------------------------------------------------------------------------
  function arrow([dx, dy], event) {
    const { width, height } = view.size();
    const step = (size) => (event.altKey ? 1 / size : Math.max(CURSOR_STEP, 1 / size));
    const [x, y] = [dx * step(width), dy * step(height)];
    const at = parts.selected();
    if (at >= 0 && !drawing) {
      const shape = parts.list()[at];
      parts.change(at, event.shiftKey ? resized(shape, x, y) : shifted(shape, x, y));
      return;
    }
    cursor ??= { x: 0.5, y: 0.5 };
    cursor = roundedPoint({ x: cursor.x + x, y: cursor.y + y });
    cursorMoved = true;
    host.spoken(`${percentOf(cursor.x)} from the left, ${percentOf(cursor.y)} from the top`);
    view.redraw();
  }

  function key(name, event) {
    if (ARROWS[event.key]) {
      arrow(ARROWS[event.key], event);
      return true;
    }
    if (name === "next" && drawing && kind === "polygons" && !cursorMoved) {
      finishOutline();
      return true;
    }
    if (name === "draw" || (name === "next" && cursor && cursorMoved)) {
      cursor ??= { x: 0.5, y: 0.5 };
      cursorMoved = false;
      place(cursor);
      return true;
    }
    if (name === "undo" && drawing) {
      drawing = drawing.length > 1 ? drawing.slice(0, -1) : null;
      view.redraw();
      return true;
    }
    if (name === "Escape" && (drawing || cursor)) {
      reset();
      view.redraw();
      return true;
    }
    return false;
  }

  function reset() {
    drawing = cursor = held = pointer = null;
    cursorMoved = false;
  }

  // --- drawing -----------------------------------------------------------------------------------
  function outline(svg, shape, colour, className) {
    const corners = cornersOf(shape).map(view.toFrame);
    if (shape.points || shape.width !== undefined) {
      const points = corners.map(({ x, y }) => `${x},${y}`).join(" ");
      for (const under of ["dml-halo", ""]) {
        const element = svgElement("polygon", { points, class: `dml-shape-line ${under} ${className}` });
        if (!under) element.style.setProperty("--dml-label", colour);
        svg.append(element);
      }
    } else {
      const [{ x, y }] = corners;
      const dot = svgElement("circle", { cx: x, cy: y, r: 7, class: `dml-shape-dot ${className}` });
      dot.style.setProperty("--dml-label", colour);
      svg.append(svgElement("circle", { cx: x, cy: y, r: 9, class: "dml-halo" }), dot);
    }
    return corners;
  }

  function draw(svg) {
    parts.list().forEach((part, at) => {
      const isHeld = held?.at === at && held.moved && pointer;
      const shape = isHeld ? { ...part, ...dragged(pointer) } : part;
      const selected = at === parts.selected() && parts.isActive();
      const look = selected ? "dml-selected" : parts.isActive() ? "" : "dml-other";
      const corners = outline(svg, shape, parts.colour(part.label), look);
      const top = corners.reduce((a, b) => (b.y < a.y ? b : a));
      const name = svgElement("text", { x: top.x + 2, y: top.y - 5, class: "dml-shape-name" });
      name.textContent = parts.text(part.label);
      svg.append(name);
      if (!selected || kind === "points") return;
      for (const { x, y } of corners) svg.append(svgElement("circle", { cx: x, cy: y, r: 5, class: "dml-handle" }));
    });
    if (!parts.isActive()) return;
    const colour = parts.colour(parts.label());
    const end = pointer ?? (cursor ? cursor : null);
    if (drawing && kind === "boxes" && end) outline(svg, boxOf(drawing[0], end), colour, "dml-begun");
    if (drawing && kind === "polygons") {
      const line = [...drawing, ...(end ? [end] : [])].map(view.toFrame);
      const points = line.map(({ x, y }) => `${x},${y}`).join(" ");
      for (const under of ["dml-halo", ""]) {
        const element = svgElement("polyline", { points, class: `dml-shape-line dml-begun ${under}` });
        element.style.setProperty("--dml-label", colour);
        svg.append(element);
      }
    }
    for (const corner of drawing ?? []) {
      const { x, y } = view.toFrame(corner);
      svg.append(svgElement("circle", { cx: x, cy: y, r: 5, class: "dml-handle" }));
    }
    if (cursor) drawCursor(svg);
  }

  function drawCursor(svg) {
    const { x, y } = view.toFrame(cursor);
    for (const under of ["dml-halo", "dml-cross"]) {
      svg.append(svgElement("path", { d: `M${x - 14} ${y}h28M${x} ${y - 14}v28`, class: under }));
    }
  }

  const tool = {
    down,
    move,
    up,
    cancel,
    hover: (point) => {
      if (!drawing || kind !== "polygons") return;
      pointer = point;
      view.redraw();
    },
  };
  view.addLayer(draw);
  return {
    hint: HINTS[kind],
    key,
    reset,
    attach: () => view.use(tool),
    detach() {
      reset();
      view.use(null);
    },
    redraw: () => view.redraw(),
    describe(part) {
      const [first] = cornersOf(part);
      const where = `at ${percentOf(first.x)}, ${percentOf(first.y)}`;
      if (part.points) return `${part.points.length} corners ${where}`;
      return part.width === undefined ? where : `${percentOf(part.width)} × ${percentOf(part.height)} ${where}`;
    },
  };
}
