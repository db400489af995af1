// The list of books, and the pages of one book.

import * as data from "./data.js";
import { element } from "./dom.js";
import { say } from "./messages.js";
import { meter } from "./meter.js";

export const bookName = (name) => (name === "." ? say("unnamed") : name);
export const pageName = (key) => key.slice(key.lastIndexOf("/") + 1);

export async function showArchive(main) {
  const { name, books } = await data.archive();
  main.replaceChildren(
    element("h1", {}, name),
    element("p", { class: "summary" }, summary(books)),
    element("ul", { class: "books" }, books.map(bookCard)),
  );
  return name;
}

export async function showBook(main, id) {
  const [{ books }, { name, pages }] = await Promise.all([data.archive(), data.book(id)]);
  const list = element("ul", { class: "pages" });
  const select = element(
    "select",
    { id: "order", onchange: () => fillPages(list, pages, select.value) },
    ["byPage", "byConfidence"].map((order) => element("option", { value: order }, say(order))),
  );
  main.replaceChildren(
    element("nav", { class: "trail" }, element("a", { href: "#/" }, say("home"))),
    element("h1", {}, bookName(name)),
    element("div", { class: "summary" },
      summary(books.filter((book) => book.id === id)),
      element("span", { class: "ordering" }, element("label", { for: "order" }, say("order")), select)),
    list,
  );
  fillPages(list, pages, "byPage");
  return bookName(name);
}

function summary(books) {
  const sum = (field) => books.reduce((total, book) => total + book[field], 0);
  const parts = [say("pages", sum("pages")), say("characters", sum("characters"))];
  if (sum("failed")) parts.push(say("failed", sum("failed")));
  return element("span", {}, parts.join(" · "));
}

function bookCard(book) {
  return element("li", {},
    element("a", { class: "card", href: `#/book/${book.id}` },
      picture(book.cover),
      element("span", { class: "name" }, bookName(book.name)),
      element("span", { class: "facts" }, summary([book])),
      book.confidence === null ? null : meter(book.confidence)));
}

function fillPages(list, pages, order) {
  const shown = [...pages];
  if (order === "byConfidence") shown.sort((a, b) => (a.confidence ?? 2) - (b.confidence ?? 2));
  list.replaceChildren(...shown.map(pageCard));
}

function pageCard(page) {
  const name = element("span", { class: "name" }, pageName(page.key));
  if (page.error !== null) {
    return element("li", {}, element("div", { class: "card failed" }, picture(null), name,
      element("span", { class: "facts" }, `${say("unreadable")}: ${page.error}`)));
  }
  return element("li", {},
    element("a", { class: "card", href: `#/page/${page.id}` }, picture(page.image), name,
      page.characters ? element("span", { class: "facts" }, say("characters", page.characters)) : null,
      meter(page.confidence)));
}

/** A thumbnail; the name stands beside it, so it needs none of its own. */
function picture(image) {
  const frame = element("span", { class: "picture" });
  if (image === null) return frame;
  const thumbnail = element("img", { src: data.thumbnail(image), alt: "", loading: "lazy", decoding: "async" });
  thumbnail.addEventListener("error", () => thumbnail.remove());
  frame.append(thumbnail);
  return frame;
}
