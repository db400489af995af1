// A page's characters: what was read, what people saved about it, what is being changed now.

/**
 * @typedef {Object} Character
 * @property {string} key names its box on the page
 * @property {number[]} box x, y, width, height in pixels of the page
 * @property {number|null} score confidence from 0 to 1; null if a person put it there
 * @property {number[][]} alternatives code point and probability, best first
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

/** Lay a draft's edits over characters. */
export function applyEdits(characters, edits) {
  return characters.map((character) => {
    const edit = edits[character.key];
    return edit ? { ...character, ...edit, changed: true } : character;
  });
}

/** The line of the corrections' file: all characters that remain. */
export function correctionLine(pageKey, characters) {
  const remaining = characters.filter((character) => !character.removed);
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
