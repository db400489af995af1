// Search in texts of old Japanese: one code point of text is one character on the page.

/**
 * Fold what old texts leave open: voicing marks, hiragana or katakana. One code point stays one, so
 * that places in the folded text are places in the text.
 */
export function fold(text) {
  return Array.from(text, foldCharacter);
}

const KATAKANA_TO_HIRAGANA = 0x60;

function foldCharacter(character) {
  const base = character.normalize("NFD").codePointAt(0);
  const isKatakana = base >= 0x30a1 && base <= 0x30f6;
  return String.fromCodePoint(isKatakana ? base - KATAKANA_TO_HIRAGANA : base);
}

export function foldQuery(query) {
  return fold(query.normalize("NFC").replace(/\s+/gu, ""));
}

/** Where a folded query begins in a folded text; occurrences may overlap. */
export function findAll(folded, query) {
  const places = [];
  if (query.length === 0) return places;
  for (let start = 0; start + query.length <= folded.length; start += 1) {
    if (query.every((character, offset) => folded[start + offset] === character)) places.push(start);
  }
  return places;
}

/** Quickly tell that a text cannot have a query: most pages do not. */
export function mayContain(text, query) {
  return text.length >= query.length && fold(text).join("").includes(query.join(""));
}
