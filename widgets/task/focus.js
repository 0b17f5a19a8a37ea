// Redrawing without taking the focus from whoever works with keys.

/** Redraws what is in a place; the button that had the focus, by its order, has it afterwards. */
export function keepingFocus(place, redraw) {
  const buttons = () => [...place.querySelectorAll("button")];
  const at = place.contains(document.activeElement) ? buttons().indexOf(document.activeElement) : -1;
  redraw();
  if (at < 0) return;
  const now = buttons();
  now[Math.min(at, now.length - 1)]?.focus();
}
