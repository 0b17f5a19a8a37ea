// What every widget has around its body: who signs, copyable text, lines of code, the keys.

import { h } from "./dom.js";
import { shortAddress } from "./format.js";

/** A shortened address, CID or hash that copies its full text when pressed. */
export function copyable(text, kind, say) {
  return h(
    "button",
    {
      type: "button",
      class: "dml-copy",
      title: `${text}\nPress to copy`,
      "aria-label": `Copy ${kind} ${text}`,
      async onclick() {
        try {
          await navigator.clipboard.writeText(text);
          say(`Copied ${kind} ${shortAddress(text)}`);
        } catch {
          say(`This page may not copy; here is the whole ${kind}: ${text}`);
        }
      },
    },
    shortAddress(text),
  );
}

/** The Python line that does or reads the same; shown while the frame shows code. */
export function codeLine(line) {
  return h("code", { class: "dml-code" }, line);
}

/** The table of keys, hidden until asked for. */
export function keyHelp(keys) {
  const rows = keys.flatMap(([key, meaning]) => [
    h("dt", {}, h("kbd", {}, key)),
    h("dd", {}, meaning),
  ]);
  return h("dl", { class: "dml-keys", hidden: true, "aria-label": "Keys" }, ...rows);
}

/** Offers text as a file to keep. */
export function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Calls back with true while the kernel can be reached and false while it can't. */
export function followKernel(model, callback) {
  const kernel = model.widget_manager?.kernel;
  if (!kernel?.connectionStatusChanged) return () => {};
  const tell = () => {
    const gone = ["dead", "restarting", "autorestarting", "terminating"].includes(kernel.status);
    callback(kernel.connectionStatus === "connected" && !gone && !kernel.isDisposed);
  };
  const lost = () => callback(false);
  kernel.connectionStatusChanged.connect(tell);
  kernel.statusChanged.connect(tell);
  kernel.disposed.connect(lost);
  return () => {
    kernel.connectionStatusChanged.disconnect(tell);
    kernel.statusChanged.disconnect(tell);
    kernel.disposed.disconnect(lost);
  };
}

/**
 * Keeps the plotly figure beside a view as wide as its place.
 *
 * Plotly draws before the figure is on the page, at a width it makes up, and looks at its place
 * again only when the window changes; so it is told that, once it is drawn and whenever the place
 * changes its width.
 */
export function keepChartFitting(view, attachedElement) {
  const place = new ResizeObserver(() => window.dispatchEvent(new Event("resize")));
  const drawn = new MutationObserver(look);
  const attached = new ResizeObserver(() => {
    if (!view.parentElement) return;
    attached.disconnect();
    drawn.observe(view.parentElement, { childList: true, subtree: true });
    look();
  });
  function look() {
    const chart = view.parentElement?.querySelector(".js-plotly-plot:has(.main-svg)");
    if (!chart) return;
    drawn.disconnect();
    place.observe(chart.parentElement);
  }
  attached.observe(attachedElement);
  return () => [place, drawn, attached].forEach((observer) => observer.disconnect());
}
