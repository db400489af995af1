// The text as a person reads it: vertical columns from right to left, a list of characters to choose.

import { toColumns } from "./columns.js";
import { element, refill } from "./dom.js";
import { glyph } from "./glyphs.js";
import { level } from "./meter.js";
import { percent, say } from "./messages.js";

export class ReadingPanel {
  /** @param {{onselect: function(number), onhover: function(number|null, number, number)}} listeners */
  constructor({ onselect, onhover }) {
    this.options = [];
    this.columns = [];
    this.node = element("div", { class: "columns", lang: "ja", "aria-label": say("reading"),
      onclick: (event) => this.withOption(event, onselect),
      onpointermove: (event) => event.pointerType === "mouse"
        && this.withOption(event, (index) => onhover(index, event.clientX, event.clientY), () => onhover(null)),
      onpointerleave: () => onhover(null) });
  }

  withOption(event, found, none = () => {}) {
    const option = event.target.closest("[data-index]");
    if (option) found(Number(option.dataset.index));
    else none();
  }

  draw(characters, hits, selected) {
    const hadFocus = this.node.contains(document.activeElement);
    this.columns = toColumns(characters);
    this.node.style.setProperty("--longest", Math.max(1, ...this.columns.map((column) => column.length)));
    this.options = characters.map((character, index) => makeOption(character, index, hits.has(index)));
    // A list box has to have options: without any it is a sentence.
    this.node.setAttribute("role", characters.length ? "listbox" : "note");
    refill(this.node, characters.length ? null : say("noCharacters"), this.columns.map((column) =>
      element("div", { role: "group", class: "column" }, column.map((index) => this.options[index]))));
    this.select(selected, hadFocus);
  }

  select(index, focus) {
    this.node.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.node.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    const option = this.options[index ?? 0];
    option?.setAttribute("tabindex", "0");
    if (index === null || !option) return;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (focus) option.focus({ preventScroll: true });
  }

  /** The character beside this one, so many columns further. */
  beside(index, step) {
    const here = this.columns.findIndex((column) => column.includes(index));
    const target = this.columns[here + step];
    if (!target) return null;
    return target[Math.min(target.length - 1, this.columns[here].indexOf(index))];
  }
}

function makeOption({ codepoint, score, removed, changed }, index, isHit) {
  const { text, named } = glyph(codepoint);
  const spoken = removed ? say("removed") : score === null || changed ? say("byHand") : percent(score);
  const classes = ["option", named ? "named" : null, removed ? "removed" : null, changed ? "changed" : null, isHit ? "hit" : null];
  return element("span", {
    role: "option", class: classes.filter(Boolean).join(" "), "data-index": index, "data-level": level(score),
    "aria-selected": "false", tabindex: "-1", "aria-label": `${text} ${spoken}`,
  }, text);
}
