// Which drafts are shown, and in which order.

const FIELDS = ["tag", "rating", "model", "seed", "batch", "status"];
const STATUSES = ["saved", "pending", "expired", "unknown", "blocked", "failed"];
const filterForm = byId("filter");

/** What is typed, as words to be found and fields to be met: `fox tag:poster rating:4+`. */
function parsed(typed) {
  const wish = { words: [] };
  for (const word of typed.trim().split(/\s+/)) {
    const [name, ...rest] = word.split(":");
    if (FIELDS.includes(name) && rest.join(":")) wish[name] = rest.join(":");
    else if (word) wish.words.push(word.toLowerCase());
  }
  return wish;
}

function meetsRating(draft, wanted) {
  if (wanted === "none") return draft.rating === null;
  if (draft.rating === null) return false;
  return wanted.endsWith("+") ? draft.rating >= Number(wanted.slice(0, -1)) : draft.rating === Number(wanted);
}

/** Whether a draft is as wished; a model may be named by a part of its name where it is typed. */
function meets(draft, wish) {
  return (
    (!wish.tag || draft.tags.includes(wish.tag))
    && (!wish.rating || meetsRating(draft, wish.rating))
    && (!wish.model || (wish.words ? draft.model.includes(wish.model) : draft.model === wish.model))
    && (!wish.seed || draft.seed === wish.seed)
    && (!wish.batch || draft.batches.includes(wish.batch))
    && (!wish.status || draft.status === wish.status)
    && (wish.words ?? []).every((word) => haystack(draft).includes(word))
  );
}

function haystack(draft) {
  const texts = [draft.id, draft.seed, draft.prompt, draft.negative, draft.revised, draft.note, ...draft.batches, ...draft.tags];
  return texts.filter((text) => text).join("\n").toLowerCase();
}

const ORDERS = {
  listed: () => 0,
  newest: (a, b) => compared(b.created, a.created),
  oldest: (a, b) => compared(a.created, b.created),
  rating: (a, b) => (b.rating ?? -1) - (a.rating ?? -1),
  seed: (a, b) => Number(a.seed) - Number(b.seed),
  prompt: (a, b) => compared(a.prompt, b.prompt),
};

function compared(a, b) {
  return a < b ? -1 : Number(a > b);
}

function wantedDrafts() {
  const typed = parsed(filterForm.elements.text.value);
  const chosen = Object.fromEntries(FIELDS.map((name) => [name, filterForm.elements[name].value.trim()]));
  const found = drafts.filter((draft) => meets(draft, typed) && meets(draft, chosen));
  return found.sort(ORDERS[filterForm.elements.order.value]);
}

/** Offer what there is, keeping what is chosen. */
function offerChoices() {
  const choices = {
    tag: new Set(drafts.flatMap((draft) => draft.tags)),
    model: new Set(drafts.map((draft) => draft.model)),
    batch: new Set(drafts.flatMap((draft) => draft.batches)),
    status: new Set(STATUSES.filter((status) => drafts.some((draft) => draft.status === status))),
  };
  for (const [name, values] of Object.entries(choices)) {
    const select = filterForm.elements[name];
    const chosen = select.value;
    if (chosen) values.add(chosen);
    const sorted = name === "status" ? [...values] : [...values].sort();
    select.replaceChildren(
      element("option", { value: "" }, "any"),
      ...sorted.map((value) => element("option", { value }, value)),
    );
    select.value = chosen;
  }
}

function setUpFilter(onFilter) {
  offerChoices();
  onChange(offerChoices);
  filterForm.addEventListener("submit", (event) => event.preventDefault());
  filterForm.addEventListener("input", onFilter);
  filterForm.addEventListener("reset", () => setTimeout(onFilter));
}
