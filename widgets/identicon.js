// A small symmetric picture of an address; dml_sdk/widgets/identicon.py draws the same one.

export const IDENTICON_SIDE = 7;

/** Rows of "#" and "." mirrored left to right: bits from FNV-1a, run on through xorshift32. */
export function identicon(address) {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(address)) {
    state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  }
  const half = (IDENTICON_SIDE + 1) / 2;
  return Array.from({ length: IDENTICON_SIDE }, () => {
    let row = "";
    for (let i = 0; i < half; i++) {
      state = (state ^ (state << 13)) >>> 0;
      state = (state ^ (state >>> 17)) >>> 0;
      state = (state ^ (state << 5)) >>> 0;
      row += (state >>> 16) & 1 ? "#" : ".";
    }
    return row + [...row].slice(0, -1).reverse().join("");
  });
}

/** The picture as an SVG element that takes the colour of the text around it. */
export function identiconSvg(address) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", `0 0 ${IDENTICON_SIDE} ${IDENTICON_SIDE}`);
  svg.setAttribute("class", "dml-identicon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("fill", "currentColor");
  path.setAttribute(
    "d",
    identicon(address)
      .flatMap((row, y) => [...row].map((cell, x) => (cell === "#" ? `M${x} ${y}h1v1h-1z` : "")))
      .join(""),
  );
  svg.append(path);
  return svg;
}
