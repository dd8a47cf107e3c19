// All that the page says, in one table. Another language: another column, chosen by the browser's languages.
// {name} stands for a value; a list of two is for one and for many, by the value n.

const TEXTS = {
  en: {
    title: "inkread: handwritten digits",
    skip: "Skip to the sheet",
    modes: "What to read",
    draw: "Draw",
    photo: "Photo",
    answer: "What was read",
    work: "The sheet",
    digits: "Digits, where they stand",
    tools: "Tools",
    digitPanel: "One digit",

    nothingYet: "What you draw is read here",
    nothingYetPhoto: "What is on it is read here",
    noDigits: "No digits found",
    noDigitsSpoken: "No digits found.",
    emptySpoken: "The sheet is empty.",
    sure: "{percent} sure",
    sureOfAll: "{percent} sure of all of it",
    count: ["one digit", "{n} digits"],
    doubtful: ["one is doubtful", "{n} are doubtful"],
    correctedSome: ["one is corrected", "{n} are corrected"],
    asYouSaid: "as you said",
    unread: ["one piece of ink left unread", "{n} pieces of ink left unread"],
    reading: "Reading …",
    spoken: "{number}. {sure}.",
    spokenDoubt: "{number}. {sure}. {doubtful}.",
    box: "Digit {n} of {all}: {value}, {percent} sure",
    boxDoubtful: "Digit {n} of {all}: {value}, doubtful, {percent} sure",
    boxCorrected: "Digit {n} of {all}: {value}, corrected, it was read as {read}",
    boxConfirmed: "Digit {n} of {all}: {value}, confirmed",
    corrected: "corrected",
    confirmed: "confirmed",
    mark: "{text}, a mark between digits",

    emptyDraw: "Draw a number",
    emptyDrawMore: "with a mouse, a finger or a pen, anywhere on the sheet",
    emptyPhoto: "Show it a photo",
    emptyPhotoMore: "Drop one here, paste it, or",
    choosePhoto: "Choose a photo",
    takePhoto: "Take a photo",
    anotherPhoto: "Another photo",
    dropHere: "Let go to read it",

    pen: "Pen",
    eraser: "Eraser",
    width: "Width of the pen",
    thin: "Thin pen",
    medium: "Medium pen",
    thick: "Thick pen",
    undo: "Undo",
    redo: "Redo",
    clear: "Clear",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    zoomFit: "Whole photo",
    pages: "Pages",
    pageBefore: "Page before",
    pageAfter: "Next page",
    pageOf: "{n} of {all}",
    copy: "Copy",
    copied: "Copied",
    speak: "Speak",
    savePicture: "Picture",
    savePictureLong: "Download the picture with its digits boxed",
    saveJson: "JSON",
    saveJsonLong: "Download all that was read as JSON",

    digitNone: "Choose a digit to see how it was read.",
    digitNoneYet: "As soon as there is a digit, you see here how it was read.",
    digitTitle: "Digit {n} of {all}",
    digitBefore: "The digit before",
    digitAfter: "The digit after",
    glyph: "What the network is given: 28 by 28 pixels",
    glyphShort: "as the network sees it",
    sureOfDigit: "{percent} sure",
    doubtfulDigit: "doubtful: {percent} sure",
    chances: "How likely each digit is, from the shape alone",
    shapeAlone: "The shape alone, without its neighbours",
    runnerUp: "It might also be {list}.",
    runnerUpNone: "No other digit comes near.",
    cutInDoubt: "What is in doubt is whether this ink is one digit.",
    wrong: "Is it another digit?",
    correctTo: "It is a {value}",
    kept: ["Kept for training: one so far.", "Kept for training: {n} so far."],
    handTitle: "Your handwriting",
    handAbout: ["One correction is kept. Digits that look like it may be read as you said.", "{n} corrections are kept. Digits that look like them are read as you said."],
    handNone: "Nothing is learned yet. Choose a digit that was misread, and say what it is.",
    handOn: "Read digits as I corrected them",
    handClose: "Done",
    keptAs: "a {label}, was read as {guessed}",
    keptUnread: "a {label}, was not read",
    forget: "Forget",
    forgetThis: "Forget: {said}",
    forgetAll: ["Forget it", "Forget all {n}"],
    unadapted: "Without your corrections it would be a {value}.",
    keptBefore: "That is kept already.",
    correctedDigit: "corrected by you",
    confirmedDigit: "confirmed by you",
    wasRead: "It was read as {value}, {percent} sure.",
    wasReadDoubtful: "It was read as {value}, doubtful: {percent} sure.",
    takeBack: "Take back",
    takenBack: ["Taken back. One correction is kept.", "Taken back. {n} corrections are kept."],
    noLongerThere: "This digit is no longer there. Correct it as it is read now.",
    or: " or ",

    table: "Table",
    tableLong: "Show what was read as a table",
    tableTitle: "Table",
    tableOf: "Table {n}",
    tableWaiting: "Finding rows and columns …",
    tableNone: "There are no digits, so there is no table.",
    tableSize: "{rows} × {columns} cells",
    tableHelp: "Tab goes to the next doubtful cell, Enter confirms, typing corrects.",
    doubtfulCells: ["one is doubtful", "{n} are doubtful"],
    noDoubt: "none is doubtful",
    saidCells: ["one is corrected", "{n} are corrected"],
    cell: "{name}: {text}",
    cellDoubtful: "{name}: {text}, doubtful, {percent} sure",
    cellSaid: "{name}: {text}, as you said",
    cellEmpty: "{name}, empty",
    cellUnread: "{name}: ink that was not read",
    copyTable: "Copy the table, tabs between cells",
    saveCsv: "CSV",
    saveCsvLong: "Download the table as CSV",
    saveXlsx: "XLSX",
    saveXlsxLong: "Download the table as XLSX",

    insideOpen: "What the network sees",
    insideClose: "Close",
    insideTitle: "What the network sees",
    insideLead: "How this {value} is read, from the picture to the answer.",
    insideWaiting: "Looking inside …",
    stepImage: "The picture",
    stepImageMore: "as it came, around the digit",
    stepInk: "The ink",
    stepInkMore: "how much of each pixel is pen, whatever the paper",
    stepSegments: "The pieces",
    stepSegmentsMore: ["where the ink may be cut; one box may hold a digit", "where the ink may be cut; {n} boxes here may hold a digit"],
    stepGlyph: "The glyph",
    stepGlyphMore: "one box, brought to 28 by 28 pixels: all that the network gets",
    stepMaps: "What each layer finds",
    stepMapsMore: "Each layer looks for patterns in what the one before it found: edges first, then bends and loops. The stronger the colour, the more of it was found there.",
    layer: "Layer {n}",
    layerMaps: "{maps} maps of {width} by {height}",
    layerShown: "{maps} maps of {width} by {height}, the {shown} strongest",
    stepDecided: "What decided",
    stepDecidedMore: "A spot of ink was taken away, or put down, everywhere in turn, and the network was asked again. Blue speaks for the {value}, orange against it.",
    inkDecided: "Ink that decides",
    paperDecided: "Paper that decides",
    stepChances: "What the shape says",
    stepChancesMore: "how likely each is, from the shape alone; the digit is {percent} sure among its neighbours",
    aMark: "mark",
    several: "several",
    notADigit: "none",

    local: "Nothing leaves the machine that serves this page.",
    api: "API",
    tokenTitle: "This server asks for a token",
    tokenAbout: "Whoever started it was told one.",
    tokenLabel: "Token",
    tokenUse: "Use it",

    offline: "The server does not answer. Is it still running?",
    theFile: "The file ",
    notAPicture: "This is no picture.",
    cannotShow: "This browser cannot show this kind of picture.",
    clipboardEmpty: "There is no picture in the clipboard.",
  },
};

const chosen = (navigator.languages ?? ["en"]).map((tag) => tag.slice(0, 2)).find((tag) => tag in TEXTS) ?? "en";

/** The text with this name, its {places} filled in. */
export function t(name, values = {}) {
  let text = TEXTS[chosen][name] ?? TEXTS.en[name];
  if (Array.isArray(text)) text = text[values.n === 1 ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (_, place) => String(values[place]));
}

/**
 * A probability (0 to 1) as people read it: rounded down, never 100 %; below 10 % with one decimal.
 * The twin of percent in confidence.py. The space does not break.
 */
export function percent(probability) {
  const thousandths = Math.min(990, Math.floor(Math.round(probability * 1e6) / 1000));
  return `${thousandths >= 100 ? Math.floor(thousandths / 10) : thousandths / 10}\u00a0%`;
}

/** Fills in every element that names its text, and names what cannot be seen. */
export function fillIn(root = document) {
  document.documentElement.lang = chosen;
  document.title = t("title");
  for (const each of root.querySelectorAll("[data-text]")) each.textContent = t(each.dataset.text);
  for (const each of root.querySelectorAll("[data-label]")) each.setAttribute("aria-label", t(each.dataset.label));
}
