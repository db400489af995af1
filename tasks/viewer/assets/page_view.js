// A page: scan, text and the chosen character, kept in step.

import { CharacterPanel, Tip } from "./character_panel.js";
import { applyEdits, savedCharacters, UNREAD } from "./characters.js";
import * as data from "./data.js";
import { showDownload } from "./dialogs.js";
import { element, notify } from "./dom.js";
import { loadDraft, storeDraft } from "./drafts.js";
import { bookName, pageName } from "./list_views.js";
import { say } from "./messages.js";
import { header, layOut, SaveBar } from "./page_layout.js";
import { pageKeys } from "./page_keys.js";
import { ReadingPanel } from "./reading_panel.js";
import { save } from "./saving.js";
import { Scan } from "./scan.js";
import { setKeys } from "./shortcuts.js";
import { findAll, fold, foldQuery } from "./text_search.js";

export async function showPage(main, id, query) {
  const page = await data.page(id);
  const [{ save: canSave }, book] = await Promise.all([data.archive(), data.book(page.book)]);
  const title = `${pageName(page.key)} · ${bookName(book.name)}`;
  if (page.error !== null) {
    main.replaceChildren(header(page, book), element("p", { class: "reason" }, `${say("unreadable")}: ${page.error}`));
    return { title, close: () => {} };
  }
  const view = new PageView(main, page, book, canSave, query);
  return { title, close: () => view.scan.close() };
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
      ondraw: (box) => this.add(box),
      onmissing: () => notify(say("imageMissing")),
    });
    this.rebase();
    this.refresh();
    if (this.hits.length) this.scan.viewer.addOnceHandler("open", () => this.step("hits", 1));
    setKeys(pageKeys(this));
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
    const { key } = this.characters[this.selected];
    const { codepoint, removed } = this.savedBefore(key) ?? { removed: true };
    const now = { codepoint, removed, ...this.draft.edits[key], ...change };
    if (now.removed === removed && (now.added || now.codepoint === codepoint)) delete this.draft.edits[key];
    else this.draft.edits[key] = now;
    this.keep(key);
  }

  /** A character that was missed; what it says is asked for. */
  add(box) {
    const key = `+${box}`;
    this.draft.edits[key] = { added: true, box, codepoint: UNREAD, removed: false };
    this.keep(key);
    this.panel.focusInput();
  }

  /** Store the draft and draw it, this character chosen if it is still there. */
  keep(key) {
    if (!storeDraft(this.page.id, this.draft)) notify(say("full"));
    const index = applyEdits(this.saved, this.draft.edits).findIndex((character) => character.key === key);
    this.selected = index < 0 ? null : index;
    this.refresh();
  }

  /** What is saved about a character; undefined if it is being added. */
  savedBefore(key) {
    return this.saved.find((character) => character.key === key);
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
    const { key, alternatives } = this.characters[this.selected];
    const { codepoint, removed } = this.savedBefore(key) ?? { codepoint: UNREAD, removed: true };
    if (this.draft.edits[key]) this.edit({ codepoint, removed });
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
}
