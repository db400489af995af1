// A page: scan, text and the chosen character, kept in step.

import { CharacterPanel, Tip } from "./character_panel.js";
import { applyEdits, savedCharacters } from "./characters.js";
import * as data from "./data.js";
import { showDownload } from "./dialogs.js";
import { notify } from "./dom.js";
import { loadDraft, storeDraft } from "./drafts.js";
import { bookName, pageName } from "./list_views.js";
import { say } from "./messages.js";
import { layOut, SaveBar } from "./page_layout.js";
import { ReadingPanel } from "./reading_panel.js";
import { save } from "./saving.js";
import { Scan } from "./scan.js";
import { setKeys } from "./shortcuts.js";
import { findAll, fold, foldQuery } from "./text_search.js";

export async function showPage(main, id, query) {
  const page = await data.page(id);
  const [{ save: canSave }, book] = await Promise.all([data.archive(), data.book(page.book)]);
  const view = new PageView(main, page, book, canSave, query);
  return { title: `${pageName(page.key)} · ${bookName(book.name)}`, close: () => view.scan.close() };
}

class PageView {
  constructor(main, page, book, canSave, query) {
    this.page = page;
    this.query = query;
    this.canSave = canSave;
    this.draft = loadDraft(page.id);
    this.selected = null;
    this.makeParts();
    const scanNode = layOut(main, this, book);
    this.scan = new Scan(scanNode, page, {
      onselect: (index) => this.select(index, { show: false }),
      onhover: (index, x, y) => this.hover(index, x, y),
      onmissing: () => notify(say("imageMissing")),
    });
    this.rebase();
    this.refresh();
    if (this.hits.length) this.scan.viewer.addOnceHandler("open", () => this.step("hits", 1));
    setKeys(this.keys());
  }

  makeParts() {
    this.tip = new Tip();
    this.reading = new ReadingPanel({
      onselect: (index) => this.select(index, { show: true, focus: true }),
      onhover: (index, x, y) => this.hover(index, x, y),
    });
    this.panel = new CharacterPanel({
      ontake: (codepoint) => this.take(codepoint),
      onremove: () => this.toggleRemoved(),
      onundo: () => this.undo(),
      onclose: () => this.select(this.selected, { focus: true }),
    });
    this.saveBar = new SaveBar(() => this.save(), showDownload);
  }

  /** Draw everything from page and draft. */
  refresh() {
    this.saved = savedCharacters(this.page);
    this.characters = applyEdits(this.saved, this.draft.edits);
    this.hits = this.findHits();
    const marked = new Set(this.hits.flat());
    this.scan.draw(this.characters, marked, this.selected);
    this.reading.draw(this.characters, marked, this.selected);
    this.drawChosen();
    this.saveBar.draw(Object.keys(this.draft.edits).length, this.canSave);
  }

  drawChosen() {
    const character = this.selected === null ? null : this.characters[this.selected];
    this.panel.draw(character, this.selected, this.characters.length);
  }

  select(index, { show = false, focus = false } = {}) {
    this.selected = index;
    this.scan.select(index, show);
    this.reading.select(index, focus);
    this.drawChosen();
  }

  hover(index, x, y) {
    this.tip.show(index === null ? null : this.characters[index], x, y);
  }

  findHits() {
    const query = foldQuery(this.query);
    const places = this.characters.flatMap(({ removed }, index) => (removed ? [] : [index]));
    const text = fold(places.map((index) => String.fromCodePoint(this.characters[index].codepoint)).join(""));
    return findAll(text, query).map((start) => places.slice(start, start + query.length));
  }

  /** Change the chosen character; a change back to what is saved is none. */
  edit(change) {
    if (this.selected === null) return;
    const { key, codepoint, removed } = this.saved[this.selected];
    const now = { codepoint, removed, ...this.draft.edits[key], ...change };
    if (now.codepoint === codepoint && now.removed === removed) delete this.draft.edits[key];
    else this.draft.edits[key] = now;
    if (!storeDraft(this.page.id, this.draft)) notify(say("full"));
    this.refresh();
  }

  take(codepoint) {
    this.edit({ codepoint, removed: false });
    this.reading.select(this.selected, true);
  }

  toggleRemoved() {
    if (this.selected !== null) this.edit({ removed: !this.characters[this.selected].removed });
  }

  /** Take back what is unsaved, else what was saved before. */
  undo() {
    if (this.selected === null) return;
    const { key, alternatives, codepoint } = this.saved[this.selected];
    if (this.draft.edits[key]) this.edit(this.saved[this.selected].removed ? { codepoint, removed: true } : { codepoint, removed: false });
    else if (alternatives.length) this.edit({ codepoint: alternatives[0][0], removed: false });
  }

  /** A draft continues what is saved now; if that is another than before, the person has to know. */
  rebase() {
    const version = this.page.corrected?.version ?? null;
    const isOutdated = Object.keys(this.draft.edits).length > 0 && this.draft.base !== version;
    this.draft.base = version;
    if (isOutdated) notify(say("conflict"));
  }

  async save() {
    if (this.canSave) await save(this);
    else await showDownload();
  }

  /** Go through hits, or through all characters from the least certain. */
  step(kind, direction) {
    const list = kind === "hits" ? this.hits.map(([first]) => first) : this.leastCertain();
    if (list.length === 0) return;
    const here = list.indexOf(this.selected);
    const start = here < 0 && direction < 0 ? 0 : here;
    const next = (start + direction + list.length) % list.length;
    this.select(list[next], { show: true, focus: true });
    if (kind === "hits") notify(say("hits", next + 1, list.length));
  }

  leastCertain() {
    const open = this.characters.flatMap(({ score, changed }, index) => (score === null || changed ? [] : [index]));
    if (open.length === 0) notify(say("noUncertain"));
    const untouched = new Set([...open, ...(this.selected === null ? [] : [this.selected])]);
    return [...untouched].sort((a, b) => (this.characters[a].score ?? 1) - (this.characters[b].score ?? 1));
  }

  move(index) {
    if (index !== null && index >= 0 && index < this.characters.length) this.select(index, { show: true, focus: true });
  }

  keys() {
    const along = (step) => () => this.move(this.selected === null ? 0 : this.selected + step);
    const across = (step) => () => this.move(this.selected === null ? 0 : this.reading.beside(this.selected, step));
    const ranks = Object.fromEntries(Array.from({ length: 9 }, (_, place) => [String(place + 1), () => this.takeAlternative(place)]));
    return {
      ...ranks,
      ArrowDown: along(1), ArrowUp: along(-1), ArrowLeft: across(1), ArrowRight: across(-1),
      u: () => this.step("uncertain", 1), U: () => this.step("uncertain", -1),
      n: () => this.step("hits", 1), N: () => this.step("hits", -1),
      "+": () => this.scan.zoom(1.4), "-": () => this.scan.zoom(1 / 1.4), 0: () => this.scan.whole(),
      b: () => this.toggle("boxes"), r: () => this.toggle("overlay"),
      Enter: (event) => (event.target.closest("button, a") ? false : this.panel.focusInput()),
      x: () => this.toggleRemoved(), z: () => this.undo(), s: () => this.save(),
      Escape: () => this.select(null),
      "]": () => this.go("next"), "[": () => this.go("previous"),
    };
  }

  takeAlternative(place) {
    const pair = this.selected === null ? undefined : this.characters[this.selected].alternatives[place];
    if (pair) this.take(pair[0]);
  }

  toggle(id) {
    document.getElementById(id).click();
  }

  go(id) {
    document.getElementById(id)?.click();
  }
}
