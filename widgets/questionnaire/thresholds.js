// Before the first item and after the last: taking a batch, handing it in, giving it back.

import { h, setText } from "../dom.js";
import { significant } from "../format.js";
import { visible } from "../visible.js";
import { statesText } from "./progress.js";

const QUIET_MS = 600; // without any key, before Enter takes a batch

/** What was earned here so far, in words; "" before anything was. */
function earnedText({ asset, earned, waiting, unrevealed }) {
  const told = [
    Number(earned) ? `${significant(earned)} ${asset} earned` : "",
    Number(waiting) ? `${significant(waiting)} ${asset} waiting to be judged` : "",
    unrevealed ? `${unrevealed} ${unrevealed === 1 ? "batch" : "batches"} handed in and not shown yet` : "",
  ];
  return told.filter(Boolean).join(" · ");
}

/**
 * As {start, end, drawStart(), drawEnd(), press(screen)}; `go(index)` shows an item.
 *
 * `desk()` is what the kernel told, `mirror` what the page knows of the batch.
 */
export function thresholds({ kit, desk, mirror, go, instructions }) {
  const take = kit.form({
    name: "take",
    label: () => "Take a batch",
    code: () => "desk = task.desk(); desk.open()",
    done: "Taken",
  });
  const reveal = kit.form({
    name: "reveal",
    label: () => "Show your answers",
    code: () => "desk.reveal()",
    done: "Shown",
  });
  const submit = kit.form({
    name: "submit",
    label: () => "Hand in the batch",
    code: () => "desk.submit()",
    done: "Handed in",
    refused: () => (mirror.waits() ? "The last answers are being kept." : ""),
    sure: () => ({
      title: "Hand in this batch?",
      body: [`${statesText(mirror.states())}. After handing in nothing can change.`],
      yes: "Hand in (y)",
      no: "Look again (Esc)",
      key: "y", // Enter is pressed at every item, and once too often at the last
    }),
  });
  const release = kit.form({
    name: "release",
    label: () => "Give it back…",
    code: () => "desk.release()",
    done: "Given back",
    sure: () => ({
      title: "Give the batch back?",
      body: ["What you answered of it is forgotten, others get it, and you do not get it again."],
      yes: "Give it back ⏎",
      no: "Keep it (Esc)",
    }),
  });

  const why = h("p", { class: "dml-lead" });
  const again = h("p", { class: "dml-quiet" });
  const lost = h("p", { class: "dml-would-fail" });
  const told = h("p", { class: "dml-instructions", dir: "auto" }, visible(instructions, { lines: true }));
  const earned = h("p", { class: "dml-quiet dml-number" });
  const hint = h("p", { class: "dml-quiet" }, "Keys on the buttons answer and go on; ⌫ undoes, s skips, f flags, ? shows all keys.");
  const start = h("section", { class: "dml-door", "aria-label": "Start", hidden: true }, lost, told, reveal, why, again, take, earned, hint);

  const summary = h("p", { class: "dml-lead" });
  const open = h("div", { class: "dml-open-items" });
  const back = h("button", { type: "button", class: "dml-button dml-small" }, "Back to the items");
  back.addEventListener("click", () => go(mirror.count() - 1));
  const review = h("p", {}, back, " ", h("span", { class: "dml-quiet" }, "⏎ asks whether to hand in; after that nothing can change."));
  const end = h("section", { class: "dml-door", "aria-label": "Hand in", hidden: true }, summary, open, review, submit,
    h("details", { class: "dml-gives-up" }, h("summary", {}, "Rather not?"), release));
  told.hidden = !instructions;
  let shownWhy = null;
  let shownRevealable = 0;
  let pressed = false; // before all answers were kept: asked once they are
  let quietSince = 0; // when a key was let go of last

  const main = (form) => form.querySelector("button.dml-main");

  function handIn() {
    if (main(submit).getAttribute("aria-disabled") === "true") return;
    pressed = false;
    main(submit).click();
  }
  // The form has heard of it by then.
  kit.follow("refusals", () => queueMicrotask(() => pressed && !end.hidden && handIn()));

  function ask(form) {
    form.dispatchEvent(new Event("input")); // what it would do may have changed
  }

  return {
    start,
    end,
    drawStart() {
      const { why: reason, again: until, offered, lost: gone, revealable } = desk();
      setText(lost, gone ?? "");
      lost.hidden = !gone;
      setText(why, reason || `A batch of up to ${offered} items is waiting for you.`);
      again.hidden = until === null;
      again.replaceChildren(...(until === null ? [] : ["There may be one ", kit.time(until), "."]));
      take.hidden = hint.hidden = Boolean(reason);
      setText(earned, earnedText(desk().earnings));
      earned.hidden = !earned.textContent;
      reveal.hidden = !revealable;
      if (shownWhy !== reason) ask(take);
      shownWhy = reason;
      if (shownRevealable !== revealable) ask(reveal);
      shownRevealable = revealable;
    },
    drawEnd() {
      const states = mirror.states();
      setText(summary, `That is the batch: ${statesText(states)}.`);
      const places = states.flatMap((state, at) => (state === "open" ? [at] : []));
      open.hidden = places.length === 0;
      pressed &&= mirror.isComplete();
      const key = `${places.join()} ${mirror.waits()}`;
      if (open.dataset.places === key) return;
      open.dataset.places = key;
      open.replaceChildren(
        "Still open: ",
        ...places.map((at) => {
          const button = h("button", { type: "button", class: "dml-button dml-small" }, String(at + 1));
          button.setAttribute("aria-label", `Go to item ${at + 1}`);
          button.addEventListener("click", () => go(at));
          return button;
        }),
      );
      ask(submit);
      if (pressed) handIn();
    },
    /** A key was let go of, whatever it was for. */
    quiet() {
      quietSince = Date.now();
    },
    /** Does what the screen is for, as Enter does; an Enter among others takes no batch. */
    press(screen) {
      if (screen === "start") {
        const soon = !take.hidden && Date.now() - quietSince < QUIET_MS;
        return soon ? kit.say("Press ⏎ once more, after a moment.") : main(take.hidden ? reveal : take).click();
      }
      const early = main(submit).getAttribute("aria-disabled") === "true";
      pressed = early && kit.connected() && mirror.isComplete();
      if (!pressed) return main(submit).click();
      return kit.say("The last answers are being kept; then it asks whether to hand in.");
    },
  };
}
