// Times: relative for reading, absolute in the tooltip, kept up by whoever ticks.

import { h, setText } from "./dom.js";
import { ago } from "./format.js";

/** A time in ms since 1970, told relative to `now`; `keepTimes` brings it up to date. */
export function timeElement(ms, now) {
  const at = new Date(ms);
  return h(
    "time",
    { class: "dml-number", datetime: at.toISOString(), title: at.toLocaleString(), "data-at": ms },
    ago((now - ms) / 1000),
  );
}

/** Brings every time below an element up to date. */
export function keepTimes(element, now) {
  for (const time of element.querySelectorAll("time[data-at]")) {
    setText(time, ago((now - Number(time.dataset.at)) / 1000));
  }
}
