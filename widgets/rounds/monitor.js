// The round monitor: everything but the chart, which the kernel places in the same grid.

import { h, setAttribute, setText, setUsable } from "../dom.js";
import {
  chainBadge,
  codeLine,
  followKernel,
  guardedModel,
  footBar,
  heading,
  keepChartFitting,
  keepsKeys,
  signerBadge,
} from "../frame.js";
import { grouped } from "../format.js";
import { poolBar } from "../pool_bar.js";
import { questionBox } from "../question.js";
import { eventList } from "./events.js";
import { exportButtons, exportRefusals } from "./export.js";
import {
  announcement,
  footerText,
  isAnswered,
  liveness,
  livenessText,
  progressText,
  refusals,
} from "./state.js";
import { participantStrip } from "./strip.js";

const UNANSWERED_MS = 5000;
const ANNOUNCE_MS = 5000;

function render({ model: bare, el }) {
  const model = guardedModel(bare);
  let connected = true;
  let heard = Date.now();
  let pending = null;
  let pendingSince = 0;
  let said = "";
  let announced = { done: -1, state: "", at: 0 };

  function ask(message) {
    if (connected) model.send(message);
    else say("The kernel does not answer, so there is nothing more to show.");
  }
  function say(text) {
    said = text;
    drawFooter();
  }

  // --- header ------------------------------------------------------------------------------------
  const name = h("strong");
  const source = h("span", { class: "dml-quiet" });
  const signer = signerBadge(say);
  const chain = chainBadge();
  const progress = h(
    "div",
    { class: "dml-progress", role: "progressbar", "aria-label": "Rounds", "aria-valuemin": "0" },
    h("span"),
  );
  const count = h("span", { class: "dml-number" });
  const doing = h("span", { class: "dml-quiet dml-doing" });
  const pauseButton = h("button", { type: "button", class: "dml-button dml-main" }, "Pause");
  const stopButton = h("button", { type: "button", class: "dml-button" }, "Stop");
  stopButton.dataset.hint = "Ends the training; versions already published stay (s)";
  const confirm = questionBox();
  const exports = exportButtons({
    ask,
    say,
    refusals: () => exportRefusals(model.get("head"), connected),
  });
  const steerCode = codeLine("training.pause()");
  const header = h(
    "header",
    { class: "dml-head" },
    h(
      "div",
      { class: "dml-names" },
      h("span", { class: "dml-title" }, "Training ", name, " ", source),
      h("span", { class: "dml-who" }, signer.element, chain.element),
    ),
    h(
      "div",
      { class: "dml-steer" },
      h("div", { class: "dml-where" }, h("div", {}, count, " ", doing), progress),
      h("div", { class: "dml-buttons" }, pauseButton, stopButton),
      confirm.element,
      steerCode,
    ),
  );

  // --- body --------------------------------------------------------------------------------------
  const chartHeading = heading("Accuracy and loss", "training.history");
  chartHeading.classList.add("dml-chart-heading");
  const strip = participantStrip({ ask, say });
  const empty = h("p", { class: "dml-empty" });
  const skeleton = h(
    "div",
    { class: "dml-skeleton", "aria-hidden": "true" },
    ...Array.from({ length: 6 }, () => h("span")),
  );
  const legend = h(
    "p",
    { class: "dml-legend dml-quiet" },
    h("span", { class: "dml-accepted" }, "●"),
    " accepted  ",
    h("span", { class: "dml-rejected" }, "✕"),
    " rejected  ",
    h("span", {}, "○"),
    " dropped; larger: more examples",
  );
  const people = h(
    "section",
    { class: "dml-people", "aria-label": "Participants" },
    heading("Participants", "training.rounds[-1].updates"),
    empty,
    skeleton,
    strip.element,
    legend,
  );
  const pool = poolBar("paid so far");
  const noPool = h("span", { class: "dml-quiet" });
  const poolHeading = heading("Pool", "model.pool.buckets");
  const events = eventList();
  const side = h(
    "div",
    { class: "dml-side" },
    h("section", { "aria-label": "Pool" }, poolHeading, pool.element, noPool),
    h(
      "section",
      { class: "dml-event-section", "aria-label": "Events" },
      heading("Events", "session.chain.events(last=40)"),
      ...events.elements,
    ),
  );

  // --- footer ------------------------------------------------------------------------------------
  const foot = footBar({
    root: el,
    keys: [
      ["p", "pause, or resume", () => steer()],
      ["s", "stop (asks first)", () => askToStop()],
      ["e", "export the rounds as CSV", () => exports.want("csv")],
      ["r", "export the last receipt as JSON", () => exports.want("receipt")],
      ["← → ↑ ↓", "from dot to dot, once one has the focus"],
      ["Enter", "open a dot"],
    ],
    buttons: exports.elements,
    escape: () => (confirm.isOpen() ? confirm.close() : strip.isOpen() && strip.close()),
  });

  // --- drawing -----------------------------------------------------------------------------------
  const quietSeconds = () => (Date.now() - heard) / 1000;

  function drawHeader() {
    const head = model.get("head");
    const now = liveness(head, connected, quietSeconds());
    el.dataset.state = now;
    setText(name, head.name);
    setText(source, `${head.engine} · ${head.dataset}`);
    signer.update(head.signer);
    chain.update({
      state: head.unreachable ? "disconnected" : now,
      text: livenessText(now, head, quietSeconds()),
      block: head.block,
      title: `chain: ${head.chain}; told ${new Date(head.at).toLocaleString()}`,
    });
    const ofPlanned = `round ${grouped(head.done)} of ${grouped(head.planned)}`;
    setText(count, ofPlanned);
    setAttribute(progress, "aria-valuemax", head.planned);
    setAttribute(progress, "aria-valuenow", head.done);
    setAttribute(progress, "aria-valuetext", `${ofPlanned} ${progressText(head, pending)}`);
    progress.firstChild.style.width = `${head.planned ? (100 * head.done) / head.planned : 0}%`;
    setText(doing, progressText(head, pending));

    const refused = refusals(head, connected);
    const resumes = ["paused", "stopped", "failed"].includes(head.state);
    const command = resumes ? "resume" : "pause";
    pauseButton.dataset.command = command;
    pauseButton.dataset.hint = resumes
      ? "Goes on from the last version (p)"
      : "Halts at the next step; nothing is lost (p)";
    setText(pauseButton, pending === command ? "…" : resumes ? "Resume" : "Pause");
    pauseButton.setAttribute("aria-label", resumes ? "Resume" : "Pause");
    setUsable(pauseButton, refused[command]);
    setUsable(stopButton, refused.stop);
    exports.draw();
    setAttribute(pauseButton, "aria-busy", pending === command ? "true" : null);
    setAttribute(stopButton, "aria-busy", pending === "stop" ? "true" : null);
    if (refused.stop) confirm.close();
    setText(steerCode, resumes ? "training.resume()" : "training.pause(); training.stop()");
  }

  function drawFooter() {
    const isSlow = pending && Date.now() - pendingSince > UNANSWERED_MS;
    const { text, failed } = footerText(model.get("head"), connected, said, isSlow);
    foot.say(text, failed);
  }

  function drawStrip() {
    const head = model.get("head");
    const rounds = model.get("strip");
    strip.update(rounds, model.get("pool").asset ?? "");
    const none = !rounds.rounds?.length;
    const ended = ["stopped", "finished", "failed"].includes(head.state);
    setText(
      empty,
      ended
        ? "No round finished, so there is nothing to show."
        : "No round has finished yet. The first takes longest: the engine is starting.",
    );
    empty.hidden = !none;
    skeleton.hidden = !none || ended;
    strip.element.hidden = none;
    legend.hidden = none;
  }

  function drawPool() {
    const told = model.get("pool");
    setText(poolHeading.querySelector("h4"), told.asset ? `Pool, ${told.asset}` : "Pool");
    if (told.buckets) pool.update({ ...told, other: told.paid });
    setText(noPool, told.buckets ? "" : "This model has no pool, so nobody is paid.");
  }

  function drawEvents() {
    events.update(model.get("events"));
  }

  function announce() {
    const head = model.get("head");
    const news = head.state !== announced.state || head.done !== announced.done;
    const soon = head.state === announced.state && Date.now() - announced.at < ANNOUNCE_MS;
    if (!news || soon) return;
    announced = { done: head.done, state: head.state, at: Date.now() };
    setText(foot.live, announcement(head));
  }

  function onHead() {
    heard = Date.now();
    const head = model.get("head");
    if (pending && isAnswered(pending, head.state)) pending = null;
    drawHeader();
    drawFooter();
    announce();
  }

  // --- what a person does ------------------------------------------------------------------------
  function command(what) {
    const why = refusals(model.get("head"), connected)[what];
    if (why) return say(why);
    said = "";
    pending = what;
    pendingSince = Date.now();
    ask({ do: what });
    drawHeader();
    drawFooter();
  }

  async function askToStop() {
    const why = refusals(model.get("head"), connected).stop;
    if (why) return say(why);
    const sure = await confirm.ask({
      title: "Stop the training?",
      body: ["The open round is aborted and pays nobody. Resume would go on from the last version."],
      yes: "Stop training",
      no: "Keep training",
    });
    if (sure) command("stop");
  }

  const steer = () => command(pauseButton.dataset.command);
  pauseButton.addEventListener("click", steer);
  stopButton.addEventListener("click", askToStop);

  function onMessage(content) {
    if (content.file) {
      exports.offer(content.file);
    } else if (content.refused) {
      pending = null;
      drawHeader();
      say(content.text);
    }
  }

  // --- life --------------------------------------------------------------------------------------
  el.classList.add("dml-view");
  el.append(header, chartHeading, people, side, foot.element);
  el.addEventListener("keydown", foot.onKey);
  keepsKeys(el);
  const watched = {
    head: () => {
      onHead();
      if (!model.get("strip").rounds?.length) drawStrip();
    },
    strip: drawStrip,
    pool: () => {
      drawPool();
      drawStrip();
    },
    events: drawEvents,
  };
  for (const [trait, draw] of Object.entries(watched)) model.on(`change:${trait}`, draw);
  model.on("msg:custom", onMessage);
  const unfollow = followKernel(model, (reachable) => {
    connected = reachable;
    if (reachable) heard = Date.now();
    drawHeader();
    drawFooter();
  });
  const clock = setInterval(() => {
    drawHeader();
    drawFooter();
    announce();
  }, 1000);
  const unfit = keepChartFitting(el, header);
  drawPool();
  drawStrip();
  drawEvents();
  onHead();

  return () => {
    clearInterval(clock);
    unfollow();
    unfit();
    model.off("msg:custom", onMessage);
    for (const [trait, draw] of Object.entries(watched)) model.off(`change:${trait}`, draw);
  };
}

export default { render };
