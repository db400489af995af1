// Search over the whole archive, book by book, so that results appear while later books load.

import * as data from "./data.js";
import { element } from "./dom.js";
import { bookName, pageName } from "./list_views.js";
import { say } from "./messages.js";
import { findAll, fold, foldQuery, mayContain } from "./text_search.js";

const SHOWN_PAGES = 300;
const AROUND = 12; // characters of context on each side
const SNIPPETS = 3; // of a page

let running = 0;

export async function showSearch(main, query) {
  running += 1;
  const mine = running;
  const state = element("p", { class: "summary", role: "status" });
  const list = element("ol", { class: "results" });
  main.replaceChildren(
    element("nav", { class: "trail" }, element("a", { href: "#/" }, say("home"))),
    element("h1", {}, say("searchFor", query)),
    state,
    list,
    element("p", { class: "hint" }, say("searchHint")),
  );
  const folded = foldQuery(query);
  const { books } = await data.archive();
  const found = { places: 0, pages: 0 };
  for (const [index, book] of books.entries()) {
    if (mine !== running || !list.isConnected) return say("searchFor", query);
    state.textContent = say("searching", index + 1, books.length);
    searchBook(await data.bookText(book.id), book, folded, query, list, found);
  }
  state.textContent = conclusion(found);
  return say("searchFor", query);
}

function conclusion({ places, pages }) {
  if (places === 0) return say("nothing");
  const counted = say("results", places, pages);
  return pages > SHOWN_PAGES ? `${counted}. ${say("tooMany", SHOWN_PAGES)}` : counted;
}

function searchBook(texts, book, folded, query, list, found) {
  for (const [id, key, text] of texts) {
    const places = mayContain(text, folded) ? findAll(fold(text), folded) : [];
    if (places.length === 0) continue;
    found.places += places.length;
    found.pages += 1;
    if (found.pages <= SHOWN_PAGES) list.append(result(id, key, text, places, folded.length, book, query));
  }
}

function result(id, key, text, places, length, book, query) {
  const characters = Array.from(text);
  const snippets = places.slice(0, SNIPPETS).map((place) => snippet(characters, place, length));
  return element("li", {},
    element("a", { href: `#/page/${id}?q=${encodeURIComponent(query)}` },
      element("span", { class: "where" }, `${bookName(book.name)} · ${pageName(key)}`),
      element("span", { class: "snippets", lang: "ja" }, snippets)));
}

function snippet(characters, place, length) {
  const start = Math.max(0, place - AROUND);
  const end = place + length;
  return element("span", { class: "snippet" },
    start > 0 ? "…" : "",
    characters.slice(start, place).join(""),
    element("mark", {}, characters.slice(place, end).join("")),
    characters.slice(end, end + AROUND).join(""),
    end + AROUND < characters.length ? "…" : "");
}
