// A text with parts of it marked. Offsets are in characters (Unicode code points), as the kernel's.

import { h } from "../dom.js";
import { escaped } from "../visible.js";

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

/** The words of a text as [start, end], in UTF-16 units; punctuation is one of its own, what cannot be seen none. */
export function wordsOf(text) {
  const words = [];
  for (const found of text.matchAll(/[\p{L}\p{N}\p{M}_]+(?:['’.\-][\p{L}\p{N}\p{M}_]+)*|[^\s\p{C}]/gu)) {
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

const BLOCK = 4_000; // UTF-16 units that are drawn anew together
const LONG = 50_000; // units from which what is out of sight is not laid out
// What cannot be seen, but for what joins letters and parts of emoji, and ends of lines.
const HIDDEN = /(?![\n\r\t\u00ad\u200c\u200d\u{e0020}-\u{e007f}])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text as blocks of whole lines, [start, end]; a line that is too long ends at a space. */
export function blocksOf(text, size = BLOCK) {
  const blocks = [];
  let start = 0;
  while (text.length - start > size) {
    let end = text.lastIndexOf("\n", start + size - 1) + 1;
    if (end <= start) {
      const line = text.indexOf("\n", start) + 1 || text.length;
      end = line - start <= 2 * size ? line : text.lastIndexOf(" ", start + 2 * size - 1) + 1;
    }
    if (end <= start) end = start + 2 * size - (/[\ud800-\udbff]/.test(text[start + 2 * size - 1]) ? 1 : 0);
    blocks.push([start, end]);
    start = end;
  }
  if (start < text.length || !blocks.length) blocks.push([start, text.length]);
  return blocks;
}

/** A text as nodes; what cannot be seen in it stays, and is told beside it without any effect. */
export function textNodes(text) {
  const nodes = [];
  let from = 0;
  for (const { 0: character, index } of text.matchAll(HIDDEN)) {
    if (index > from) nodes.push(text.slice(from, index));
    const sign = h("span", { class: "dml-unseen", title: escaped(character) }, character);
    sign.dataset.sign = escaped(character);
    nodes.push(sign);
    from = index + character.length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
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
  let blocks = []; // {start, end, element, drawn}

  function draw() {
    const marks = layers.flatMap((layer) => layer());
    for (const block of blocks) {
      const { start, end } = block;
      const here = marks.filter((mark) => mark.start < end && mark.end > start);
      const told = JSON.stringify(here);
      if (block.drawn === told) continue;
      block.drawn = told;
      drawBlock(block, here);
    }
  }

  function drawBlock({ start: from, end: to, element: place }, marks) {
    const within = marks.map((mark) => ({ ...mark, start: Math.max(0, mark.start - from), end: Math.min(to, mark.end) - from, ends: mark.end <= to }));
    place.replaceChildren(
      ...piecesOf(to - from, within).flatMap(({ start, end, marks: on }) => {
        const text = textNodes(shown.slice(from + start, from + end));
        if (!on.length) return text;
        const last = on.at(-1);
        const piece = h("mark", { class: "dml-span" });
        piece.append(...text);
        const label = on.findLast((one) => one.label);
        if (label) {
          piece.style.setProperty("--dml-label", label.colour);
          piece.title = label.label;
          if (label.ends && label.end === end) piece.dataset.label = label.label;
        } else piece.classList.add("dml-unlabelled");
        if (on.some((one) => one.selected)) piece.classList.add("dml-selected");
        if (last.cursor) piece.classList.add("dml-cursor");
        return [piece];
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
      blocks = blocksOf(text).map(([start, end]) => ({ start, end, element: h("div", { class: "dml-lines" }), drawn: null }));
      element.classList.toggle("dml-long", text.length > LONG);
      element.replaceChildren(...blocks.map((block) => block.element));
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
