// The dialogue below a cell that asks before much is moved; the kernel waits for its answer.

import { h, setText } from "./dom.js";
import { followKernel, guardedModel, keepsKeys } from "./frame.js";
import { moneyQuestion } from "./money_question.js";
import { questionBox } from "./question.js";

const GONE = "The kernel is gone, so nothing is signed.";

function render({ model: bare, el }) {
  const model = guardedModel(bare);
  const box = questionBox();
  const said = h("p", { class: "dml-answer", role: "status", "aria-live": "polite" });
  let shown = 0;
  let reachable = true;

  function tell(words) {
    setText(said, words);
    said.hidden = !words;
  }

  function draw() {
    const told = model.get("question");
    if (told.id == null) {
      box.close();
    } else if (told.id !== shown) {
      shown = told.id;
      const question = moneyQuestion(told, (text) => setText(said, text));
      box.ask(question).then((yes) => {
        if (model.get("question").id === told.id) {
          if (reachable) model.send({ do: "answer", question: told.id, yes });
          tell(!reachable ? GONE : yes ? "Signing…" : "Not signed.");
        }
      });
    }
    tell(model.get("answer") || said.textContent);
  }

  el.classList.add("dml-widget", "dml-confirm-dialog");
  keepsKeys(el);
  el.append(h("div", { class: "dml-view" }, box.element, said));
  model.on("change:question", draw);
  model.on("change:answer", draw);
  const unfollow = followKernel(model, (answers) => {
    reachable = answers;
    if (!box.isOpen()) return;
    box.element.hidden = !reachable; // the cell still waits, if the line comes back
    tell(reachable ? "" : GONE);
  });
  // The page focuses the widget's place only once it is in the document.
  requestAnimationFrame(draw);
  return () => {
    unfollow();
    model.off("change:question", draw);
    model.off("change:answer", draw);
  };
}

export default { render };
