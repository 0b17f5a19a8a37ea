// Accuracy over versions as a small line: ● measured in a round, ○ claimed by an engineer.

import { percent } from "../format.js";

const SVG = "http://www.w3.org/2000/svg";
// A tenth at least is as high as the chart, so that noise does not look like progress.
const LEAST_SPAN = 0.1;
const EDGE = 5;
const NAMES_FROM = 60;

/** An SVG element with attributes and children. */
export function drawn(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Where points [version, accuracy, measured] lie in a box: [{x, y}]. */
export function chartPlaces(points, width, height) {
  const values = points.map(([, value]) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = Math.max(high - low, LEAST_SPAN);
  const step = (width - 2 * EDGE) / Math.max(1, points.length - 1);
  const room = height - 2 * (height < NAMES_FROM ? EDGE : 4 * EDGE);
  return values.map((value, i) => ({
    x: EDGE + step * i,
    y: height / 2 - (room * (value - (low + high) / 2)) / span,
  }));
}

/** What the chart says, for who does not see it. */
export function accuracyText(points) {
  if (!points.length) return "Nobody said how accurate it is.";
  const [version, value, measured] = points.at(-1);
  const how = measured ? "measured" : "claimed";
  if (points.length === 1) return `Accuracy of version ${version}: ${percent(value)}, ${how}`;
  const best = Math.max(...points.map(([, each]) => each));
  return (
    `Accuracy from version ${points[0][0]}, ${percent(points[0][1])}, to version ${version}, ` +
    `${percent(value)}, ${how}; the best ${percent(best)}`
  );
}

/** The names of the lowest and the highest point, where those are two. */
function extremes(points, places, width) {
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (points.length < 2 || low === high) return [];
  return [low, high].map((value) => {
    const at = values.indexOf(value);
    const { x, y } = places[at];
    const anchor = x < width / 4 ? "start" : x > (3 * width) / 4 ? "end" : "middle";
    const name = drawn("text", { x: x.toFixed(1), y: (y + (value === high ? -7 : 16)).toFixed(1), "text-anchor": anchor });
    name.textContent = percent(value);
    return name;
  });
}

/** The chart as an SVG element; a large one names its lowest and highest accuracy. */
export function accuracyChart(points, width = 120, height = 34) {
  const places = chartPlaces(points, width, height);
  const line = places.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const dots = places.map(({ x, y }, i) => {
    const [version, value, measured] = points[i];
    const dot = drawn("circle", {
      cx: x.toFixed(1),
      cy: y.toFixed(1),
      r: i === places.length - 1 ? 3.4 : 2.4,
      class: measured ? "dml-measured" : "dml-claimed",
    });
    const words = document.createElementNS(SVG, "title");
    words.textContent = `version ${version}: ${percent(value)}, ${measured ? "measured" : "claimed"}`;
    dot.append(words);
    return dot;
  });
  return drawn(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "dml-accuracy", role: "img", "aria-label": accuracyText(points) },
    drawn("polyline", { points: line }),
    ...dots,
    ...(height < NAMES_FROM ? [] : extremes(points, places, width)),
  );
}
