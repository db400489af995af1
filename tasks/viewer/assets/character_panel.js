// One character: its alternatives, and every way to correct it.

import { typedCodepoint, label } from "./characters.js";
import { element, notify } from "./dom.js";
import { glyph } from "./glyphs.js";
import { meter } from "./meter.js";
import { percent, say } from "./messages.js";

export class CharacterPanel {
  /** @param {{ontake: function(number), onremove: function(), onundo: function(), onclose: function()}} listeners */
  constructor(listeners) {
    this.listeners = listeners;
    this.node = element("section", { class: "one", "aria-label": say("chosen") });
  }

  draw(character, index, count) {
    this.node.classList.toggle("empty", character === null);
    if (character === null) {
      this.node.replaceChildren(element("p", { class: "hint" }, say("choose")));
      return;
    }
    this.node.replaceChildren(
      heading(character, index, count),
      element("ol", { class: "alternatives", "aria-label": say("alternatives") }, character.alternatives.map((pair, place) => this.alternative(pair, place, character))),
      this.typing(),
      this.actions(character),
    );
  }

  focusInput() {
    const field = this.node.querySelector("input");
    field?.focus();
    field?.select();
  }

  alternative([codepoint, confidence], place, character) {
    const { text, named } = glyph(codepoint);
    const isTaken = codepoint === character.codepoint && !character.removed;
    return element("li", {},
      element("button", { type: "button", "aria-pressed": String(isTaken), title: label(codepoint),
        onclick: () => this.listeners.ontake(codepoint) },
      element("span", { class: named ? "glyph named" : "glyph", lang: "ja" }, text),
      element("span", { class: "share" }, percent(confidence)),
      element("kbd", { "aria-hidden": "true" }, String(place + 1))));
  }

  typing() {
    const field = element("input", { type: "text", id: "right", lang: "ja", autocomplete: "off", autocapitalize: "off",
      spellcheck: "false", enterkeyhint: "done", size: 7 });
    const use = () => {
      const codepoint = typedCodepoint(field.value);
      if (codepoint === null) notify(say("oneCharacter"));
      else this.listeners.ontake(codepoint);
    };
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") use();
      if (event.key === "Escape") this.listeners.onclose();
    });
    return element("p", { class: "typing" }, element("label", { for: "right" }, say("type")), field,
      element("button", { type: "button", class: "plain", onclick: use }, say("use")));
  }

  actions({ removed, changed }) {
    return element("p", { class: "actions" },
      element("button", { type: "button", class: "plain", "aria-pressed": String(removed), onclick: this.listeners.onremove },
        say(removed ? "isCharacter" : "notCharacter")),
      element("button", { type: "button", class: "plain", disabled: !changed, onclick: this.listeners.onundo }, say("undo")));
  }
}

function heading({ codepoint, score, changed, removed }, index, count) {
  const { text, named } = glyph(codepoint);
  const certainty = removed ? say("removed") : changed || score === null ? say("byHand") : meter(score);
  return element("header", {},
    element("span", { class: named ? "large named" : "large", lang: "ja" }, text),
    element("span", { class: "facts" },
      element("span", {}, say("position", index + 1, count)),
      element("span", {}, label(codepoint)),
      element("span", {}, certainty)));
}

/** What floats beside the pointer: the alternatives at a glance. */
export class Tip {
  constructor() {
    this.node = element("div", { class: "tip", "aria-hidden": "true" });
  }

  show(character, x, y) {
    this.node.classList.toggle("shown", character !== null);
    if (character === null) return;
    const pairs = character.alternatives.length ? character.alternatives : [[character.codepoint, 1]];
    this.node.replaceChildren(...pairs.map(([codepoint, confidence]) => {
      const { text, named } = glyph(codepoint);
      return element("div", { class: codepoint === character.codepoint ? "now" : null },
        element("span", { class: named ? "glyph named" : "glyph", lang: "ja" }, text),
        element("span", {}, percent(confidence)));
    }));
    const { offsetWidth, offsetHeight } = this.node;
    this.node.style.left = `${Math.max(8, Math.min(x + 18, innerWidth - offsetWidth - 8))}px`;
    this.node.style.top = `${Math.max(8, Math.min(y + 18, innerHeight - offsetHeight - 8))}px`;
  }
}
