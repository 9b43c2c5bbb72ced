// The drafts, and what the user thinks of them: kept by the history where the page is served, else by the page.

const PICKED = "picked";
const REJECTED = "rejected";

const page = JSON.parse(byId("data").textContent);
const token = page.live ? new URLSearchParams(location.search).get("token") : null;
const drafts = page.drafts;
const draftsById = new Map(drafts.map((draft) => [draft.id, draft]));
const listeners = [];

/** Call a function with each draft whose marks change. */
function onChange(listener) {
  listeners.push(listener);
}

function changed(draft) {
  for (const listener of listeners) listener(draft);
}

function pictureUrl(draft, kind) {
  if (!draft.picture) return null;
  const place = draft.picture[kind];
  return page.live && place ? `${place}?token=${encodeURIComponent(token)}` : place;
}

// Asking the server

async function ask(action, body) {
  let answer;
  try {
    answer = await fetch(`api/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Seedream-Token": token },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("the server does not answer: is `seedream gallery --serve` still running?");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const error = told.error ?? { message: `the server answered ${answer.status}` };
    throw new Error(error.hint ? `${error.message} (${error.hint})` : error.message);
  }
  return told;
}

/** Put what the server says about drafts in the place of what was known; new ones come first. */
function take(known) {
  const fresh = [];
  for (const each of known) {
    const draft = draftsById.get(each.id);
    if (draft) {
      Object.assign(draft, each);
      changed(draft);
    } else {
      draftsById.set(each.id, each);
      fresh.push(each);
    }
  }
  drafts.unshift(...fresh.reverse());
  return fresh;
}

// Marks

let queue = Promise.resolve();

/** How many marks of each draft are on their way: until the last is answered, what is shown here is newer. */
const onTheirWay = new Map();

/** Change a draft's marks here at once, then there; what could not be recorded is taken back. */
function mark(draft, marks, action, body, done) {
  const before = { rating: draft.rating, tags: draft.tags };
  Object.assign(draft, marks);
  changed(draft);
  if (!page.live) {
    keepHere();
    say(done);
    return Promise.resolve();
  }
  onTheirWay.set(draft.id, (onTheirWay.get(draft.id) ?? 0) + 1);
  const isLast = () => {
    onTheirWay.set(draft.id, onTheirWay.get(draft.id) - 1);
    return onTheirWay.get(draft.id) === 0;
  };
  queue = queue.then(async () => {
    try {
      const told = await ask(action, body);
      if (isLast()) take(told.drafts);
      say(done);
    } catch (error) {
      if (isLast()) {
        Object.assign(draft, before);
        changed(draft);
      }
      say(`not recorded: ${error.message}`, 12);
    }
  });
  return queue;
}

function rate(draft, rating) {
  return mark(draft, { rating }, "rate", { ratings: { [draft.id]: rating } }, `rated ${rating}`);
}

/** Rate many at once: one request, one line said. */
function rateAll(ratings) {
  const done = `rated ${plural(ratings.size, "draft")}`;
  if (!page.live) {
    for (const [draft, rating] of ratings) {
      draft.rating = rating;
      changed(draft);
    }
    keepHere();
    say(done);
    return;
  }
  const body = { ratings: Object.fromEntries([...ratings].map(([draft, rating]) => [draft.id, rating])) };
  queue = queue.then(async () => {
    try {
      take((await ask("rate", body)).drafts);
      say(done);
    } catch (error) {
      say(`not recorded: ${error.message}`, 12);
    }
  });
}

function tag(draft, added, removed, done) {
  const tags = [...new Set([...draft.tags.filter((each) => !removed.includes(each)), ...added])];
  return mark(draft, { tags }, "tag", { id: draft.id, add: added, remove: removed }, done);
}

function pick(draft) {
  if (draft.tags.includes(PICKED)) return tag(draft, [], [PICKED], "no longer picked");
  return tag(draft, [PICKED], [REJECTED], "picked");
}

function reject(draft) {
  if (draft.tags.includes(REJECTED)) return tag(draft, [], [REJECTED], "no longer rejected");
  return tag(draft, [REJECTED], [PICKED], "rejected");
}

// Marks of a page that no server stands behind: kept in the browser, and turned into commands

const STORE = `seedream gallery ${location.pathname}`;
const original = new Map(drafts.map((draft) => [draft.id, { rating: draft.rating, tags: draft.tags }]));

/** How a draft's marks differ from what the history knew when the page was made; null where they do not. */
function markedHere(draft) {
  const was = original.get(draft.id);
  const added = draft.tags.filter((each) => !was.tags.includes(each));
  const removed = was.tags.filter((each) => !draft.tags.includes(each));
  const rating = draft.rating === was.rating ? null : draft.rating;
  return rating === null && !added.length && !removed.length ? null : { rating, added, removed };
}

function keepHere() {
  const marks = drafts.map((draft) => [draft.id, markedHere(draft)]).filter(([, marked]) => marked);
  try {
    localStorage.setItem(STORE, JSON.stringify(Object.fromEntries(marks)));
  } catch { /* a browser that keeps nothing for files: the marks live as long as the page */ }
  showLocal();
}

function bringBack() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch { /* as above */ }
  const texts = (value) => (Array.isArray(value) ? value.filter((each) => typeof each === "string") : []);
  for (const [id, marks] of Object.entries(kept)) {
    const draft = draftsById.get(id);
    const { rating, added, removed } = marks ?? {};
    if (!draft) continue;
    if (Number.isInteger(rating) && rating >= 0 && rating <= 5) draft.rating = rating;
    draft.tags = [...new Set([...draft.tags.filter((each) => !texts(removed).includes(each)), ...texts(added)])];
  }
}

/** The commands that bring the history to where this page is. */
function markCommands() {
  const commands = [];
  for (const draft of drafts) {
    const { rating, added, removed } = markedHere(draft) ?? { rating: null, added: [], removed: [] };
    if (rating !== null) commands.push(`seedream history rate ${draft.id} ${rating}`);
    if (added.length) commands.push(`seedream history tag ${draft.id} -- ${added.map(quoted).join(" ")}`);
    if (removed.length) commands.push(`seedream history tag ${draft.id} --remove -- ${removed.map(quoted).join(" ")}`);
  }
  return commands;
}

function showLocal() {
  const marked = drafts.filter(markedHere).length;
  byId("local").hidden = marked === 0;
  byId("local").querySelector("span").textContent =
    `Marks on ${plural(marked, "draft")} are on this page only, not in the history.`;
}

function setUpMarks() {
  if (page.live) return;
  bringBack();
  showLocal();
  byId("copy-marks").addEventListener("click", () => {
    copy(markCommands().map((line) => `${line}\n`).join(""), "the commands: paste them into a terminal");
  });
  byId("drop-marks").addEventListener("click", () => {
    for (const draft of drafts.filter(markedHere)) {
      Object.assign(draft, original.get(draft.id));
      changed(draft);
    }
    keepHere();
    focusCurrent();
  });
}
