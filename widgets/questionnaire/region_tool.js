// Marks parts of a recording: by dragging on its line of time, or by a key at a region's ends.

import { h } from "../dom.js";

const STEP_SECONDS = 0.1; // by a key; a tenth of it with Alt
const SHORTEST = 0.02; // seconds: less is a press
const rounded = (seconds) => Math.round(seconds * 1000) / 1000;
const seconds = (value) => `${value.toFixed(1)} s`;

export function regionTool(parts, stage, host) {
  let begun = null; // seconds, where a key or a press began
  let end = null;
  let listensTo = null;

  const playing = () => stage.playing();
  const ordered = (a, b) => ({ start: rounded(Math.min(a, b)), end: rounded(Math.max(a, b)) });

  function add(a, b) {
    const region = ordered(a, b);
    begun = end = null;
    if (region.end - region.start >= SHORTEST) parts.add(region);
    else host.say("A region has an end after its start: go on playing, or move on.");
    stage.drawRegions();
  }

  stage.addRegions(() => {
    const whole = playing()?.duration();
    if (!whole) return [];
    const bar = (region, colour, className, name) => {
      const element = h("span", { class: `dml-region ${className}` }, h("span", {}, name));
      element.style.setProperty("--dml-label", colour);
      element.style.left = `${(region.start / whole) * 100}%`;
      element.style.width = `${((region.end - region.start) / whole) * 100}%`;
      return element;
    };
    const bars = parts.list().map((part, at) =>
      bar(part, parts.colour(part.label), at === parts.selected() && parts.isActive() ? "dml-selected" : "",
        parts.text(part.label)));
    if (begun !== null && parts.isActive()) {
      const region = ordered(begun, end ?? playing().time());
      bars.push(bar(region, parts.colour(parts.label()), "dml-begun", ""));
    }
    return bars;
  });

  function listen() {
    const player = playing();
    if (!player || player === listensTo) return;
    listensTo = player;
    const { track } = player;
    let from = null;
    let drawn = false;
    track.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      track.setPointerCapture(event.pointerId);
      from = player.at(event);
    });
    track.addEventListener("pointermove", (event) => {
      if (from === null || !parts.isActive()) return;
      [begun, end] = [from, player.at(event)];
      stage.drawRegions();
    });
    track.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const [a, b] = [from, player.at(event)];
      from = begun = end = null;
      if (!parts.isActive()) return;
      drawn = Math.abs(a - b) >= SHORTEST;
      if (drawn) add(a, b);
      else parts.select(parts.list().findIndex((part) => part.start <= b && b <= part.end));
    });
    // A press goes there; a drag has drawn a region and does not.
    track.addEventListener("click", (event) => drawn && event.stopImmediatePropagation(), true);
    track.addEventListener("pointercancel", () => {
      from = begun = end = null;
      stage.drawRegions();
    });
  }

  return {
    hint: "Drag on the line of time; or Space marks a region’s start, then its end.",
    attach: listen,
    detach() {
      begun = end = null;
    },
    reset() {
      begun = end = null;
    },
    redraw() {
      listen();
      stage.drawRegions();
    },
    key(name, event) {
      const player = playing();
      if (!player) return false;
      if (name === "draw") {
        if (begun === null) {
          if (parts.full()) return true;
          begun = player.time();
          host.spoken(`From ${seconds(begun)}`);
          stage.drawRegions();
        } else add(begun, player.time());
        return true;
      }
      const step = event.altKey ? STEP_SECONDS / 10 : STEP_SECONDS;
      const by = { ArrowLeft: -step, ArrowRight: step }[event.key];
      const part = parts.list()[parts.selected()];
      if (by && part) {
        const length = part.end - part.start;
        const start = Math.min(player.duration() - length, Math.max(0, part.start + by));
        const change = event.shiftKey
          ? { end: rounded(Math.min(player.duration(), Math.max(part.start + SHORTEST, part.end + by))) }
          : { start: rounded(start), end: rounded(start + length) };
        parts.change(parts.selected(), change);
        return true;
      }
      if (name === "Escape" && begun !== null) {
        begun = null;
        stage.drawRegions();
        return true;
      }
      return false;
    },
    describe: (part) => `${seconds(part.start)} to ${seconds(part.end)}`,
  };
}
