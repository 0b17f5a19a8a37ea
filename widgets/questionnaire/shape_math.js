// Boxes, outlines and points in parts of an image, 0 to 1. No elements here.

const PLACES = 1e6; // places of a coordinate that are kept: less than a pixel of any image
const clamp = (value, most = 1) => Math.min(most, Math.max(0, value));
const round = (value) => Math.round(value * PLACES) / PLACES;

/** The upright box that has two points as corners. */
export function boxOf(a, b) {
  const [left, top] = [round(clamp(Math.min(a.x, b.x))), round(clamp(Math.min(a.y, b.y)))];
  const [right, bottom] = [round(clamp(Math.max(a.x, b.x))), round(clamp(Math.max(a.y, b.y)))];
  return { x: left, y: top, width: round(right - left), height: round(bottom - top) };
}

export function roundedPoint({ x, y }) {
  return { x: round(clamp(x)), y: round(clamp(y)) };
}

/** The corners of a shape as points: a box has four, a point one. */
export function cornersOf(shape) {
  if (shape.points) return shape.points.map(([x, y]) => ({ x, y }));
  if (shape.width === undefined) return [{ x: shape.x, y: shape.y }];
  const { x, y, width, height } = shape;
  return [{ x, y }, { x: x + width, y }, { x: x + width, y: y + height }, { x, y: y + height }];
}

/** A shape with one corner somewhere else. */
export function withCorner(shape, corner, to) {
  const point = roundedPoint(to);
  if (shape.points) {
    return { points: shape.points.map((old, at) => (at === corner ? [point.x, point.y] : old)) };
  }
  if (shape.width === undefined) return point;
  return boxOf(cornersOf(shape)[(corner + 2) % 4], point);
}

/** A shape moved by so much, and not over the edge. */
export function shifted(shape, dx, dy) {
  const corners = cornersOf(shape);
  const held = (by, values) => clamp(Math.min(...values) + by, 1 - (Math.max(...values) - Math.min(...values))) - Math.min(...values);
  const [x, y] = [held(dx, corners.map((c) => c.x)), held(dy, corners.map((c) => c.y))];
  if (shape.points) return { points: shape.points.map((p) => [round(clamp(p[0] + x)), round(clamp(p[1] + y))]) };
  return { x: round(clamp(shape.x + x)), y: round(clamp(shape.y + y)) };
}

/** A shape larger or smaller at its lower right. */
export function resized(shape, dx, dy) {
  if (shape.width === undefined) return {};
  const corner = cornersOf(shape)[2];
  return boxOf({ x: shape.x, y: shape.y }, { x: Math.max(shape.x, corner.x + dx), y: Math.max(shape.y, corner.y + dy) });
}

/** Whether a point is inside a box or an outline (by crossings). */
export function holds(shape, { x, y }) {
  const corners = cornersOf(shape);
  let inside = false;
  corners.forEach((a, at) => {
    const b = corners[(at + 1) % corners.length];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  });
  return inside;
}

/** The area of an outline or a box, in parts of the image, by Gauss's formula. */
export function areaOf(shape) {
  const corners = cornersOf(shape);
  const turned = corners.map((a, at) => {
    const b = corners[(at + 1) % corners.length];
    return a.x * b.y - b.x * a.y;
  });
  return Math.abs(turned.reduce((sum, one) => sum + one, 0)) / 2;
}
