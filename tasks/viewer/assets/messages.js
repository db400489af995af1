// What the interface says, in English and Japanese.

const MESSAGES = {
  en: {
    switchLanguage: "日本語",
    home: "All books", skip: "Skip to the content",
    search: "Search the text", searchFor: (query) => `“${query}”`, searchPlaceholder: "Search…",
    theme: "Light or dark", help: "Keyboard and help", close: "Close",
    unnamed: "Pages",
    pages: (n) => `${n} ${n === "1" ? "page" : "pages"}`,
    characters: (n) => `${n} ${n === "1" ? "character" : "characters"}`,
    failed: (n) => `${n} not readable`,
    confidence: "Mean confidence", noCharacters: "No characters found", unreadable: "Not readable",
    order: "Order", byPage: "Page order", byConfidence: "Least certain first",
    scan: "Scan", reading: "Reading",
    zoomIn: "Zoom in", zoomOut: "Zoom out", wholePage: "Whole page", boxes: "Show boxes",
    overlay: "Readings beside the columns", leastCertain: "Next least certain character", add: "Draw a box around a missed character",
    previousPage: "Previous page", nextPage: "Next page", imageMissing:
      "The scan cannot be shown: it is gone from the archive, or has changed since it was read.",
    unsure: "unsure", sure: "sure",
    choose: "Choose a character on the scan or in the text to see its alternatives.",
    position: (i, n) => `Character ${i} of ${n}`,
    byHand: "Corrected", alternatives: "Alternatives", chosen: "Chosen character",
    type: "Right character", use: "Use", oneCharacter: "Type one character, or a code point such as U+3042.",
    notCharacter: "Not a character", isCharacter: "It is a character", undo: "Undo", removed: "Marked as no character",
    unsaved: (n) => `${n} unsaved ${n === "1" ? "change" : "changes"} on this page`,
    save: "Save", saved: "Saved beside the readings.", saveFailed: (e) => `Not saved: ${e}`,
    conflict: "Somebody else corrected this page meanwhile. Their corrections are loaded, yours lie on top: look, then save.",
    full: "This browser's memory is full: save or download your corrections now.",
    download: "Download…", downloadTitle: "Download corrections",
    downloadText: (n) => `Corrected pages: ${n}. Each holds all its characters after correction, and serves as labels.`,
    unsavedPages: (n) => `${n} of them ${n === "1" ? "is" : "are"} kept in this browser only.`,
    noCorrections: "There are no corrections yet.",
    jsonLines: "JSON Lines", csv: "Challenge CSV",
    sameNames: (a, b) => `The challenge's CSV tells pages apart by file name only, but ${a} and ${b} share one. Use JSON Lines.`,
    results: (n, pages) => `${n} ${n === "1" ? "place" : "places"} on ${pages} ${pages === "1" ? "page" : "pages"}`,
    searching: (i, n) => `Searching book ${i} of ${n}…`, nothing: "Nothing found.", tooMany: (n) => `The first ${n} pages are shown; a longer search text narrows it.`,
    searchHint: "Voiced and unvoiced kana, hiragana and katakana count as the same.",
    hits: (i, n) => `Hit ${i} of ${n}`, noUncertain: "There are no characters on this page.",
    missing: "This could not be loaded. Is the viewer still running?", notFound: "There is no such page here.",
    shortcutsOn: "Keys without Ctrl or Alt act as shortcuts",
    keys: "Keyboard",
    keyNames: {
      "/": "Search", "?": "This help", t: "Light or dark", l: "Language",
      "↓ ↑": "Next, previous character", "← →": "Next, previous column",
      "u U": "Next, previous least certain character", "n N": "Next, previous hit of the search",
      "] [": "Next, previous page", "+ − 0": "Zoom in, out, whole page", "b r": "Boxes, readings on the scan",
      "1 … 9": "Take an alternative", Enter: "Type the right character", a: "Draw a box around a missed character", "x": "Not a character, or it is",
      z: "Undo this character's correction", s: "Save, or download", Esc: "Let go of the character",
    },
    about: "Boxes are coloured by confidence. Unsaved corrections stay in this browser until you save or download them.",
  },
  ja: {
    switchLanguage: "English",
    home: "一覧へ", skip: "本文へ移動",
    search: "本文を検索", searchFor: (query) => `「${query}」`, searchPlaceholder: "検索…",
    theme: "明暗の切替", help: "キー操作と説明", close: "閉じる",
    unnamed: "頁",
    pages: (n) => `${n}頁`, characters: (n) => `${n}字`, failed: (n) => `読取不可 ${n}`,
    confidence: "平均確信度", noCharacters: "文字なし", unreadable: "読取不可",
    order: "並び", byPage: "頁順", byConfidence: "確信度の低い順",
    scan: "画像", reading: "翻刻",
    zoomIn: "拡大", zoomOut: "縮小", wholePage: "全体", boxes: "枠を表示",
    overlay: "行の横に読みを表示", leastCertain: "次に不確かな文字", add: "読み落とした文字を枠で囲む",
    previousPage: "前の頁", nextPage: "次の頁",
    imageMissing: "画像を表示できません。原画像が無いか、読取後に変更されています。",
    unsure: "低", sure: "高",
    choose: "画像か本文の文字を選ぶと、候補が表示されます。",
    position: (i, n) => `${n}字中 ${i}字目`,
    byHand: "訂正済", alternatives: "候補", chosen: "選んだ文字",
    type: "正しい文字", use: "決定", oneCharacter: "一文字、または U+3042 のような符号を入力してください。",
    notCharacter: "文字ではない", isCharacter: "文字である", undo: "元に戻す", removed: "文字ではないとした枠",
    unsaved: (n) => `この頁の未保存の訂正 ${n}件`,
    save: "保存", saved: "翻刻データの隣に保存しました。", saveFailed: (e) => `保存できません：${e}`,
    conflict: "この頁は他の人が先に訂正しました。その訂正を読み込み、あなたの訂正を重ねました。確認して保存してください。",
    full: "ブラウザの保存領域が一杯です。今すぐ保存かダウンロードをしてください。",
    download: "ダウンロード…", downloadTitle: "訂正のダウンロード",
    downloadText: (n) => `訂正した頁：${n}。各頁の全文字を含むので、そのまま正解データになります。`,
    unsavedPages: (n) => `うち${n}頁はこのブラウザだけにあります。`,
    noCorrections: "訂正はまだありません。",
    jsonLines: "JSON Lines", csv: "コンペ形式CSV",
    sameNames: (a, b) => `コンペ形式CSVは頁をファイル名だけで区別しますが、${a} と ${b} は同名です。JSON Linesをお使いください。`,
    results: (n, pages) => `${pages}頁に${n}箇所`,
    searching: (i, n) => `検索中 ${i}／${n}冊…`, nothing: "見つかりません。", tooMany: (n) => `最初の${n}頁を表示しています。語を長くすると絞り込めます。`,
    searchHint: "清濁、ひらがなとカタカナは区別しません。",
    hits: (i, n) => `${n}箇所中 ${i}`, noUncertain: "この頁に文字はありません。",
    missing: "読み込めません。ビューアは起動していますか。", notFound: "そのような頁はありません。",
    shortcutsOn: "CtrlやAltなしのキーで操作する",
    keys: "キー操作",
    keyNames: {
      "/": "検索", "?": "この説明", t: "明暗の切替", l: "言語の切替",
      "↓ ↑": "次の字、前の字", "← →": "次の行、前の行", "u U": "次に、前に不確かな文字",
      "n N": "次の一致、前の一致", "] [": "次の頁、前の頁", "+ − 0": "拡大、縮小、全体",
      "b r": "画像上の枠、読み", "1 … 9": "候補を選ぶ", Enter: "正しい文字を入力", a: "読み落とした文字を枠で囲む",
      x: "文字ではない／文字である", z: "この字の訂正を取り消す", s: "保存またはダウンロード", Esc: "選択を解除",
    },
    about: "枠の色は確信度です。未保存の訂正は、保存かダウンロードまでこのブラウザに残ります。",
  },
};

const LANGUAGE_KEY = "kuzushiji:language";
let language = initialLanguage();

function initialLanguage() {
  const chosen = localStorage.getItem(LANGUAGE_KEY);
  if (chosen in MESSAGES) return chosen;
  return navigator.language.startsWith("ja") ? "ja" : "en";
}

export function currentLanguage() {
  return language;
}

export function switchLanguage() {
  language = language === "ja" ? "en" : "ja";
  localStorage.setItem(LANGUAGE_KEY, language);
}

/** A message; numbers among its values are written for people. */
export function say(name, ...values) {
  const message = MESSAGES[language][name];
  return typeof message === "function" ? message(...values.map(written)) : message;
}

function written(value) {
  return typeof value === "number" ? value.toLocaleString(language) : value;
}

export function percent(share) {
  return share.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 });
}
