// Tables that scroll show where there is more of them: no scroll bar does on every machine.

/** Marks a place that scrolls with `data-more`, "right", "below" or both; returns what ends it. */
export function showsMore(place) {
  const look = () => {
    const more = [
      place.scrollLeft + place.clientWidth < place.scrollWidth - 1 ? "right" : "",
      place.scrollTop + place.clientHeight < place.scrollHeight - 1 ? "below" : "",
    ].filter(Boolean).join(" ");
    if (place.dataset.more !== more) place.dataset.more = more;
  };
  const sizes = new ResizeObserver(look);
  sizes.observe(place);
  for (const child of place.children) sizes.observe(child);
  place.addEventListener("scroll", look, { passive: true });
  return () => sizes.disconnect();
}
