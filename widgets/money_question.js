// What is asked before much is moved: who signs, what leaves, the fee, the call's arguments.

import { h } from "./dom.js";
import { copyable } from "./frame.js";
import { shortAddress, significant } from "./format.js";
import { identiconSvg } from "./identicon.js";

/** An amount for reading, the exact one in the tooltip. */
function amount([exact, symbol]) {
  return h("b", { class: "dml-number", title: `${exact} ${symbol}` }, `${significant(exact)} ${symbol}`);
}

/** A question of the kernel as what `questionBox().ask` takes. */
export function moneyQuestion(told, say) {
  const { name, address } = told.signer;
  const fact = (term, ...value) => [h("dt", {}, term), h("dd", {}, ...value)];
  const leaves = told.leaves.flatMap((each, i) => (i ? [", ", amount(each)] : [amount(each)]));
  const parts = [
    h(
      "dl",
      { class: "dml-facts" },
      ...fact("signs", identiconSvg(address), ` ${name} `, copyable(address, "address", say)),
      ...fact("leaves the account", ...leaves),
      ...fact("fee", amount(told.fee)),
      ...told.moved
        .filter(([who, exact]) => who !== address && !exact.startsWith("-"))
        .flatMap(([who, exact, symbol]) =>
          fact(h("span", { title: who }, `to ${shortAddress(who)}`), amount([exact, symbol])),
        ),
      ...fact(
        "as signed",
        h("code", {}, `${told.call}(${told.arguments.map((pair) => pair.join("=")).join(", ")})`),
      ),
    ),
  ];
  return { title: `Sign ${told.call}?`, body: parts, yes: "Sign and send ⏎", no: "Don’t sign (Esc)" };
}
