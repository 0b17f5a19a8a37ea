// What items hold, in the page before it is looked at: pieces become files, images are decoded.
//
// Items come from strangers. What is not of a type in this table is not shown; what is, is shown by
// an element that runs nothing, and text is set as text.

const SHOWN_AS = {
  image: ["image/png", "image/jpeg", "image/gif", "image/webp"],
  text: ["text/plain"],
  audio: ["audio/wav", "audio/mpeg", "audio/ogg", "audio/flac", "audio/mp4", "video/webm"],
  video: ["video/mp4", "video/webm"],
  table: ["application/json"],
};

/** Whether a part is of a type that can be shown as what it says it is. */
export function canBeShown(kind, type) {
  return (Object.hasOwn(SHOWN_AS, kind) && SHOWN_AS[kind].includes(type)) || false;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s{}[\],:"]+/g;

/**
 * A table row's columns as [name, text], in the order in which they were written; none where it is
 * no row. Numbers are as they were written too: a page's own would lose digits of long ones.
 */
export function rowOf(text) {
  try {
    const row = JSON.parse(text);
    if (row === null || typeof row !== "object" || Array.isArray(row)) return [];
  } catch {
    return [];
  }
  const columns = new Map();
  let depth = 0;
  let name = null;
  let from = 0; // where a value that is no text or number begins
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") {
      depth += 1;
      if (depth === 2) from = index;
    } else if (token === "}" || token === "]") {
      depth -= 1;
      if (depth === 1) columns.set(name, text.slice(from, index + 1));
    } else if (depth !== 1) continue;
    else if (token === ",") name = null;
    else if (name === null) name = JSON.parse(token);
    else columns.set(name, token === "null" ? "" : token.startsWith('"') ? JSON.parse(token) : token);
  }
  return [...columns];
}

/** The parts of an item that are two of a kind, none where there are no such. */
export function pairOf(parts) {
  const again = parts.find(({ kind }, at) => parts.findIndex((other) => other.kind === kind) < at);
  return again ? parts.filter(({ kind }) => kind === again.kind) : [];
}

/** Makes a part ready: {kind, type, text | rows | image | blob + url, fault, free()}. */
export async function readyPart({ kind, type, fault }, pieces) {
  const part = { kind, type, fault: fault ?? "", free: () => {} };
  if (!part.fault && !canBeShown(kind, type)) {
    part.fault = `A ${kind} of type ${type} is not shown: it could be something else than it says.`;
  }
  if (part.fault) return part;
  if (kind === "text" || kind === "table") {
    // A byte order mark is a character to who counts them.
    const bytes = await new Blob(pieces).arrayBuffer();
    part.text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    if (kind === "table") part.rows = rowOf(part.text);
    return part;
  }
  part.blob = new Blob(pieces, { type });
  part.url = URL.createObjectURL(part.blob);
  part.free = () => URL.revokeObjectURL(part.url);
  if (kind !== "image") return part;
  part.image = new Image();
  part.image.alt = "";
  part.image.draggable = false;
  part.image.decoding = "sync"; // never a frame without it
  part.image.src = part.url;
  try {
    await part.image.decode();
  } catch {
    part.fault = "The image is damaged: it cannot be decoded. Flag it.";
    delete part.image;
  }
  part.free(); // the element has it now
  part.free = () => {};
  return part;
}

/**
 * The contents of the items around the one that is shown.
 *
 * `want(indices)` asks the kernel for those that are not here nor on their way, and lets go of all
 * others. `take(told, buffers)` has a piece of a part: {item, part, parts, kind, type, piece,
 * pieces, fault}. `ready(index)` is called once all of an item's parts can be shown.
 */
export function contentsAround({ ask, ready }) {
  let items = new Map();

  function entry(index) {
    return items.get(index);
  }

  async function finish(index, held, told) {
    const pieces = held.pieces[told.part];
    held.pieces[told.part] = null;
    const part = await readyPart(told, pieces);
    if (items.get(index) !== held) return part.free();
    held.parts[told.part] = part;
    held.missing -= 1;
    if (held.missing === 0) ready(index);
    return null;
  }

  return {
    /** The parts of an item, or null while some are missing. */
    of: (index) => (entry(index)?.missing === 0 ? entry(index).parts : null),
    want(indices) {
      const missing = indices.filter((index) => !items.has(index));
      const kept = new Map();
      for (const index of indices) {
        kept.set(index, items.get(index) ?? { parts: [], pieces: [], missing: null });
      }
      for (const [index, held] of items) {
        if (!kept.has(index)) held.parts.forEach((part) => part?.free());
      }
      items = kept;
      if (missing.length) ask(missing);
    },
    take(told, buffers) {
      const held = entry(told.item);
      if (!held || held.missing === 0) return;
      held.missing ??= told.parts;
      if (held.parts[told.part] || held.pieces[told.part] === null) return;
      const pieces = (held.pieces[told.part] ??= Array(Math.max(1, told.pieces)).fill(undefined));
      pieces[told.piece] = buffers[0] ?? new ArrayBuffer(0);
      if (pieces.every((piece) => piece !== undefined)) finish(told.item, held, told);
    },
    /** These were too large to come ahead; they are asked for again once they are looked at. */
    later(indices) {
      for (const index of indices) if (items.get(index)?.missing === null) items.delete(index);
    },
    /** Asks again for what was on its way when the kernel was lost. */
    again() {
      const missing = [...items].filter(([, held]) => held.missing !== 0).map(([index]) => index);
      for (const index of missing) items.set(index, { parts: [], pieces: [], missing: null });
      if (missing.length) ask(missing);
    },
    clear() {
      for (const held of items.values()) held.parts.forEach((part) => part?.free());
      items = new Map();
    },
  };
}
