// Which element answers which kind of question.

import { choiceQuestion, rankingQuestion } from "./choices.js";
import { labelledQuestion } from "./labelled.js";
import { regionTool } from "./region_tool.js";
import { shapeTool } from "./shape_tool.js";
import { spanTool } from "./span_tool.js";
import { typedQuestion } from "./typed.js";

/**
 * What answers a question, as {element, options, draw({value, keys, active, fresh}), press(key),
 * finish()} and, for some, activate(), leave(), key(name, event) and types(key).
 *
 * `draw` shows an answer, undefined for none; `fresh` says that the item is another. `press` does
 * what an option's key does and says whether there is such a key. `finish` is called when somebody
 * goes on; it keeps what is not kept yet, and returns true where that is no answer. `types` says
 * whether a key is typed into its field, which it then gives the focus.
 *
 * `host` is {answer(value, {done}), clear(), value(), place(), next(), say(text), spoken(text)};
 * `done` says that nothing is left to be said, so that the next question or item may come. `answer`
 * and `clear` return whether it was taken; where it was not, `value` is what holds. `place` tells one
 * item from all others, in other batches too.
 */
export function questionOf(question, host, stage) {
  switch (question.answerType) {
    case "number":
    case "text":
      return typedQuestion(question, host);
    case "ranking":
      return rankingQuestion(question, host);
    case "spans":
      return labelledQuestion(question, host, (parts) => spanTool(parts, stage, host));
    case "audio_regions":
      return labelledQuestion(question, host, (parts) => regionTool(parts, stage, host));
    case "boxes":
    case "polygons":
    case "points":
      return labelledQuestion(question, host, (parts) => shapeTool(question.answerType, parts, stage, host));
    default:
      return choiceQuestion(question, host);
  }
}
