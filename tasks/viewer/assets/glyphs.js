// Characters as people can see them: a code point that no installed font draws is shown as U+….

import { label } from "./characters.js";

const SIZE = 24;
const NONCHARACTER = 0x10ffff; // no font has it: what it looks like is how a missing glyph looks
const drawn = new Map();
let context = null;
let missing = "";


/** Text for a code point, and whether it is only its name. */
export function glyph(codepoint) {
  return hasGlyph(codepoint)
    ? { text: String.fromCodePoint(codepoint), named: false }
    : { text: label(codepoint), named: true };
}

function hasGlyph(codepoint) {
  // Every Japanese system font has these blocks; the rest is tried.
  if ((codepoint >= 0x3041 && codepoint <= 0x30ff) || (codepoint >= 0x4e00 && codepoint <= 0x9fa5)) {
    return true;
  }
  if (!drawn.has(codepoint)) drawn.set(codepoint, isVisible(codepoint));
  return drawn.get(codepoint);
}

function isVisible(codepoint) {
  const text = String.fromCodePoint(codepoint);
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{M}]/u.test(text)) return false; // nothing to see alone
  missing ||= picture(String.fromCodePoint(NONCHARACTER));
  return picture(text) !== missing;
}

function picture(text) {
  context ??= newContext();
  context.clearRect(0, 0, 2 * SIZE, 2 * SIZE);
  context.fillText(text, 4, 1.4 * SIZE);
  return context.getImageData(0, 0, 2 * SIZE, 2 * SIZE).data.join();
}

function newContext() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * SIZE;
  const created = canvas.getContext("2d", { willReadFrequently: true });
  created.font = `${SIZE}px ${getComputedStyle(document.documentElement).getPropertyValue("--mincho")}`;
  return created;
}
