// The columns of a page, from its characters in reading order: a new one begins where the next
// character is not below the last, or stands aside.

const ASIDE = 1.2; // widths of a character

/** @returns {number[][]} positions of the characters of each column */
export function toColumns(characters) {
  const columns = [];
  let last = null;
  characters.forEach(({ box }, index) => {
    if (last === null || startsColumn(last, box)) columns.push([]);
    columns.at(-1).push(index);
    last = box;
  });
  return columns;
}

function startsColumn([lastX, lastY, lastWidth, lastHeight], [x, y, width, height]) {
  const isBelow = y + height / 2 > lastY + lastHeight / 2;
  const aside = Math.abs(x + width / 2 - (lastX + lastWidth / 2));
  return !isBelow || aside > ASIDE * Math.max(width, lastWidth);
}
