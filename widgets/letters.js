// The letter or digit of a key, on keyboards of every script.

const SIGNS_IN_PLACE = { Comma: ",<", Period: ".>", BracketLeft: "[{", BracketRight: "]}" };

/** A key as it is written; where that is no Latin letter, the Latin letter or sign in its place. */
export function letterOf({ key, code = "", shiftKey = false }) {
  if (!/^(?!\p{Script=Latin})\p{L}$/u.test(key)) return key;
  if (/^Key[A-Z]$/.test(code)) return code.at(-1).toLowerCase();
  return SIGNS_IN_PLACE[code]?.[Number(shiftKey)] ?? key;
}

/** The digit in the place of a key that writes something else there, as French ones do; or "". */
export function digitInPlace({ key, code = "", shiftKey = false }) {
  return !shiftKey && !/^[0-9]$/.test(key) && /^Digit[0-9]$/.test(code) ? code.at(-1) : "";
}
