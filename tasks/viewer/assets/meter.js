// Confidence for the eye: a bar and a percentage, in one of four colours.

import { element } from "./dom.js";
import { percent, say } from "./messages.js";

const BOUNDS = [0.3, 0.6, 0.85];

/** 0 is unsure, 3 is sure; what a person entered is sure. */
export function level(score) {
  return score === null ? BOUNDS.length : BOUNDS.filter((bound) => score >= bound).length;
}

export function meter(score) {
  if (score === null) return element("span", { class: "meter none" }, say("noCharacters"));
  return element(
    "span",
    { class: "meter", "data-level": level(score), title: say("confidence"), vars: { "--share": score } },
    element("span", { class: "track", "aria-hidden": "true" }),
    element("span", { class: "hidden" }, `${say("confidence")} `),
    percent(score),
  );
}
