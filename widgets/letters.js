// The letter of a key, on keyboards of every script.

/** A key as it is written; where that is no Latin letter, the Latin one in its place. */
export function letterOf({ key, code = "" }) {
  return /^(?!\p{Script=Latin})\p{L}$/u.test(key) && /^Key[A-Z]$/.test(code) ? code.at(-1).toLowerCase() : key;
}
