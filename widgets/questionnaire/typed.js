// Questions that are answered by typing: numbers and text. Each pause in typing is kept.

import { h, setText } from "../dom.js";
import { visible } from "../visible.js";

const PAUSE_MS = 400;
const ONE_LINE = 200; // characters that are typed into a line rather than an area

/** What is typed as a number question's answer: {value} or {fault}; {} for nothing. */
export function readNumber(question, typed) {
  const text = typed.trim();
  if (!text) return {};
  if (text.includes(",")) return { fault: "Write a point before a fraction, and no commas: 1234.5." };
  if (!/^[+\-]?(\d+(\.\d*)?|\.\d+)(e[+\-]?\d+)?$/i.test(text)) return { fault: "Write a number, such as 12.5." };
  const value = Number(text);
  const { least, most, whole, unit } = question;
  const digits = whole || /^[+\-]?\d+$/.test(text);
  if (!Number.isFinite(value) || (digits && Number.isInteger(value) && !Number.isSafeInteger(value))) {
    return { fault: "That is more than can be kept exactly." };
  }
  if (whole && !Number.isInteger(value)) return { fault: "It is a whole number." };
  if (least != null && value < least) return { fault: `At least ${least} ${unit}`.trim() + "." };
  if (most != null && value > most) return { fault: `At most ${most} ${unit}`.trim() + "." };
  return { value };
}

/** What is typed as a text question's answer, likewise; characters are counted as the kernel does. */
export function readText(question, typed) {
  if (!typed.trim()) return {};
  const count = [...typed].length;
  if (count > question.longest) {
    return { fault: `${count.toLocaleString("en")} characters, ${question.longest.toLocaleString("en")} fit.` };
  }
  return { value: typed };
}

export function typedQuestion(question, host) {
  const number = question.answerType === "number";
  const lines = !number && question.longest > ONE_LINE;
  const read = (typed) => (number ? readNumber : readText)(question, typed);
  const asked = visible(question.questionText);
  const field = lines
    ? h("textarea", { rows: "4", dir: "auto", "aria-label": asked })
    : h("input", {
        type: "text",
        inputmode: number ? "decimal" : null,
        autocomplete: "off",
        dir: number ? null : "auto",
        "aria-label": asked,
      });
  const fault = h("p", { class: "dml-fault", role: "status" });
  let timer = 0;
  let sent;
  let place = ""; // of the item that was drawn last
  let left = false; // by Esc, for the sake of the panel's keys

  /** Keeps what is typed, where it is an answer; says why not otherwise, and when asked to. */
  function keep(tells) {
    clearTimeout(timer);
    const told = read(field.value);
    setText(fault, tells || !told.fault ? told.fault ?? "" : fault.textContent);
    field.setAttribute("aria-invalid", String(Boolean(told.fault)));
    if (told.fault || told.value === sent) return !told.fault;
    const before = sent;
    sent = told.value; // what is drawn meanwhile is this
    const taken = told.value === undefined ? host.clear() : host.answer(told.value);
    if (!taken) sent = before;
    return taken;
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => keep(true), PAUSE_MS);
  });
  field.addEventListener("blur", () => keep(true));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") left = true;
    if (event.key !== "Enter" || event.isComposing || event.altKey) return;
    if (lines && !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (keep(true)) host.next();
  });

  return {
    element: h(
      "div",
      {},
      h("span", { class: "dml-input" }, field, number && question.unit ? h("span", { class: "dml-unit", dir: "auto" }, visible(question.unit)) : null),
      // A fault stands in the hint's place, so that nothing moves under who presses something.
      h("div", { class: "dml-typed-words" }, fault,
        h("p", { class: "dml-quiet dml-hint" }, lines ? "Ctrl+Enter goes on; Esc leaves the field." : "Enter goes on; Esc leaves the field.")),
    ),
    options: [],
    draw({ value, fresh }) {
      // What was typed is not taken away by the kernel's last word, nor by its item, come late.
      const same = place === host.place();
      const typing = field.getRootNode().activeElement === field;
      place = host.place();
      if ((!fresh || same) && (typing || value === sent)) return;
      clearTimeout(timer);
      sent = value;
      field.value = value === undefined ? "" : String(value);
      setText(fault, "");
      field.removeAttribute("aria-invalid");
    },
    press: () => false,
    activate() {
      left = false;
      field.focus({ preventScroll: true });
    },
    /** Whether a key is the beginning of what is typed here; the field then has the focus. */
    types(key) {
      if (left || key.length !== 1) return false;
      field.focus({ preventScroll: true });
      return true;
    },
    /** Keeps what is typed before anything else happens; true where it is no answer. */
    finish: () => !keep(true),
    leave: () => keep(false),
  };
}
