// Sends a page's corrections to the local server; somebody else's are never written over unseen.

import { correctionLine } from "./characters.js";
import { forgetTexts, saveCorrection } from "./data.js";
import { notify } from "./dom.js";
import { storeDraft } from "./drafts.js";
import { say } from "./messages.js";

/** Save what the view shows, or load what somebody else saved and lay the draft over it. */
export async function save(view) {
  if (Object.keys(view.draft.edits).length === 0) return;
  const line = correctionLine(view.page.key, view.characters);
  let answer;
  try {
    answer = await saveCorrection(line, view.draft.base);
  } catch (error) {
    notify(say("saveFailed", error.message));
    return;
  }
  const chosen = view.selected === null ? null : view.characters[view.selected].key;
  view.page.corrected = answer.corrected;
  view.draft = { base: answer.corrected?.version ?? null, edits: answer.conflict ? view.draft.edits : {} };
  storeDraft(view.page.id, view.draft);
  forgetTexts();
  view.selected = null;
  view.refresh();
  const index = view.characters.findIndex((character) => character.key === chosen);
  if (index >= 0) view.select(index, { focus: true });
  notify(say(answer.conflict ? "conflict" : "saved"));
}
