// Help with the keyboard, and the download of corrections.

import { element, notify } from "./dom.js";
import { allCorrections, draftedPages, SameNameError, toChallengeCsv, toJsonLines } from "./drafts.js";
import { say } from "./messages.js";
import { setShortcuts, shortcutsOn } from "./shortcuts.js";

function open(title, ...content) {
  const dialog = element("dialog", { "aria-labelledby": "dialog-title", onclose: () => dialog.remove() },
    element("div", { class: "sheet" },
      element("h2", { id: "dialog-title" }, title),
      content,
      element("form", { method: "dialog" }, element("button", { class: "plain" }, say("close")))));
  // A click beside the sheet closes it.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  // The policy allows no form to be sent anywhere, not even this one.
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

export function showHelp() {
  const rows = Object.entries(say("keyNames")).map(([keys, meaning]) =>
    element("div", {},
      element("dt", {}, keys.split(" ").map((key) => (key === "…" ? "…" : element("kbd", {}, key)))),
      element("dd", {}, meaning)));
  const toggle = element("input", {
    type: "checkbox", id: "shortcuts", checked: shortcutsOn(), onchange: () => setShortcuts(toggle.checked),
  });
  open(say("keys"),
    element("p", {}, say("about")),
    element("dl", { class: "keys" }, rows),
    element("p", {}, toggle, " ", element("label", { for: "shortcuts" }, say("shortcutsOn"))));
}

export async function showDownload() {
  let lines;
  try {
    lines = await allCorrections();
  } catch {
    notify(say("missing"));
    return;
  }
  if (lines.size === 0) {
    open(say("downloadTitle"), element("p", {}, say("noCorrections")));
    return;
  }
  const drafts = draftedPages().length;
  open(say("downloadTitle"),
    element("p", {}, say("downloadText", lines.size)),
    drafts ? element("p", {}, say("unsavedPages", drafts)) : null,
    element("p", { class: "choices" },
      element("button", { type: "button", class: "strong", id: "download-jsonl",
        onclick: () => download("corrections.jsonl", "application/jsonl", toJsonLines(lines)) }, say("jsonLines")),
      element("button", { type: "button", class: "plain", id: "download-csv", onclick: () => downloadCsv(lines) }, say("csv"))));
}

function downloadCsv(lines) {
  try {
    download("corrections.csv", "text/csv", toChallengeCsv(lines));
  } catch (error) {
    if (!(error instanceof SameNameError)) throw error;
    notify(say("sameNames", ...error.keys));
  }
}

function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
