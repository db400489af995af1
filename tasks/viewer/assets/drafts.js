// Corrections that nobody saved yet: kept by the browser, so that a reload loses nothing.

import * as data from "./data.js";
import { applyEdits, correctionLine, savedCharacters } from "./characters.js";

// Several archives may lie on one web server.
const PREFIX = `kuzushiji:draft:${location.pathname}:`;

/** A page's draft: the version that it continues, and per character what changes. */
export function loadDraft(pageId) {
  const text = localStorage.getItem(PREFIX + pageId);
  return text ? JSON.parse(text) : { base: null, edits: {} };
}

/**
 * Keep a draft, or drop it when nothing is left of it.
 * @returns {boolean} false if the browser has no room.
 */
export function storeDraft(pageId, draft) {
  try {
    if (Object.keys(draft.edits).length === 0) localStorage.removeItem(PREFIX + pageId);
    else localStorage.setItem(PREFIX + pageId, JSON.stringify(draft));
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

export function draftedPages() {
  return Object.keys(localStorage)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length));
}

/** All corrections, saved ones and drafts over them: page key -> line. */
export async function allCorrections() {
  const lines = await data.savedCorrections();
  for (const pageId of draftedPages()) {
    const page = await data.page(pageId).catch(() => null); // a page of an earlier archive here
    if (page === null) continue;
    const characters = applyEdits(savedCharacters(page), loadDraft(pageId).edits);
    lines.set(page.key, correctionLine(page.key, characters));
  }
  return lines;
}

export function toJsonLines(lines) {
  return [...lines.values()].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The challenge's CSV; it knows pages by file name alone. */
export function toChallengeCsv(lines) {
  const keys = new Map();
  const rows = [...lines.values()].map(({ page, characters }) => {
    const imageId = imageIdOf(page);
    if (keys.has(imageId)) throw new SameNameError(keys.get(imageId), page);
    keys.set(imageId, page);
    return `${quoted(imageId)},${characters.map(({ codepoint, box }) => `${codepoint} ${box.join(" ")}`).join(" ")}`;
  });
  return `${["image_id,labels", ...rows].join("\n")}\n`;
}

export class SameNameError extends Error {
  constructor(first, second) {
    super(`${first} ${second}`);
    this.keys = [first, second];
  }
}

function imageIdOf(key) {
  const name = key.slice(key.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

const quoted = (field) => (/[,"\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
