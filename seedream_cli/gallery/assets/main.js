// Keys, and putting the page together.

const KEYS = [
  ["← → ↑ ↓", "move; Home, End, Page Up and Page Down too"],
  ["Enter", "look at a draft"], ["Space", "select it for comparing"],
  ["1 – 5", "rate it; 0 for none of these"], ["p", "pick it"], ["x", "reject it"],
  ["c", "compare those selected, two to four"], ["d", "blind duels, which become ratings"],
  ["f", "filter by words, tag, rating, model, seed, batch"],
  ["y", "copy the prompt"], ["s", "copy the seed"], ["m", "copy the command that draws it again"],
  ["r", page.live ? "draw it again" : "copy the command that draws it again"], ["t", "tag it"],
  ["+ − z", "zoom, all pictures together; wheel and fingers too"], ["Shift + arrows", "move within the picture"],
  ["Esc", "back"], ["?", "these keys"],
];

const help = byId("help");

function openHelp() {
  help.showModal();
}

const GRID_KEYS = {
  Enter: () => openViewer(),
  " ": () => shown[current] && toggleSelected(shown[current]),
  Escape: clearSelection,
  c: openCompare,
  d: startDuels,
};
for (const name of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]) {
  GRID_KEYS[name] = () => move(name);
}

/** Keys of both the grid and the viewer, which act on one draft. */
const DRAFT_KEYS = {
  p: pick,
  x: reject,
  y: (draft) => copy(draft.prompt, "prompt"),
  s: (draft) => copy(draft.seed, "seed"),
  m: (draft) => copy(draft.rerun, "command"),
  r: (draft) => openRerun(draft),
  t: (draft) => {
    if (!viewer.open || looked.length > 1) openViewer(draft);
    viewer.querySelector("[name=tag]").focus();
  },
};
for (const rating of [0, 1, 2, 3, 4, 5]) DRAFT_KEYS[rating] = (draft) => rate(draft, rating);

function isTyping(target) {
  return target.closest("textarea, select, input:not([type=checkbox])") !== null;
}

function press(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape" && !openDialog()) {
      event.preventDefault();
      focusCurrent();
    }
    return;
  }
  // Buttons and links keep the keys that press them.
  const pressesButton = ["Enter", " "].includes(event.key) && event.target.closest("button, a, summary, input");
  const isSingle = event.key.length === 1 && event.key !== " ";
  if (pressesButton || (isSingle && !byId("keys-on").checked)) return;
  const action = actionOf(event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key, event.target);
  if (!action) return;
  event.preventDefault();
  action();
}

function actionOf(name, target) {
  const dialog = openDialog();
  if (dialog === help || dialog === rerun) return null;
  if (name === "?") return openHelp;
  if (dialog === duel) return results ? { Backspace: undo, Enter: finish }[name] : DUEL_KEYS[name];
  const draft = dialog === viewer ? looked[lookedAt] : shown[current];
  if (name === "f" && dialog !== viewer) return () => filterForm.elements.text.focus();
  if (DRAFT_KEYS[name]) return draft ? () => DRAFT_KEYS[name](draft) : null;
  if (dialog === viewer) return VIEWER_KEYS[name];
  // Elsewhere on the page the arrows and the space bar scroll, as everywhere.
  return (name.length > 1 || name === " ") && !target.closest("#grid") ? null : GRID_KEYS[name];
}

function setUp() {
  setUpMarks();
  setUpFilter(showDrafts);
  setUpGrid(openViewer);
  setUpViewer();
  setUpDuels();
  setUpRerun();
  for (const close of document.querySelectorAll("dialog .close")) {
    close.addEventListener("click", () => close.closest("dialog").close());
  }
  byId("do-compare").addEventListener("click", openCompare);
  byId("do-duel").addEventListener("click", startDuels);
  byId("do-help").addEventListener("click", openHelp);
  help.querySelector(".keys").append(element("dl", {}, ...KEYS.flatMap(([name, what]) => (
    [element("dt", {}, element("kbd", {}, name)), element("dd", {}, what)]
  ))));
  document.addEventListener("keydown", press);
  showDrafts();
}

setUp();
