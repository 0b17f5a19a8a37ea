// Answers that the kernel has not heard of yet outlive the page that they were given on.

/** The browser's own store of a page's element, or one that keeps nothing where none may be used. */
export function browserStore(element) {
  try {
    return element.ownerDocument.defaultView.localStorage;
  } catch {
    return { length: 0, key: () => null, getItem: () => null, setItem() {}, removeItem() {} };
  }
}

/**
 * As {keep(operations), of(batch)}: kept in the browser by each view under a place of its own, until
 * they are heard. What the browser does not let be kept lives as long as the page.
 *
 * `of` is for a view that begins with a batch: it takes over what views before it kept of that, the
 * oldest first. A view that lives on has it in its memory, and keeps it anew.
 */
export function unheard(storage, place, view) {
  const own = `${place}/${view}`;
  const places = () =>
    Array.from({ length: storage.length }, (_, at) => storage.key(at)).filter((one) => one?.startsWith(`${place}/`));

  /** What is kept under a place: [{n, at, …}]. */
  function read(one) {
    try {
      const told = JSON.parse(storage.getItem(one));
      return Array.isArray(told) ? told.filter((operation) => operation?.batch !== undefined) : [];
    } catch {
      return []; // somebody else's
    }
  }

  return {
    keep(operations) {
      try {
        if (operations.length) storage.setItem(own, JSON.stringify(operations));
        else storage.removeItem(own);
      } catch {
        // It lives as long as the page.
      }
    },
    of(batch) {
      try {
        const found = places().filter((one) => one !== own);
        const told = found.flatMap(read).filter((operation) => operation.batch === batch);
        for (const one of found) storage.removeItem(one);
        return told
          .filter((operation) => operation.do !== "undo" && operation.do !== "go")
          .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
      } catch {
        return []; // none may be kept
      }
    },
  };
}
