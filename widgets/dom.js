// Making elements. Text is always set as text, so nothing from a chain or a store becomes markup.

/** An element with attributes ("class", "aria-label", …), listeners ("onclick") and children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Sets text only where it differs, so that screen readers and selections are left in peace. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets or, for null, removes an attribute. */
export function setAttribute(element, name, value) {
  if (value == null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Shows a button as usable or not; one that is not stays reachable and says why. */
export function setUsable(button, why) {
  setAttribute(button, "aria-disabled", why ? "true" : null);
  setAttribute(button, "title", why || button.dataset.hint || null);
}
