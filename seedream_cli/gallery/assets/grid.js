// The drafts as a grid of cards: one list box, in which the arrow keys move and space selects.

const grid = byId("grid");
const cards = new Map();
const selected = new Set();
let shown = [];
let current = 0;

// Pictures are put in when they come near: a thousand of them at once would hold up the page.
const nearby = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    nearby.unobserve(target);
    target.src = target.dataset.src;
  }
}, { rootMargin: "800px" });

function why(draft) {
  return element("span", { class: "why" }, draft.why ?? "no picture");
}

function thumbnail(draft) {
  const url = pictureUrl(draft, "thumb");
  if (!url) return why(draft);
  // The words of the card describe it.
  const image = element("img", { alt: "", draggable: "false", decoding: "async", "data-src": url });
  image.addEventListener("error", () => {
    image.replaceWith(element("span", { class: "why" }, "the picture is missing, or is no longer what was drawn"));
  });
  nearby.observe(image);
  return image;
}

/** Words in a badge; a sign before them is for the eyes, `unseen` words in its place are for the ears. */
function badge(words, kind = null, sign = "", unseen = "") {
  const shown = sign ? [element("span", { "aria-hidden": "true" }, `${sign} `)] : [];
  if (unseen) shown.push(element("span", { class: "unseen" }, `${unseen} `));
  return element("span", { class: kind }, ...shown, words);
}

function badges(draft) {
  const made = selected.has(draft.id) ? [badge("selected", "chosen", "☑")] : [];
  if (draft.sandbox) made.push(badge("stand-in", "stand-in"));
  if (draft.rating !== null) made.push(badge(String(draft.rating), null, "★", "rated"));
  if (draft.tags.includes(PICKED)) made.push(badge("picked", "good", "✓"));
  if (draft.tags.includes(REJECTED)) made.push(badge("rejected", "bad", "✗"));
  if (draft.status !== "saved") made.push(badge(draft.status, "bad"));
  made.push(badge(`seed ${draft.seed}`), badge(draft.model.replace(/^seedream-/, "")));
  return made.flatMap((each) => [each, " "]);
}

function makeCard(draft) {
  const card = element(
    "div",
    { role: "option", class: "card", tabindex: "-1", "data-id": draft.id },
    element("div", { class: "picture" }, thumbnail(draft)),
    element("div", { class: "badges" }),
    element("div", { class: "words" }, draft.prompt),
  );
  cards.set(draft.id, card);
  refresh(draft);
  return card;
}

function refresh(draft) {
  const card = cards.get(draft.id);
  if (!card) return;
  card.querySelector(".badges").replaceChildren(...badges(draft));
  card.classList.toggle("rejected", draft.tags.includes(REJECTED));
  card.setAttribute("aria-selected", String(selected.has(draft.id)));
}

function showDrafts() {
  const focused = shown[current];
  const before = shown;
  shown = wantedDrafts();
  if (shown.length !== before.length || shown.some((draft, position) => draft !== before[position])) {
    grid.replaceChildren(...shown.map((draft) => cards.get(draft.id) ?? makeCard(draft)));
  }
  grid.tabIndex = shown.length ? -1 : 0;
  byId("none").hidden = shown.length > 0;
  byId("count").textContent =
    shown.length === drafts.length ? `${plural(drafts.length, "draft")}${page.more ? `, ${page.more}` : ""}`
      : `${shown.length} of ${plural(drafts.length, "draft")}`;
  setCurrent(Math.max(0, shown.indexOf(focused)));
}

function setCurrent(position) {
  const before = grid.querySelector('[tabindex="0"]');
  if (before) before.tabIndex = -1;
  current = Math.min(Math.max(position, 0), Math.max(shown.length - 1, 0));
  const draft = shown[current];
  if (draft) cards.get(draft.id).tabIndex = 0;
}

function goTo(position) {
  setCurrent(position);
  focusCurrent();
}

function focusCurrent() {
  const draft = shown[current];
  const card = draft ? cards.get(draft.id) : grid;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function columns() {
  return Math.max(1, getComputedStyle(grid).gridTemplateColumns.split(" ").length);
}

function move(pressed) {
  const page = columns() * Math.max(1, Math.floor(innerHeight / 300));
  const steps = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns(), PageUp: -page, PageDown: page,
    Home: -Infinity, End: Infinity,
  };
  const wanted = current + steps[pressed];
  // Above the first row and below the last there is nothing to go to; from a full row the last one may be shorter.
  if (pressed === "ArrowUp" && wanted < 0) return;
  if (pressed === "ArrowDown" && wanted >= shown.length) {
    const rows = Math.ceil(shown.length / columns());
    if (Math.floor(current / columns()) < rows - 1) goTo(shown.length - 1);
    return;
  }
  goTo(Math.min(Math.max(wanted, 0), shown.length - 1));
}

function toggleSelected(draft) {
  if (!selected.delete(draft.id)) selected.add(draft.id);
  refresh(draft);
  say(selected.size ? `${selected.size} selected` : "none selected");
}

function clearSelection() {
  const were = [...selected];
  selected.clear();
  for (const id of were) refresh(draftsById.get(id));
}

function setUpGrid(open) {
  onChange(refresh);
  grid.addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    if (!card) return;
    const position = shown.findIndex((draft) => draft.id === card.dataset.id);
    goTo(position);
    if (event.shiftKey || event.ctrlKey || event.metaKey) toggleSelected(shown[position]);
    else open();
  });
  grid.addEventListener("focusin", (event) => {
    const card = event.target.closest(".card");
    if (card) setCurrent(shown.findIndex((draft) => draft.id === card.dataset.id));
  });
}
