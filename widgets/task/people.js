// Who annotates: how each stands among the others, what was proven, and one's sheets in full.

import { viewToken } from "../action_form.js";
import { h, setText } from "../dom.js";
import { fixedField, numberField, selectField } from "../fields.js";
import { copyable, pythonText } from "../frame.js";
import { percent, significant } from "../format.js";
import { identiconSvg } from "../identicon.js";
import { keepingFocus } from "./focus.js";
import { STAGE_WORDS, formula, reasonWords, spell } from "./state.js";

const COLUMNS = ["annotator", "batches", "alike", "kappa", "gold right", "time an item", "score", "paid", "finding"];
const CAUSES = { spam: "spam", collusion: "collusion", absence: "promised and not shown" };

/** An account with its picture, by its name or shortened. */
export function personChip(address, name) {
  return h("span", { class: "dml-account", title: address }, identiconSvg(address), h("span", {}, name));
}

/** As {elements, form}; `names(address)` says who somebody is. */
export function peoplePlace(kit, names) {
  const { model } = kit;
  const view = viewToken();
  let chosen = null;
  let sheets = null;
  const people = () => model.get("people").rows ?? [];
  const asset = () => model.get("task_told").asset;

  const body = h("tbody");
  const table = h("table", { class: "dml-table dml-people" },
    h("thead", {}, h("tr", {}, ...COLUMNS.map((name, at) =>
      h("th", { scope: "col", class: at > 0 && at < COLUMNS.length - 1 ? "dml-numeric" : "" }, name)))), body);
  const place = h("div", { class: "dml-scrolls", tabindex: "0", role: "group", "aria-label": "Annotators" }, table);
  const nobody = h("p", { class: "dml-quiet" },
    "Nobody annotates yet. Whoever has the stake takes batches: task.next_batch(), or widgets.QuestionnairePanel(task).");
  const more = h("p", { class: "dml-quiet" });

  // --- one of them ---------------------------------------------------------------------------------
  const title = h("h5", { class: "dml-item-title" });
  const proof = h("p", { class: "dml-proof" });
  const sheetBody = h("tbody");
  const sheetTable = h("table", { class: "dml-table" },
    h("thead", {}, h("tr", {}, ...["batch", "stage", "worth", "why"].map((name) => h("th", { scope: "col" }, name)))),
    sheetBody);
  const batch = selectField({ label: "Answers to batch", ask: "choose…" });
  const who = fixedField(() => chosen ?? "", "Choose an annotator first.");
  const part = numberField({ label: "Part of the stake to take", unit: "%", start: "0" });
  const cause = selectField({ label: "Because of", options: Object.entries(CAUSES).map(([value, label]) => ({ value, label })) });
  const form = kit.form({
    name: "report",
    fields: { batch, who, part, cause },
    label: (values) => (values.batch ? `Report batch ${values.batch}…` : "Report…"),
    code: (values) =>
      `task.report(${values.batch || "…"}, ${pythonText(chosen ?? "…")}, part=${Number(values.part) / 100}, cause=${pythonText(values.cause || "spam")})`,
    done: "Reported",
    hint: "The answers earn nothing; a part of the stake can be taken.",
    sure: () => ({
      title: `Report ${names(chosen)}?`,
      body: [
        `The answers to batch ${batch.value()} earn nothing, and ${part.value() || "0"} % of what is at stake is taken: at once ` +
          "where you decide alone on the model, else when the collective says so. It cannot be taken back.",
      ],
      yes: "Report ⏎",
      no: "Leave it (Esc)",
    }),
  });
  const report = h("details", { class: "dml-report" }, h("summary", {}, "Report answers that were not given in good faith"), form);
  const foundPart = numberField({ label: "Part of the stake to take of each", unit: "%", start: "0" });
  const reports = () => people().filter(({ report: of }) => of != null);
  const reportsText = () => reports().map((row) => `${names(row.who)} (batch ${row.report}${row.finding ? `: ${row.finding[0]}` : ""})`).join(", ");
  const foundForm = kit.form({
    name: "report_found",
    fields: { part: foundPart },
    label: () => `Report the ${reports().length} who ${reports().length === 1 ? "was" : "were"} found out, one batch of each…`,
    code: (values) => `task.report_findings(task.judge().findings, ${Number(values.part) / 100})`,
    done: "Reported",
    hint: "One report an annotator; who was reported already is not reported here again.",
    sure: () => ({
      title: `Report ${reports().length} annotator${reports().length === 1 ? "" : "s"}, one batch of each?`,
      body: [
        `${reportsText()}. These answers earn nothing, and ${foundPart.value() || "0"} % of what each has at stake is taken, once: ` +
          "now where you decide alone on the model, else when the collective says so. It cannot be taken back.",
      ],
      yes: "Report ⏎",
      no: "Leave it (Esc)",
    }),
  });
  const detail = h("div", { class: "dml-person", hidden: true },
    title, proof, h("div", { class: "dml-scrolls", tabindex: "0", role: "group", "aria-label": "Sheets" }, sheetTable), report);

  function choose(address) {
    chosen = chosen === address ? null : address;
    const found = people().find((row) => row.who === chosen)?.finding;
    cause.set(found?.[0] === "copying" ? "collusion" : "spam");
    sheets = null;
    ask();
    draw();
  }
  function ask() {
    if (chosen) model.send({ do: "annotator", view, who: chosen });
  }

  function line(told) {
    const pick = h("button", { type: "button", class: "dml-person-pick", "aria-pressed": String(told.who === chosen) },
      personChip(told.who, names(told.who)));
    pick.addEventListener("click", () => choose(told.who));
    const holds = told.holds ? [h("span", { class: "dml-quiet" }, `, at ${told.holds[0]} until `), kit.time(told.holds[1])] : [];
    const known = told.known ? `${significant(told.right, 3)} of ${told.known}` : "–";
    const found = told.finding
      ? h("td", { class: "dml-finding", title: reasonWords(told.finding[1]) }, h("b", {}, `⚑ ${told.finding[0]}`))
      : h("td", {});
    const figure = (text, more) => h("td", { class: "dml-number", title: more }, text);
    return h("tr", { "data-chosen": String(told.who === chosen) },
      h("th", { scope: "row" }, pick),
      h("td", { class: "dml-number" }, String(told.handed), ...holds),
      figure(told.alike == null ? "–" : percent(told.alike), `${told.answers} answers`),
      figure(told.kappa == null ? "–" : told.kappa.toFixed(2)),
      figure(known),
      figure(spell(told.ms), "half of the items took less"),
      figure(told.score == null ? "–" : told.score.toFixed(2)),
      figure(`${significant(told.paid)} ${asset()}`, `${told.paid} ${asset()} paid, ${told.waiting} ${asset()} as things stand`),
      found);
  }

  function drawSheets() {
    const told = people().find((row) => row.who === chosen);
    detail.hidden = !told;
    if (!told) return;
    title.replaceChildren(personChip(chosen, names(chosen)), " ", copyable(chosen, "address", kit.say));
    setText(proof, told.finding ? `Found: ${told.finding[0]}. ${reasonWords(told.finding[1])}.` : "Nothing was found against this annotator.");
    const { reward } = model.get("task_told");
    sheetBody.replaceChildren(...(sheets?.rows ?? []).map((row) => {
      const worth = row.score == null ? "–" : formula(row, significant(reward), asset());
      const paid = row.amount == null ? "" : ` = ${significant(row.amount)} ${asset()}`;
      const word = row.word == null ? "" : row.word ? " ✓ accepted by you" : " ✕ rejected by you";
      return h("tr", {},
        h("th", { scope: "row", class: "dml-number" }, String(row.batch)),
        h("td", {}, STAGE_WORDS[row.stage], ...(row.until ? [", until ", kit.time(row.until)] : []), word),
        h("td", { class: "dml-worth", title: row.amount ? `${row.amount} ${asset()}` : null }, worth + paid),
        h("td", { class: "dml-reason" }, reasonWords(row.why)));
    }));
    const open = (sheets?.rows ?? []).filter(({ stage }) => ["shown", "fixed", "scored"].includes(stage));
    batch.update(open.map((row) => ({ value: String(row.batch), label: `batch ${row.batch}, ${STAGE_WORDS[row.stage]}` })));
    report.hidden = !model.get("task_told").owner || open.length === 0;
  }

  function draw() {
    const rows = people();
    nobody.hidden = rows.length > 0;
    place.hidden = rows.length === 0;
    keepingFocus(body, () => body.replaceChildren(...rows.map(line)));
    const { total } = model.get("people");
    foundForm.hidden = !model.get("task_told").owner || reports().length === 0 || Boolean(model.get("refusals")?.report_found);
    more.hidden = !(total > rows.length);
    setText(more, `and ${total - rows.length} more, who are in the export`);
    drawSheets();
  }

  function onMessage({ annotator }) {
    if (annotator?.view !== view || annotator.who !== chosen) return;
    sheets = annotator;
    drawSheets();
  }
  model.on("msg:custom", onMessage);
  kit.leave(() => model.off("msg:custom", onMessage));
  kit.follow("people", () => {
    draw();
    ask();
  });
  kit.follow("decided", ask);
  return { elements: [nobody, place, more, foundForm, detail] };
}
