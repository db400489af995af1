// Characters as drawn over the scan, in pixels of the page.

import { svg } from "./dom.js";
import { glyph } from "./glyphs.js";
import { level } from "./meter.js";

/** The median size of a page's characters, in its pixels. */
export function usualSize(characters) {
  const sizes = characters.map(({ box }) => Math.max(box[2], box[3])).sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? 1;
}

/** A box with its reading at its right, as red ink is put beside a column. */
export function shape(character, isHit, usual) {
  const { box: [x, y, width, height], score, removed, changed, codepoint } = character;
  const { text, named } = glyph(codepoint);
  const size = usual * (named ? 0.18 : 0.5);
  const classes = ["character", removed ? "removed" : null, changed ? "changed" : null, isHit ? "hit" : null];
  return svg("g", { class: classes.filter(Boolean).join(" "), "data-level": level(score) },
    svg("rect", { x, y, width, height }),
    removed ? svg("path", { d: `M${x} ${y}l${width} ${height}m0 ${-height}l${-width} ${height}` })
      : svg("text", { x: x + width, y: y + height / 2, "font-size": size }, text));
}
