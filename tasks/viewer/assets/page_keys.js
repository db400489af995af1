// What the keys do on a page.

/** @returns {Object<string, function(KeyboardEvent)>} key -> action; false leaves a key to others */
export function pageKeys(view) {
  const start = (next) => () => view.move(view.selected === null ? 0 : next());
  return {
    ...alternativeKeys(view),
    ArrowDown: start(() => view.selected + 1), ArrowUp: start(() => view.selected - 1),
    ArrowLeft: start(() => view.reading.beside(view.selected, 1)), ArrowRight: start(() => view.reading.beside(view.selected, -1)),
    u: () => view.step("uncertain", 1), U: () => view.step("uncertain", -1),
    n: () => view.step("hits", 1), N: () => view.step("hits", -1),
    "+": () => view.scan.zoom(1.4), "-": () => view.scan.zoom(1 / 1.4), 0: () => view.scan.whole(),
    a: press("add"), b: press("boxes"), r: press("overlay"), "]": press("next"), "[": press("previous"),
    Enter: (event) => (event.target.closest("button, a") ? false : view.panel.focusInput()),
    x: () => view.toggleRemoved(), z: () => view.undo(), s: () => view.save(),
    Escape: () => view.select(null),
  };
}

/** 1 takes the first alternative, 9 the ninth. */
function alternativeKeys(view) {
  const take = (place) => () => {
    const pair = view.selected === null ? undefined : view.characters[view.selected].alternatives[place];
    if (pair) view.take(pair[0]);
  };
  return Object.fromEntries(Array.from({ length: 9 }, (_, place) => [String(place + 1), take(place)]));
}

/** A key for a button that may not be there: the last page has no next one. */
const press = (id) => () => document.getElementById(id)?.click();
