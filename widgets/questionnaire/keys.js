// Which key does what: the commands, the keys of options, and what a person has changed of both.

/** What keys do besides choosing: each with the key it has until somebody changes it. */
export const COMMANDS = [
  { name: "next", key: "Enter", words: "done with this question: on to the next, or the next item" },
  { name: "undo", key: "Backspace", words: "undo; up to ten times (Ctrl+Z too)" },
  { name: "skip", key: "s", words: "skip the item" },
  { name: "flag", key: "f", words: "flag the item as broken, with a reason" },
  { name: "back", key: ",", words: "go back one item" },
  { name: "forward", key: ".", words: "look at the item after this one" },
  { name: "help", key: "h", words: "what the question means" },
  { name: "instructions", key: "i", words: "show or hide the instructions" },
  { name: "closer", key: "+", words: "zoom in" },
  { name: "farther", key: "-", words: "zoom out" },
  { name: "fit", key: "z", words: "show the whole item" },
  { name: "play", key: "p", words: "play or pause" },
  { name: "slower", key: "<", words: "play slower" },
  { name: "faster", key: ">", words: "play faster" },
  { name: "remove", key: "Delete", words: "remove what is selected" },
  { name: "draw", key: "Space", words: "place a corner, a point or an end at the cursor" },
];

// The frame's own, and those that move things.
const FIXED = ["c", "?", "Escape", "Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
const DIGITS = [..."1234567890"];
const LETTERS = [..."qwertyuoagjklxvbnm"];

/** A key's name as it is kept and shown, or "" for what is left to the browser. */
export function keyOf(event) {
  if (event.ctrlKey || event.metaKey) {
    return event.key.toLowerCase() === "z" && !event.shiftKey && !event.altKey ? "Undo" : "";
  }
  if (event.altKey || event.isComposing) return "";
  if (event.key === " ") return "Space";
  if (event.key === "=") return "+"; // the same key, unshifted
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

const SIGNS = { Enter: "⏎", Backspace: "⌫", Delete: "Del", Space: "␣", ArrowLeft: "←", ArrowRight: "→" };

/** A key as it is shown on a button. */
export function keySign(key) {
  return SIGNS[key] ?? key;
}

/** Whether a key may be given to something else than what has it by nature. */
export function mayBeGiven(key) {
  return key !== "" && key !== "Undo" && key !== "Shift" && !FIXED.includes(key);
}

/**
 * The key of each option, in order; "" where there are more options than keys.
 *
 * Digits stand for themselves where all options are digits; else they count from 1, and letters
 * follow. `chosen` has what a person gave to options, by place; `taken` are the commands' keys.
 */
export function optionKeys(labels, chosen = {}, taken = []) {
  const own = labels.length > 1 && labels.every((label) => /^[0-9]$/.test(label));
  const given = new Set([...Object.values(chosen), ...taken]);
  const free = [...DIGITS, ...LETTERS].filter((key) => !given.has(key));
  return labels.map((label, place) => {
    if (chosen[place]) return chosen[place];
    if (own && !given.has(label)) return label;
    return (own ? free.find((key) => !DIGITS.includes(key)) : free.shift()) ?? "";
  });
}

/** Where the keys of a question's options are kept: the same for the same question in any task. */
export function keyPlace({ questionId, questionText }) {
  return `${questionId}: ${questionText}`.slice(0, 120);
}

/** The commands' keys with what a person changed, by name; two never share one. */
export function commandKeys(changed = {}) {
  const keys = {};
  const taken = new Set(Object.values(changed));
  for (const { name, key } of COMMANDS) keys[name] = changed[name] ?? (taken.has(key) ? "" : key);
  return keys;
}

/**
 * What a person changed, kept in the browser: {commands: {name: key}, options: {question: {place:
 * key}}}. What the browser does not let be kept lasts as long as the page.
 */
export function keptKeys(storage, place) {
  let kept = { commands: {}, options: {} };
  try {
    const told = JSON.parse(storage.getItem(place) ?? "{}");
    const texts = (map) =>
      Object.fromEntries(Object.entries(map ?? {}).filter(([, key]) => mayBeGiven(String(key))));
    kept.commands = texts(told.commands);
    for (const [question, keys] of Object.entries(told.options ?? {})) {
      kept.options[question] = texts(keys);
    }
  } catch {
    kept = { commands: {}, options: {} }; // somebody else's, or none may be kept
  }
  const save = () => {
    try {
      storage.setItem(place, JSON.stringify(kept));
    } catch {
      // It lasts as long as the page.
    }
  };
  return {
    commands: () => commandKeys(kept.commands),
    options: (question) => kept.options[question] ?? {},
    giveCommand(name, key) {
      for (const [other, had] of Object.entries(kept.commands)) {
        if (had === key) delete kept.commands[other];
      }
      kept.commands[name] = key;
      save();
    },
    giveOption(question, place_, key) {
      const keys = (kept.options[question] ??= {});
      for (const [other, had] of Object.entries(keys)) if (had === key) delete keys[other];
      keys[place_] = key;
      save();
    },
    forget() {
      kept = { commands: {}, options: {} };
      save();
    },
  };
}
