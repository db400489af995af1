// A page's characters: what was read, what people saved about it, what is being changed now.

/**
 * @typedef {Object} Character
 * @property {string} key names its box on the page
 * @property {number[]} box x, y, width, height in pixels of the page
 * @property {number|null} score confidence from 0 to 1; null if a person put it there
 * @property {number[][]} alternatives code point and confidence, best first
 * @property {number} codepoint as it stands now
 * @property {boolean} removed marked as no character
 * @property {boolean} changed differs from what was read
 */

/** What was read, merged with the saved correction: its characters in its order, removed ones between. */
export function savedCharacters(page) {
  const read = readCharacters(page);
  if (!page.corrected) return read;
  const byKey = new Map(read.map((character) => [character.key, character]));
  const kept = keyed(page.corrected.characters.map(([codepoint, ...box]) => ({ codepoint, box })));
  const merged = kept.map(({ key, codepoint, box }) => {
    const found = byKey.get(key) ?? { key, box, score: null, alternatives: [] };
    return { ...found, codepoint, changed: found.codepoint !== codepoint };
  });
  return withRemoved(merged, read);
}

/** Stands for a character that nobody has read yet; it is never saved. */
export const UNREAD = "〓".codePointAt(0);

/** Lay a draft's edits over characters, and put what it adds where it is read. */
export function applyEdits(characters, edits) {
  const edited = characters.map((character) => {
    const edit = edits[character.key];
    return edit ? { ...character, ...edit, changed: true } : character;
  });
  for (const [key, edit] of Object.entries(edits).filter(([, { added }]) => added)) {
    edited.splice(placeOf(edit.box, edited), 0, { key, score: null, alternatives: [], changed: true, ...edit });
  }
  return edited;
}

/** Where a box is read: behind the one above it in its column, else before the one below, else before the columns at its left. */
function placeOf(box, characters) {
  const [x, y] = middle(box);
  const column = characters
    .map((other, index) => ({ index, place: middle(other.box), width: other.box[2] }))
    .filter(({ place, width }) => Math.abs(place[0] - x) < COLUMN * Math.max(width, box[2]))
    .sort((a, b) => a.place[1] - b.place[1]);
  const above = column.findLast(({ place }) => place[1] <= y);
  if (above) return above.index + 1;
  if (column.length) return column[0].index;
  const left = characters.findIndex((other) => middle(other.box)[0] < x);
  return left < 0 ? characters.length : left;
}

const COLUMN = 0.6; // of a character's width: so far aside it still stands in the column
const middle = ([x, y, width, height]) => [x + width / 2, y + height / 2];

/** The line of the corrections' file: all characters that remain. */
export function correctionLine(pageKey, characters) {
  const remaining = characters.filter(({ removed, codepoint }) => !removed && codepoint !== UNREAD);
  return {
    page: pageKey,
    characters: remaining.map(({ codepoint, box }) => ({ codepoint: label(codepoint), box })),
  };
}

export const label = (codepoint) =>
  `U+${codepoint.toString(16).toUpperCase().padStart(4, "0")}`;

/** Read one typed character, or a code point such as U+3042; null if it is neither. */
export function typedCodepoint(text) {
  const typed = text.trim().normalize("NFC");
  const named = /^[Uu]\+([0-9A-Fa-f]{4,6})$/.exec(typed);
  const codepoint = named ? Number.parseInt(named[1], 16) : typed.codePointAt(0);
  if (!named && [...typed].length !== 1) return null;
  const valid = codepoint > 0x20 && codepoint <= 0x10ffff && !(codepoint >= 0xd800 && codepoint <= 0xdfff);
  return valid ? codepoint : null;
}

function readCharacters(page) {
  const characters = page.scores.map((score, index) => ({
    box: page.boxes.slice(4 * index, 4 * index + 4),
    score: score / 1000,
    alternatives: page.alternatives[index],
    codepoint: page.alternatives[index][0][0],
    removed: false,
    changed: false,
  }));
  return keyed(characters);
}

/** Name each by its box; should two have the same, by their order too. */
function keyed(characters) {
  const seen = new Map();
  return characters.map((character) => {
    const name = character.box.join(",");
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return { removed: false, ...character, key: before ? `${name}#${before}` : name };
  });
}

/** Put what a correction left out behind the character that it followed. */
function withRemoved(merged, read) {
  const present = new Set(merged.map((character) => character.key));
  const following = new Map();
  let previous = null;
  for (const character of read) {
    if (present.has(character.key)) previous = character.key;
    else following.set(previous, [...(following.get(previous) ?? []), { ...character, removed: true, changed: true }]);
  }
  const result = [...(following.get(null) ?? [])];
  for (const character of merged) result.push(character, ...(following.get(character.key) ?? []));
  return result;
}
