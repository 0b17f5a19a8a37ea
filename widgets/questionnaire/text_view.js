// A text with parts of it marked. Offsets are in characters (Unicode code points), as the kernel's.

import { h } from "../dom.js";

/** Offsets between JavaScript's UTF-16 units and characters: {toUnits(c), toCharacters(u), count}. */
export function textOffsets(text) {
  const units = [0];
  for (const character of text) units.push(units.at(-1) + character.length);
  return {
    count: units.length - 1,
    toUnits: (character) => units[Math.min(units.length - 1, Math.max(0, character))],
    toCharacters(unit) {
      let [low, high] = [0, units.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (units[middle] < unit) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}

/** The words of a text as [start, end], in UTF-16 units; punctuation is one of its own. */
export function wordsOf(text) {
  const words = [];
  for (const found of text.matchAll(/[\p{L}\p{N}\p{M}_]+(?:['’.\-][\p{L}\p{N}\p{M}_]+)*|[^\s]/gu)) {
    words.push([found.index, found.index + found[0].length]);
  }
  return words;
}

/** Where a text is cut so that every mark is whole pieces: [{start, end, marks}], in order. */
export function piecesOf(length, marks) {
  const cuts = new Set([0, length]);
  for (const { start, end } of marks) {
    if (start < length) cuts.add(start);
    if (end < length) cuts.add(end);
  }
  const at = [...cuts].sort((a, b) => a - b);
  return at.slice(0, -1).map((start, place) => {
    const end = at[place + 1];
    return { start, end, marks: marks.filter((m) => m.start <= start && m.end >= end) };
  });
}

/**
 * As {element, show(text), text(), addLayer(marks), redraw(), selection(), under(event)}.
 *
 * A layer gives marks, {start, end, colour, label, selected, cursor} in UTF-16 units; the last
 * covers those before it.
 */
export function textView() {
  const element = h("div", { class: "dml-text" });
  const layers = [];
  let shown = "";

  function draw() {
    const marks = layers.flatMap((layer) => layer());
    element.replaceChildren(
      ...piecesOf(shown.length, marks).map(({ start, end, marks: on }) => {
        const text = shown.slice(start, end);
        if (!on.length) return document.createTextNode(text);
        const last = on.at(-1);
        const piece = h("mark", { class: "dml-span" });
        piece.append(text);
        const label = on.findLast((one) => one.label);
        if (label) {
          piece.style.setProperty("--dml-label", label.colour);
          piece.title = label.label;
          if (label.end === end) piece.dataset.label = label.label;
        } else piece.classList.add("dml-unlabelled");
        if (on.some((one) => one.selected)) piece.classList.add("dml-selected");
        if (last.cursor) piece.classList.add("dml-cursor");
        return piece;
      }),
    );
  }

  /** Where a place of the page is in the text, in UTF-16 units; null outside. */
  function offset(node, within) {
    if (!element.contains(node)) return null;
    const before = document.createRange();
    before.setStart(element, 0);
    before.setEnd(node, within);
    return before.toString().length;
  }

  return {
    element,
    redraw: draw,
    addLayer: (marks) => layers.push(marks),
    text: () => shown,
    show(text) {
      shown = text;
      element.scrollTop = 0;
      draw();
    },
    /** What is selected of the text, without the spaces around it: [start, end] or null. */
    selection() {
      const selected = element.ownerDocument.getSelection();
      if (!selected?.rangeCount || selected.isCollapsed) return null;
      const range = selected.getRangeAt(0);
      let start = offset(range.startContainer, range.startOffset);
      let end = offset(range.endContainer, range.endOffset);
      if (start === null || end === null) return null;
      while (start < end && /\s/.test(shown[start])) start += 1;
      while (end > start && /\s/.test(shown[end - 1])) end -= 1;
      return start < end ? [start, end] : null;
    },
    /** The text's offset under a pointer, or null. */
    under(event) {
      const doc = element.ownerDocument;
      const caret = doc.caretPositionFromPoint?.(event.clientX, event.clientY);
      if (caret) return offset(caret.offsetNode, caret.offset);
      const range = doc.caretRangeFromPoint?.(event.clientX, event.clientY);
      return range ? offset(range.startContainer, range.startOffset) : null;
    },
  };
}
