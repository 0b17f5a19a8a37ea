// Answers that the kernel has not heard of yet outlive the page that they were given on.

/** The browser's own store of a page's element, or one that keeps nothing where none may be used. */
export function browserStore(element) {
  try {
    return element.ownerDocument.defaultView.localStorage;
  } catch {
    return { length: 0, key: () => null, getItem: () => null, setItem() {}, removeItem() {} };
  }
}

/** The views on an element's page that can tell the kernel what they keep; whichever panel's they are. */
export function tellingViews(element) {
  return (element.ownerDocument.defaultView[Symbol.for("dml-telling-views")] ??= new Set());
}

const ONE_CHANGE_MS = 2000; // as the desk has it: what goes on sooner is taken back as one
const CHOSEN = ["single_choice", "multiple_choice", "scale", "ranking", "preference"];

/** The questions that are answered at once, as the desk has it: each answer is a change of its own. */
export function chosenAtOnce(questions) {
  return new Set(questions.filter(({ answerType }) => CHOSEN.includes(answerType)).map(({ questionId }) => questionId));
}

/** Whether an answer is typed on after another, or the same marks moved on. */
function goesOn(before, after, chosen) {
  const same = ["do", "item", "question"].every((one) => before[one] === after[one]);
  if (!same || after.do !== "answer" || chosen.has(after.question) || !(after.at - before.at < ONE_CHANGE_MS)) return false;
  const [one, other] = [before.value, after.value];
  if (!Array.isArray(one) || !Array.isArray(other)) return typeof one === typeof other;
  return one.length === other.length && one.every((mark, at) => mark?.label === other[at]?.label);
}

/**
 * A view's changes in their order, without those that it took back; nor are its undos left. Of the
 * questions that are `chosen` no two answers are one change.
 */
export function standing(operations, chosen = new Set()) {
  const left = [];
  for (const operation of operations) {
    if (operation.do === "undo") {
      let last = left.pop();
      while (last && left.length && goesOn(left.at(-1), last, chosen)) last = left.pop();
    } else if (operation.do !== "go") left.push(operation);
  }
  return left;
}

/**
 * As {keep(operations), of(batch), heardOf(view, n)}: kept in the browser by each view under a place
 * of its own, until they are heard. What the browser does not let be kept lives as long as the page.
 *
 * `of` is for a view that begins with a batch: it takes over what views before it kept of that, the
 * oldest first. A view that lives on has it in its memory, and keeps it anew; one of `telling`
 * tells it by itself. `heardOf` says that the kernel has heard another view up to a number.
 */
export function unheard(storage, place, view, telling = new Set(), chosen = new Set()) {
  const placeOf = (one) => `${place}/${one}`;
  const own = placeOf(view);
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

  function write(one, operations) {
    try {
      if (operations.length) storage.setItem(one, JSON.stringify(operations));
      else storage.removeItem(one);
    } catch {
      // It lives as long as the page.
    }
  }

  return {
    keep: (operations) => write(own, operations),
    of(batch) {
      try {
        const theirs = [own, ...[...telling].map(placeOf)];
        const found = places().filter((one) => !theirs.includes(one));
        const told = found.flatMap((one) => standing(read(one).filter((operation) => operation.batch === batch), chosen));
        for (const one of found) storage.removeItem(one);
        return told.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
      } catch {
        return []; // none may be kept
      }
    },
    heardOf(other, upTo) {
      if (other === view || telling.has(other)) return;
      const one = placeOf(other);
      const kept = read(one);
      if (kept.length) write(one, kept.filter(({ n }) => n > upTo));
    },
  };
}
