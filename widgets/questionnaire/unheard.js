// Answers that the kernel has not heard of yet outlive the page that they were given on.

/** The browser's own store of a page's element, or one that keeps nothing where none may be used. */
export function browserStore(element) {
  try {
    return element.ownerDocument.defaultView.localStorage;
  } catch {
    return { getItem: () => null, setItem() {}, removeItem() {} };
  }
}

/**
 * As {keep(operations), of(batch)}: kept in the browser under a place of their own, until they are
 * heard. What the browser does not let be kept lives as long as the page.
 */
export function unheard(storage, place) {
  return {
    keep(operations) {
      try {
        if (operations.length) storage.setItem(place, JSON.stringify(operations));
        else storage.removeItem(place);
      } catch {
        // It lives as long as the page.
      }
    },
    of(batch) {
      try {
        const told = JSON.parse(storage.getItem(place) ?? "[]");
        return told.filter((operation) => operation.batch === batch && operation.do !== "undo" && operation.do !== "go");
      } catch {
        return []; // somebody else's, or none may be kept
      }
    },
  };
}
