// Text that strangers wrote, as people may safely be shown it; dml_sdk/untrusted.py says the same.

// Controls, formats (which change the direction of text or show nothing), halves of characters, and
// ends of lines and paragraphs.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What is written for a character that cannot be seen: "\\x1b", "\\u202e". */
export function escaped(character) {
  const named = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
  if (named) return named;
  const code = character.codePointAt(0);
  const [letter, places] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).padStart(places, "0")}`;
}

/** Text in which what cannot be seen is written out; `lines` says whether line ends and tabs stay. */
export function visible(text, { lines = false } = {}) {
  return text.replace(UNSEEN, (character) =>
    (lines && (character === "\n" || character === "\t") ? character : escaped(character)));
}
