// Recordings and films: played by key, their speed by key, where they are as a line to press on.

import { h, setText } from "../dom.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
const SEEK_SECONDS = 2;
const PEAKS = 600;
const DECODED_UP_TO = 32 << 20; // bytes: a longer recording unfolds to more than a page should hold

function clockText(seconds) {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = Math.floor(seconds);
  const tenth = Math.floor((seconds - whole) * 10);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}.${tenth}`;
}

/** The loudest sample of each of so many parts of a recording, 0 to 1. */
export function peaksOf(samples, parts = PEAKS) {
  const step = Math.max(1, Math.floor(samples.length / parts));
  const peaks = [];
  for (let from = 0; from < samples.length && peaks.length < parts; from += step) {
    let loudest = 0;
    for (let i = from; i < Math.min(samples.length, from + step); i++) {
      loudest = Math.max(loudest, Math.abs(samples[i]));
    }
    peaks.push(loudest);
  }
  const most = Math.max(...peaks, 1e-6);
  return peaks.map((peak) => peak / most);
}

async function peaksIn(blob) {
  if (blob.size > DECODED_UP_TO) return null;
  try {
    const context = new OfflineAudioContext(1, 1, 8000);
    const decoded = await context.decodeAudioData(await blob.arrayBuffer());
    return peaksOf(decoded.getChannelData(0));
  } catch {
    return null; // it may be played all the same
  }
}

/**
 * A part that plays, as {element, media, film, track, layer, duration(), time(), at(event), seek(s),
 * skip(back), toggle(), faster(more), close()}; `track` is the line of time, `layer` what a tool
 * may draw regions upon.
 *
 * `say` tells what a key did; `changed` is called when time or length change.
 */
export function player({ part, say, changed }) {
  const film = part.kind === "video";
  const media = h(film ? "video" : "audio", { preload: "auto", src: part.url, playsinline: true, disablepictureinpicture: true });
  const button = h("button", { type: "button", class: "dml-button dml-play", "aria-label": "Play" }, "▶");
  const position = h("span", { class: "dml-number dml-quiet" }, "0:00.0");
  const speed = h("span", { class: "dml-number dml-quiet", title: "speed" }, "1×");
  const wave = h("canvas", { class: "dml-wave", width: PEAKS, height: 64, "aria-hidden": "true" });
  const needle = h("span", { class: "dml-needle", "aria-hidden": "true" });
  const layer = h("div", { class: "dml-regions" });
  const track = h(
    "div",
    {
      class: "dml-track", tabindex: "0", role: "slider", "aria-label": "Position in the recording",
      "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0",
    },
    wave,
    layer,
    needle,
  );
  const element = h(
    "div",
    { class: film ? "dml-player dml-film" : "dml-player" },
    track,
    h("div", { class: "dml-playing" }, button, position, speed),
  );
  let closed = false;

  const duration = () => (Number.isFinite(media.duration) ? media.duration : 0);

  function draw() {
    const whole = duration();
    setText(position, `${clockText(media.currentTime)} / ${clockText(whole || NaN)}`);
    needle.style.left = `${whole ? (media.currentTime / whole) * 100 : 0}%`;
    track.setAttribute("aria-valuemax", whole.toFixed(1));
    track.setAttribute("aria-valuenow", media.currentTime.toFixed(1));
    track.setAttribute("aria-valuetext", `${media.currentTime.toFixed(1)} of ${whole.toFixed(1)} seconds`);
    setText(button, media.paused ? "▶" : "❚❚");
    button.setAttribute("aria-label", media.paused ? "Play" : "Pause");
  }

  function tick() {
    if (closed) return;
    draw();
    if (!media.paused) requestAnimationFrame(tick);
  }

  async function toggle() {
    if (!media.paused) return media.pause();
    try {
      await media.play();
    } catch {
      say("The browser cannot play this recording. Flag the item.");
    }
    return null;
  }

  /** The second under a pointer. */
  function atPointer(event) {
    const box = track.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * duration();
  }

  function seek(seconds) {
    media.currentTime = Math.min(duration(), Math.max(0, seconds));
    draw();
  }

  button.addEventListener("click", toggle);
  track.addEventListener("click", (event) => seek(atPointer(event)));
  for (const event of ["play", "pause", "seeked"]) media.addEventListener(event, tick);
  media.addEventListener("durationchange", () => {
    draw();
    changed();
  });
  media.addEventListener("loadedmetadata", () => {
    if (media.duration !== Infinity) return;
    // Recorders leave out how long it is; the end tells.
    media.addEventListener("durationchange", () => seek(0), { once: true });
    media.currentTime = Number.MAX_SAFE_INTEGER;
  });
  media.addEventListener("error", () => say("The browser cannot play this recording. Flag the item."));
  if (!film) {
    peaksIn(part.blob).then((peaks) => {
      if (!peaks || closed) return;
      const paint = wave.getContext("2d");
      paint.fillStyle = getComputedStyle(track).color;
      peaks.forEach((peak, x) => paint.fillRect(x, 32 - peak * 30, 1, Math.max(1, peak * 60)));
    });
  }

  return {
    element,
    media,
    track,
    layer,
    film,
    duration,
    toggle,
    seek,
    time: () => media.currentTime,
    at: atPointer,
    skip: (back) => seek(media.currentTime + (back ? -SEEK_SECONDS : SEEK_SECONDS)),
    faster(more) {
      const now = SPEEDS.indexOf(media.playbackRate);
      const place = Math.min(SPEEDS.length - 1, Math.max(0, now + (more ? 1 : -1)));
      media.playbackRate = SPEEDS[place];
      setText(speed, `${SPEEDS[place]}×`);
      say(`Plays at ${SPEEDS[place]} times the speed`);
    },
    close() {
      closed = true;
      media.pause();
      media.removeAttribute("src");
      media.load();
    },
  };
}
