// Keys without Ctrl or Alt; they can be switched off, as speech input needs it.

const OFF_KEY = "kuzushiji:shortcuts-off";
let pageKeys = {};

export const shortcutsOn = () => localStorage.getItem(OFF_KEY) === null;

export function setShortcuts(on) {
  if (on) localStorage.removeItem(OFF_KEY);
  else localStorage.setItem(OFF_KEY, "1");
}

/** The keys of the view that is shown: key -> action. */
export function setKeys(keys) {
  pageKeys = keys;
}

export function listenToKeys(generalKeys) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
    const isNavigation = event.key.length > 1;
    if (!isNavigation && !shortcutsOn()) return;
    const action = pageKeys[event.key] ?? generalKeys[event.key];
    if (action && action(event) !== false) event.preventDefault();
  });
}

function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select");
}
