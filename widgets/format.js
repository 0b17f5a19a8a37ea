// Numbers and times as people read them; dml_sdk/widgets/wording.py says the same in Python.

/** A number, or the decimal string of one, with at most so many significant digits: "3,600". */
export function significant(value, digits = 4) {
  const number = Number(value);
  if (number === 0) return "0";
  const places = Math.min(20, Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(number)))));
  return number.toLocaleString("en-US", { maximumFractionDigits: places });
}

export function percent(fraction) {
  return `${(fraction * 100).toFixed(1)} %`;
}

/** Seconds as "4 s", "2 min 5 s" or "3 h 20 min". */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min` + (whole % 60 ? ` ${whole % 60} s` : "");
  }
  const minutes = Math.floor((whole % 3600) / 60);
  return `${Math.floor(whole / 3600)} h` + (minutes ? ` ${minutes} min` : "");
}

/** How long ago, or in how long: "just now", "12 s ago", "in 3 min". */
export function ago(seconds) {
  const away = Math.abs(seconds);
  if (away < 2) return "just now";
  const days = Math.floor(away / 86400);
  const hours = Math.floor((away % 86400) / 3600);
  const long = away < 60 ? duration(away) : away < 3600 ? `${Math.floor(away / 60)} min` : duration(away);
  const told = days ? `${days} d` : long;
  if (seconds > 0) return `${told} ago`;
  return `in ${told}${days && days < 7 && hours ? ` ${hours} h` : ""}`; // a deadline is read closely
}

/** An SS58 address, a CID or a hash for reading: first six and last four characters. */
export function shortAddress(text) {
  return text.length > 13 ? `${text.slice(0, 6)}…${text.slice(-4)}` : text;
}

/** A whole number with its thousands separated: "10,000". */
export function grouped(number) {
  return number.toLocaleString("en-US");
}
