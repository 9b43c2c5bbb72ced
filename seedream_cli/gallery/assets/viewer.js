// One draft as large as the window, or two to four side by side.

const viewer = byId("viewer");
let looked = [];
let lookedAt = 0;

const viewerStage = new Stage(viewer.querySelector(".stage"), {
  swipe: (step) => { if (looked.length === 1) turn(step); },
  choose: (position) => lookAt(position),
});

function openViewer(draft = shown[current]) {
  if (!draft) return;
  look([draft]);
}

/** Compare what is selected; where that is fewer than two, the current draft with its parent, or with the next one. */
function openCompare() {
  const compared = shown.filter((draft) => selected.has(draft.id));
  const [draft, parent] = [shown[current], draftsById.get(shown[current]?.parent)];
  if (compared.length > 4) say("the first four of those selected");
  if (compared.length >= 2) return look(compared.slice(0, 4));
  const other = compared.find((each) => each !== draft) ?? shown[current + 1] ?? shown[current - 1];
  if (!draft || !(parent || other)) return say("there is nothing to compare it with");
  return look(compared.length || !parent ? [draft, other] : [parent, draft]);
}

function look(compared) {
  looked = compared;
  lookedAt = 0;
  const alone = compared.length === 1;
  viewer.classList.toggle("comparing", !alone);
  viewerStage.show(compared, {
    describe: (draft, position) => (alone ? null : `${position + 1}: ${draft.id}, seed ${draft.seed}`),
  });
  byId("go-previous").hidden = byId("go-next").hidden = !alone;
  if (!viewer.open) viewer.showModal();
  lookAt(0);
  viewer.querySelector(".details").scrollTop = 0;
}

function lookAt(position) {
  lookedAt = Math.min(Math.max(position, 0), looked.length - 1);
  viewerStage.setCurrent(lookedAt);
  const found = shown.indexOf(looked[lookedAt]);
  if (found >= 0) setCurrent(found);
  showDetails();
}

function showDetails() {
  const draft = looked[lookedAt];
  if (!viewer.open || !draft) return;
  const alone = looked.length === 1;
  byId("viewer-title").textContent = alone
    ? `${draft.sandbox ? "Stand-in " : ""}${draft.id}, ${shown.indexOf(draft) + 1} of ${shown.length}`
    : `Comparing ${looked.length}: ${lookedAt + 1} is marked`;
  // What has the focus is made anew with the rest: it is found again by its place.
  const details = viewer.querySelector(".details");
  const controls = () => [...details.querySelectorAll("button, input, a")];
  const focused = controls().indexOf(document.activeElement);
  const parts = alone ? describeDraft(draft)
    : [section(`Marks of ${lookedAt + 1}: ${draft.id}`, marks(draft)),
      section("Differences", compareTable(looked))];
  details.replaceChildren(...parts);
  if (focused >= 0) (controls()[Math.min(focused, controls().length - 1)] ?? details).focus();
}

function turn(step) {
  const found = shown.indexOf(looked[0]);
  const next = shown[found + step];
  if (next) look([next]);
}

function setUpViewer() {
  onChange((draft) => { if (looked.includes(draft)) showDetails(); });
  // The browser gives the focus back to the card from which it was opened: it belongs to what was looked at last.
  viewer.addEventListener("close", () => goTo(Math.max(0, shown.indexOf(looked[lookedAt]))));
  byId("go-previous").addEventListener("click", () => turn(-1));
  byId("go-next").addEventListener("click", () => turn(1));
  byId("zoom-in").addEventListener("click", () => viewerStage.zoom(1.5));
  byId("zoom-out").addEventListener("click", () => viewerStage.zoom(1 / 1.5));
  byId("zoom-fit").addEventListener("click", () => viewerStage.fit());
}

const VIEWER_KEYS = {
  ArrowLeft: () => (looked.length === 1 ? turn(-1) : lookAt(lookedAt - 1)),
  ArrowRight: () => (looked.length === 1 ? turn(1) : lookAt(lookedAt + 1)),
  "+": () => viewerStage.zoom(1.5),
  "=": () => viewerStage.zoom(1.5),
  "-": () => viewerStage.zoom(1 / 1.5),
  z: () => (viewerStage.scale > 1 ? viewerStage.fit() : viewerStage.zoom(3)),
  "Shift+ArrowLeft": () => viewerStage.pan(0.1, 0),
  "Shift+ArrowRight": () => viewerStage.pan(-0.1, 0),
  "Shift+ArrowUp": () => viewerStage.pan(0, 0.1),
  "Shift+ArrowDown": () => viewerStage.pan(0, -0.1),
  c: () => (looked.length === 1 ? openCompare() : viewer.close()),
};
