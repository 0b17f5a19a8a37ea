// The page's mirror of the desk: what the kernel said last, with what it has not heard of yet.
//
// The desk decides; the page shows at once what it expects and is corrected by what comes back.

/** Whether there is an answer to a question: its id may be the name of anything, "valueOf" too. */
export function isGiven(given, id) {
  return Object.hasOwn(given, id);
}

/** The answer to a question, undefined where there is none. */
export function givenTo(given, id) {
  return isGiven(given, id) ? given[id] : undefined;
}

/** Whether a question's condition is met by the answers so far. */
function conditionMet(question, given, asked) {
  const { when } = question;
  if (!when) return true;
  if (!asked.has(when.question)) return false;
  const value = givenTo(given, when.question);
  return (Array.isArray(value) ? value : [value]).some((one) => when.equals.includes(one));
}

/** The ids of the questions that are asked, in their order, as the answers so far are. */
export function askedOf(questions, given) {
  const asked = new Set();
  for (const question of questions) {
    if (conditionMet(question, given, asked)) asked.add(question.questionId);
  }
  return [...asked];
}

function unansweredOf(questions, { given, asked }) {
  return questions.filter(
    ({ questionId, required }) => required && asked.includes(questionId) && !isGiven(given, questionId),
  );
}

/** Whether something is still to be done about an item before the batch can be handed in. */
export function isIncomplete(questions, item) {
  return item.state === "open" && unansweredOf(questions, item).length > 0;
}

/** What is expected of an item once the desk has heard an operation on it. */
export function expected(questions, item, operation) {
  let { given, flag, skipped } = item;
  if (operation.do === "answer") {
    given = { ...given, [operation.question]: operation.value };
    skipped = false;
  }
  if (operation.do === "clear") {
    given = { ...given };
    delete given[operation.question];
  }
  if (operation.do === "skip") {
    given = {};
    skipped = true;
  }
  if (operation.do === "flag") flag = operation.why;
  const asked = askedOf(questions, given);
  given = Object.fromEntries(Object.entries(given).filter(([id]) => asked.includes(id)));
  const told = { given, asked, flag };
  const answered = Object.keys(given).length > 0 && unansweredOf(questions, told).length === 0;
  const state = flag ? "flagged" : skipped ? "skipped" : answered ? "answered" : "open";
  return { ...told, skipped, state };
}

/**
 * The items of the batch that is on the desk, as the page knows them.
 *
 * `tell(operation)` sends an operation and expects its effect; `heard` takes the desk's answer to
 * one. Operations that were not heard of are sent again by `again`, in order; the desk does none
 * twice. `keep` is given them whenever they change, so that they outlive the page. With each it is
 * told which item was looked at until then and how long, by `clock` in ms: messages may wait.
 */
export function deskMirror({ questions, view, send, keep, clock = () => performance.now() }) {
  let number = 0;
  let batch = null;
  let states = [];
  let revisions = [];
  let waiting = [];
  let looked = null; // the item that is looked at
  let since = clock();
  const known = new Map();
  const asked = askedOf(questions, {});

  function item(index) {
    const state = states[index] ?? "open";
    const told = known.get(index) ?? { given: {}, asked, flag: "", skipped: state === "skipped", state };
    const mine = waiting.filter((o) => o.item === index && o.do !== "undo" && o.do !== "go");
    return mine.reduce((so_far, operation) => expected(questions, so_far, operation), told);
  }

  /** The states of all items: as the desk told them, but of those that it has to hear of. */
  function expectedStates() {
    const all = [...states];
    for (const { item: index } of waiting) if (index < all.length) all[index] = item(index).state;
    return all;
  }

  /** The item that was looked at since the last operation, and for how long, in ms. */
  function measured(operation) {
    const now = clock();
    const told = looked === null ? [operation.item, 0] : [looked, Math.max(0, Math.round(now - since))];
    since = now;
    if (operation.do === "go") looked = operation.item;
    return told;
  }

  return {
    item,
    batch: () => batch,
    count: () => states.length,
    states: expectedStates,
    /** Nothing is looked at until the next item is. */
    rest() {
      looked = null;
    },
    waits: () => waiting.length > 0,
    /** Whether nothing is left that must be answered, skipped or flagged, as far as is expected. */
    isComplete: () =>
      expectedStates().every((state, place) => state !== "open" || !isIncomplete(questions, item(place))),

    /** Another batch on the desk, or the same one anew; true where changes to the last came too late. */
    open(told) {
      const late = told.batch === batch ? [] : waiting;
      if (told.batch !== batch) {
        known.clear();
        waiting = [];
        looked = null;
      }
      if (late.length) keep(waiting);
      batch = told.batch;
      states = [...told.states];
      revisions = told.revisions;
      return late.some((operation) => operation.do !== "go");
    },
    /** The items that are known as they were before the desk's last word: somebody else was there. */
    changedElsewhere: () =>
      waiting.length ? [] : revisions.flatMap((number, index) => (known.get(index)?.revision < number ? [index] : [])),
    /** What the desk has of an item. */
    learn(index, { given, asked, state, skipped, flag, revision }) {
      known.set(index, { given, asked, state, skipped, flag, revision });
      if (index < states.length) states[index] = state;
    },
    tell(operation) {
      number += 1;
      const time = { looked: operation.looked ?? measured(operation), at: operation.at ?? Date.now() };
      const told = { ...operation, ...time, n: number, view, batch };
      waiting.push(told);
      keep(waiting);
      send(told);
      return number;
    },
    /** An operation that was not sent is none after all. */
    withdraw(operation) {
      waiting = waiting.filter(({ n }) => n !== operation);
      keep(waiting);
    },
    /** The desk has heard this view up to a number: what it said of items was learnt; returns these. */
    heard(upTo) {
      const done = waiting.filter((operation) => operation.n <= upTo);
      waiting = waiting.filter((operation) => operation.n > upTo);
      if (done.length) keep(waiting);
      return done;
    },
    again() {
      for (const operation of waiting) send(operation);
    },
    /** The next item that is open; from the end, the first that must not stay so; -1 if none is. */
    nextOpen(index) {
      const all = expectedStates();
      const after = all.indexOf("open", index + 1);
      if (after >= 0) return after;
      return all.findIndex((state, place) => state === "open" && place !== index && isIncomplete(questions, item(place)));
    },
    /** An item and those that are likely to be looked at after it, the likeliest first. */
    around(index, ahead) {
      const next = Array.from({ length: ahead }, (_, by) => index + 1 + by);
      const all = new Set([index, ...next, this.nextOpen(index), index - 1]);
      return [...all].filter((one) => one >= 0 && one < this.count());
    },
  };
}
