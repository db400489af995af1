// The frame around every view: header, addresses, keys.

import { showDownload, showHelp } from "./dialogs.js";
import { button, element } from "./dom.js";
import { MissingError, UnreachableError } from "./data.js";
import { showArchive, showBook } from "./list_views.js";
import { currentLanguage, say, switchLanguage } from "./messages.js";
import { showPage } from "./page_view.js";
import { showSearch } from "./search_view.js";
import { listenToKeys, setKeys } from "./shortcuts.js";
import { applyTheme, switchTheme } from "./theme.js";

const main = document.getElementById("main");
const bar = document.getElementById("bar");
const ICONS = {
  theme: "M20 14.5A8.5 8.5 0 1 1 9.5 4 7 7 0 0 0 20 14.5z",
  help: "M9.2 9a3 3 0 1 1 4 2.8c-.8.4-1.2 1-1.2 2v.4 M12 17.5v.1 M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  download: "M12 4v11 M7.5 11 12 15.5 16.5 11 M5 20h14",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13 M15.5 15.5 20 20",
};

let closeView = () => {};

/** #/page/ID?q=TEXT -> ["page", "ID"] and its query. */
function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean), query: new URLSearchParams(query) };
}

async function show() {
  closeView();
  closeView = () => {};
  setKeys({});
  const { parts: [kind, id], query } = address();
  main.className = kind ?? "archive";
  try {
    const title = await view(kind, id, query);
    document.title = `${title} · Kuzushiji`;
  } catch (error) {
    if (!(error instanceof MissingError || error instanceof UnreachableError)) throw error;
    const sentence = error instanceof MissingError ? say("notFound") : say("missing");
    main.className = "archive";
    main.replaceChildren(element("h1", {}, sentence), element("p", {}, element("a", { href: "#/" }, say("home"))));
  }
}

async function view(kind, id, query) {
  if (kind === "book") return showBook(main, id);
  if (kind === "search") return showSearch(main, query.get("q") ?? "");
  if (kind !== "page") return showArchive(main);
  const page = await showPage(main, id, query.get("q") ?? "");
  closeView = page.close;
  return page.title;
}

function drawBar() {
  document.documentElement.lang = currentLanguage();
  const field = element("input", {
    type: "search", id: "search", "aria-label": say("search"), placeholder: say("searchPlaceholder"),
    value: address().query.get("q") ?? "", autocomplete: "off", enterkeyhint: "search",
  });
  bar.replaceChildren(
    element("a", { class: "skip", href: "#main", onclick: skip }, say("skip")),
    element("a", { class: "brand", href: "#/", title: say("home") },
      element("img", { src: "icon.svg", alt: "", width: 28, height: 28 }), element("span", {}, "Kuzushiji")),
    element("search", {}, field),
    element("div", { class: "tools" },
      button(say("download"), ICONS.download, showDownload, { id: "download" }),
      element("button", { type: "button", class: "tool words", id: "language", lang: currentLanguage() === "ja" ? "en" : "ja",
        onclick: changeLanguage }, say("switchLanguage")),
      button(say("theme"), ICONS.theme, switchTheme, { id: "theme" }),
      button(say("help"), ICONS.help, showHelp, { id: "help" })),
  );
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !field.value.trim()) return;
    field.blur(); // keys are shortcuts again
    location.hash = `#/search?q=${encodeURIComponent(field.value.trim())}`;
  });
}

function skip(event) {
  event.preventDefault();
  main.focus();
}

function changeLanguage() {
  switchLanguage();
  drawBar();
  show();
}

function focusSearch() {
  const field = document.getElementById("search");
  field.focus();
  field.select();
}

applyTheme();
drawBar();
listenToKeys({ "/": focusSearch, "?": showHelp, t: switchTheme, l: changeLanguage });
window.addEventListener("hashchange", () => {
  main.scrollTo?.(0, 0);
  window.scrollTo(0, 0);
  show();
});
show();
