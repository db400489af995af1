// The documents of the site, fetched once each. Paths are relative: the site may lie in any folder.

const held = new Map();

export class MissingError extends Error {}
export class UnreachableError extends Error {}

async function request(path, options = {}) {
  try {
    return await fetch(path, options);
  } catch (error) {
    throw new UnreachableError(path, { cause: error });
  }
}

async function fetchJson(path) {
  const response = await request(path);
  if (!response.ok) throw new MissingError(`${path}: ${response.status}`);
  return response.json();
}

function once(path) {
  if (!held.has(path)) {
    const promise = fetchJson(path);
    promise.catch(() => held.delete(path));
    held.set(path, promise);
  }
  return held.get(path);
}

export const archive = () => once("data/archive.json");
export const book = (id) => once(`data/books/${encodeURIComponent(id)}.json`);
export const bookText = (id) => once(`data/text/${encodeURIComponent(id)}.json`);
export const page = (id) => fetchJson(`data/pages/${encodeURIComponent(id)}.json`);

/** Corrections change texts: search has to fetch them again. */
export function forgetTexts() {
  for (const path of held.keys()) if (path.startsWith("data/text/")) held.delete(path);
}

/** The saved corrections: page key -> its line. */
export async function savedCorrections() {
  const response = await request("data/corrections.jsonl");
  if (!response.ok) throw new MissingError(`corrections: ${response.status}`);
  const lines = (await response.text()).split("\n").filter((line) => line.trim());
  return new Map(lines.map((line) => JSON.parse(line)).map((line) => [line.page, line]));
}

/**
 * Send one page's correction to the local server.
 * @returns {Promise<{conflict: boolean, corrected: Object|null}>} what is saved now.
 */
export async function saveCorrection(line, base) {
  const response = await request("corrections", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...line, base }),
  });
  if (response.status === 409) return { conflict: true, corrected: await response.json() };
  if (!response.ok) throw new Error(await response.text());
  return { conflict: false, corrected: await response.json() };
}

export const thumbnail = (image) => `images/${image}/thumbnail.jpg`;

const TILE = 1024;

/** A page for OpenSeadragon; the arithmetic is that of tasks/viewer/tiles.py. */
export function tileSource(page) {
  const longest = Math.max(page.width, page.height);
  const maxLevel = Math.ceil(Math.log2(longest));
  let minLevel = maxLevel;
  for (let side = longest; side > TILE; side = Math.ceil(side / 2)) minLevel -= 1;
  return {
    width: page.width,
    height: page.height,
    tileSize: TILE,
    tileOverlap: 1,
    minLevel,
    maxLevel,
    getTileUrl: (level, x, y) => `images/${page.image}/${level}/${x}_${y}.jpg`,
  };
}
