// Where the parts of a page stand, and its tools.

import { button, element, refill } from "./dom.js";
import { bookName, pageName } from "./list_views.js";
import { say } from "./messages.js";

const ICONS = {
  previous: "M15 5l-7 7 7 7", next: "M9 5l7 7-7 7",
  zoomIn: "M12 5v14M5 12h14", zoomOut: "M5 12h14", whole: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  boxes: "M6 4h5v5H6zM6 14h5v6H6zM15 4h4v7h-4zM15 15h4v5h-4z",
  overlay: "M5 4h6v16H5zM15 5v3M15 11v3M15 17v2M19 5v3M19 11v3",
  add: "M4 4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M4 9V4M12 8.5v7M8.5 12h7",
  uncertain: "M12 4.5 3.5 19h17zM12 10v4.5M12 16.8v.2",
};
const BOXES_KEY = "kuzushiji:boxes";
const OVERLAY_KEY = "kuzushiji:overlay";

/** Fill the view; returns the node that holds the scan. */
export function layOut(main, view, book) {
  const holder = element("div", { class: "holder" });
  const scanNode = element("section", { class: "scan", "aria-label": say("scan") }, holder, tools(view), legend());
  const text = element("section", { class: "text", "aria-label": say("reading") }, view.reading.node);
  main.replaceChildren(
    header(view.page, book),
    scanNode, text,
    element("div", { class: "desk" }, view.panel.node, view.saveBar.node),
    view.tip.node,
  );
  scanNode.classList.toggle("boxes", localStorage.getItem(BOXES_KEY) !== "off");
  scanNode.classList.toggle("overlay-on", localStorage.getItem(OVERLAY_KEY) === "on");
  return holder;
}

export function header(page, book) {
  const pages = book.pages.filter((other) => other.error === null);
  const here = pages.findIndex((other) => other.id === page.id);
  return element("nav", { class: "trail" },
    element("a", { href: "#/" }, say("home")),
    element("a", { href: `#/book/${book.id}` }, bookName(book.name)),
    element("h1", {}, pageName(page.key)),
    here < 0 ? null : element("span", { class: "turn" },
      turn("previous", say("previousPage"), pages[here - 1]),
      element("span", {}, `${here + 1} / ${pages.length}`),
      turn("next", say("nextPage"), pages[here + 1])));
}

function turn(id, name, page) {
  if (!page) return null;
  const link = button(name, ICONS[id], () => { location.hash = `#/page/${page.id}`; }, { id });
  return link;
}

function tools(view) {
  return element("div", { class: "tools" },
    button(say("zoomIn"), ICONS.zoomIn, () => view.scan.zoom(1.4)),
    button(say("zoomOut"), ICONS.zoomOut, () => view.scan.zoom(1 / 1.4)),
    button(say("wholePage"), ICONS.whole, () => view.scan.whole()),
    switchButton("boxes", ICONS.boxes, "boxes", BOXES_KEY, localStorage.getItem(BOXES_KEY) !== "off"),
    switchButton("overlay", ICONS.overlay, "overlay-on", OVERLAY_KEY, localStorage.getItem(OVERLAY_KEY) === "on"),
    button(say("leastCertain"), ICONS.uncertain, () => view.step("uncertain", 1), { id: "uncertain" }),
    button(say("add"), ICONS.add, () => view.scan.drawing.toggle(), { id: "add", "aria-pressed": "false" }));
}

function switchButton(id, path, className, key, isOn) {
  const node = button(say(id), path, () => {
    const on = node.closest(".scan").classList.toggle(className);
    node.setAttribute("aria-pressed", String(on));
    localStorage.setItem(key, on ? "on" : "off");
  }, { id, "aria-pressed": String(isOn) });
  return node;
}

function legend() {
  return element("p", { class: "legend" },
    element("span", {}, say("unsure")),
    [0, 1, 2, 3].map((level) => element("span", { class: "swatch", "data-level": level, "aria-hidden": "true" })),
    element("span", {}, say("sure")));
}

/** How much is unsaved, and what to do about it. */
export class SaveBar {
  constructor(onsave, ondownload) {
    this.onsave = onsave;
    this.ondownload = ondownload;
    this.node = element("div", { class: "save" });
  }

  draw(count, canSave) {
    this.node.hidden = count === 0;
    refill(this.node,
      element("span", {}, say("unsaved", count)),
      element("button", { type: "button", class: canSave ? "plain" : "strong", onclick: this.ondownload }, say("download")),
      canSave ? element("button", { type: "button", class: "strong", id: "save", onclick: this.onsave }, say("save")) : null);
  }
}
