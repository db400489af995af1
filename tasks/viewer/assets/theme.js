// Light, dark, or as the system has it.

const KEY = "kuzushiji:theme";

export function applyTheme() {
  const chosen = localStorage.getItem(KEY);
  if (chosen) document.documentElement.dataset.theme = chosen;
}

export function switchTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const now = document.documentElement.dataset.theme ?? system;
  localStorage.setItem(KEY, now === "dark" ? "light" : "dark");
  applyTheme();
}
