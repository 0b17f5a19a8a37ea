// Marks parts of a text: by selecting them, by touch, or word by word with the arrow keys.

import { textOffsets, wordsOf } from "./text_view.js";

const FAR = 10; // words that the arrows up and down go
const ARROWS_BY = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -FAR, ArrowDown: FAR };
const EXCERPT = 40;

export function spanTool(parts, stage, host) {
  const { text } = stage;
  let offsets = textOffsets("");
  let measured = null;
  let words = [];
  let from = -1; // the keyboard's first and last word
  let to = -1;
  let moved = false;

  function measure() {
    if (measured === text.text()) return;
    measured = text.text();
    offsets = textOffsets(measured);
    words = wordsOf(measured);
  }

  /** The words under the cursor as [start, end] in UTF-16 units, or null. */
  function underCursor() {
    if (from < 0 || !words.length) return null;
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    return [words[first][0], words[last][1]];
  }

  function add([start, end]) {
    measure();
    const part = { start: offsets.toCharacters(start), end: offsets.toCharacters(end) };
    const same = (one) => one.start === part.start && one.end === part.end && one.label === parts.label();
    if (parts.list().some(same)) return;
    parts.add(part);
  }

  function selected() {
    const range = text.selection();
    if (range) text.element.ownerDocument.getSelection().removeAllRanges();
    return range;
  }

  text.addLayer(() => {
    measure();
    const marks = parts.list().map((part, at) => ({
      start: offsets.toUnits(part.start),
      end: offsets.toUnits(part.end),
      colour: parts.colour(part.label),
      label: parts.text(part.label),
      selected: parts.isActive() && at === parts.selected(),
    }));
    const cursor = parts.isActive() ? underCursor() : null;
    return cursor ? [...marks, { start: cursor[0], end: cursor[1], cursor: true }] : marks;
  });

  text.element.addEventListener("pointerup", (event) => {
    if (!parts.isActive() || event.button !== 0) return;
    // The selection is what it will be only once the press has been dealt with.
    setTimeout(() => {
      const range = event.pointerType === "touch" ? null : selected();
      if (range) return add(range);
      const under = text.under(event);
      if (under === null) return null;
      measure();
      const place = offsets.toCharacters(under);
      const at = parts.list().findIndex((part) => part.start <= place && place < part.end);
      if (at >= 0) return parts.select(at === parts.selected() ? -1 : at);
      if (event.pointerType !== "touch" || text.selection()) return parts.select(-1);
      const word = words.find(([start, end]) => start <= under && under <= end);
      return word ? add(word) : null;
    });
  });

  function go(by, extends_) {
    measure();
    if (!words.length) return;
    const last = words.length - 1;
    const next = to < 0 ? 0 : Math.min(last, Math.max(0, to + by));
    to = next;
    if (!extends_ || from < 0) from = next;
    moved = true;
    parts.select(-1);
    const [start, end] = underCursor();
    host.spoken(text.text().slice(start, end));
    text.element.querySelector(".dml-cursor")?.scrollIntoView?.({ block: "nearest" });
  }

  return {
    hint: "Select what it is; or arrows go word by word, Shift with them takes more, Enter marks.",
    attach() {},
    detach() {
      from = to = -1;
    },
    reset() {
      from = to = -1;
      moved = false;
    },
    redraw: text.redraw,
    /** A label was pressed while something is selected: that is what it is for. */
    labelled() {
      const range = selected();
      if (range) add(range);
      return Boolean(range);
    },
    key(name, event) {
      const by = ARROWS_BY[event.key];
      if (by) {
        go(by, event.shiftKey);
        return true;
      }
      if (name === "draw" || (name === "next" && moved)) {
        const cursor = underCursor();
        if (!cursor) return false;
        moved = false;
        add(cursor);
        return true;
      }
      if (name === "Escape" && from >= 0) {
        from = to = -1;
        text.redraw();
        return true;
      }
      return false;
    },
    describe(part) {
      measure();
      const told = measured.slice(offsets.toUnits(part.start), offsets.toUnits(part.end));
      return `“${told.length > EXCERPT ? `${told.slice(0, EXCERPT)}…` : told}”`;
    },
  };
}
