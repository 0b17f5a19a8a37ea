// Which key does what: the commands, the keys of options, and what a person has changed of both.

import { letterOf } from "../letters.js";

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
  const key = letterOf(event);
  if (event.ctrlKey || event.metaKey) {
    if (event.shiftKey || event.altKey) return "";
    return { z: "Undo", enter: "Onwards" }[key.toLowerCase()] ?? "";
  }
  if (event.isComposing || (event.altKey && !key.startsWith("Arrow"))) return "";
  if (key === " ") return "Space";
  if (key === "=") return "+"; // the same key, unshifted
  return key.length === 1 ? key.toLowerCase() : key;
}

const SIGNS = { Enter: "⏎", Backspace: "⌫", Delete: "Del", Space: "␣", ArrowLeft: "←", ArrowRight: "→" };

/** A key as it is shown on a button. */
export function keySign(key) {
  return SIGNS[key] ?? key;
}

const MODIFIERS = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "Dead", "Process"];

/** Whether a key does nothing by itself. */
export function isModifier(key) {
  return MODIFIERS.includes(key);
}

/** Whether a key may be given to something else than what has it by nature. */
export function mayBeGiven(key) {
  return !["", "Undo", "Onwards", ...FIXED, ...MODIFIERS].includes(key);
}

/**
 * The key of each option, in order; "" where there are more options than keys.
 *
 * A digit stands for itself: no other option has its key, and a number of several digits has a
 * letter, as a digit of it says something else. Other options are counted from 1, and letters
 * follow. `chosen` has what a person gave to options, by place; `taken` are the commands' keys.
 */
export function optionKeys(labels, chosen = {}, taken = []) {
  const given = new Set([...Object.values(chosen), ...taken]);
  const keep = (label, place) => !chosen[place] && DIGITS.includes(label) && !given.has(label);
  const own = new Set(labels.filter(keep));
  const free = (keys) => keys.filter((key) => !given.has(key) && !own.has(key));
  const [digits, letters] = [free(DIGITS), free(LETTERS)];
  return labels.map((label, place) => {
    if (chosen[place]) return chosen[place];
    if (own.delete(label)) return label;
    if (/^[+\-−]?[0-9][0-9.,]*$/.test(label)) return letters.shift() ?? "";
    return digits.shift() ?? letters.shift() ?? "";
  });
}

/** Where the keys of a question's options are kept: the same for the same question in any task. */
export function keyPlace({ questionId, questionText }) {
  return `${questionId}: ${questionText}`.slice(0, 120);
}

/**
 * The commands' keys with what a person changed, by name; two never share one.
 *
 * `options` are the keys that a person gave to options, which no command has then.
 */
export function commandKeys(changed = {}, options = []) {
  const keys = {};
  const taken = new Set([...Object.values(changed), ...options]);
  for (const { name, key } of COMMANDS) {
    const given = options.includes(changed[name]) ? "" : changed[name];
    keys[name] = given ?? (taken.has(key) ? "" : key);
  }
  return keys;
}

/**
 * What a person changed, kept in the browser: {commands: {name: key}, options: {question: {place:
 * key}}}. What the browser does not let be kept lasts as long as the page.
 *
 * `questions` are the places of those that are asked here: a key has one use among them and the
 * commands. What was changed for others is theirs.
 */
export function keptKeys(storage, place, questions = []) {
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
  const optionsOf = (question) => (Object.hasOwn(kept.options, question) ? kept.options[question] : {});
  const free = (keys, key) => {
    for (const [name, had] of Object.entries(keys)) if (had === key) delete keys[name];
  };
  return {
    commands: () => commandKeys(kept.commands, questions.flatMap((one) => Object.values(optionsOf(one)))),
    options: optionsOf,
    giveCommand(name, key) {
      free(kept.commands, key);
      for (const question of questions) free(optionsOf(question), key);
      kept.commands[name] = key;
      save();
    },
    giveOption(question, place_, key) {
      free(kept.commands, key);
      if (!Object.hasOwn(kept.options, question)) kept.options[question] = {};
      free(kept.options[question], key);
      kept.options[question][place_] = key;
      save();
    },
    forget() {
      kept = { commands: {}, options: {} };
      save();
    },
  };
}
