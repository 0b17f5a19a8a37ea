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
          setText(said, !reachable ? GONE : yes ? "Signing…" : "Not signed.");
        }
      });
    }
    if (model.get("answer")) setText(said, model.get("answer"));
    said.hidden = !said.textContent;
  }

  el.classList.add("dml-widget", "dml-confirm-dialog");
  keepsKeys(el);
  el.append(h("div", { class: "dml-view" }, box.element, said));
  model.on("change:question", draw);
  model.on("change:answer", draw);
  const unfollow = followKernel(model, (answers) => {
    reachable = answers;
    if (!reachable && box.isOpen()) {
      shown = 0;
      box.element.hidden = true;
      setText(said, GONE);
      said.hidden = false;
    }
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
