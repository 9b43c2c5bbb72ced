// Blind duels: two pictures without a word about them, again and again; what wins more is rated higher.

const duel = byId("duel");
let entrants = [];
let duels = [];
let pair = null;
let results = null;

const duelStage = new Stage(duel.querySelector(".stage"), { choose: (position) => decide(position) });

function startDuels() {
  entrants = shown.filter((draft) => draft.picture && !draft.tags.includes(REJECTED));
  if (entrants.length < 2) return say("duels need two pictures that are not rejected");
  duels = [];
  showResult(false);
  duel.showModal();
  nextDuel();
}

/** Show what the duels say, or the duels. */
function showResult(is) {
  if (!is) results = null;
  duel.querySelector(".result").hidden = !is;
  duel.querySelector(".stage").hidden = is;
  for (const choice of ["duel-left", "duel-right", "duel-even", "duel-finish"]) byId(choice).hidden = is;
}

/** About how many duels give each a place: all pairs of a few, four meetings each of many. */
function enough() {
  const n = entrants.length;
  return Math.min((n * (n - 1)) / 2, n * 2);
}

function meetings(draft) {
  return duels.filter(({ sides }) => sides.includes(draft)).length;
}

function met(one, other) {
  return duels.filter(({ sides }) => sides.includes(one) && sides.includes(other)).length;
}

/** Those who met least meet whom they met least, of those the nearest in strength; which comes first is chance. */
function nextPair() {
  const strengths = strengthsOf(entrants, duels);
  const dice = new Map(entrants.map((draft) => [draft, Math.random()]));
  const [one] = [...entrants].sort((a, b) => meetings(a) - meetings(b) || dice.get(a) - dice.get(b));
  const distance = (draft) => Math.abs(Math.log(strengths.get(draft) / strengths.get(one)));
  const [other] = entrants.filter((draft) => draft !== one).sort((a, b) => (
    met(one, a) - met(one, b) || meetings(a) - meetings(b) || distance(a) - distance(b) || dice.get(a) - dice.get(b)));
  return Math.random() < 0.5 ? [one, other] : [other, one];
}

function nextDuel() {
  pair = nextPair();
  duelStage.show(pair, { alt: (_, position) => (position ? "Second picture" : "First picture") });
  byId("duel-count").textContent = `Duel ${duels.length + 1} of about ${enough()}`;
}

/** Note who won: 0 the first, 1 the second, 0.5 neither. */
function decide(winner) {
  if (!pair || results) return;
  duels.push({ sides: pair, winner });
  if (duels.length >= enough()) finish();
  else nextDuel();
}

function undo() {
  const last = duels.pop();
  if (!last) return say("there is no duel to take back");
  showResult(false);
  nextDuel();
  pair = last.sides;
  duelStage.show(pair, { alt: (_, position) => (position ? "Second picture" : "First picture") });
}

/**
 * Strengths by Bradley and Terry (1952), such that one of strength 2 beats one of strength 1 in two of three duels;
 * half a win and half a loss against an average picture keep those that always won within bounds.
 */
function strengthsOf(all, fought) {
  const strengths = new Map(all.map((draft) => [draft, 1]));
  for (let round = 0; round < 60; round++) {
    const fresh = new Map(all.map((draft) => [draft, { wins: 0.5, weight: 1 / (strengths.get(draft) + 1) }]));
    for (const { sides: [first, second], winner } of fought) {
      const weight = 1 / (strengths.get(first) + strengths.get(second));
      fresh.get(first).wins += 1 - winner;
      fresh.get(second).wins += winner;
      fresh.get(first).weight += weight;
      fresh.get(second).weight += weight;
    }
    for (const [draft, { wins, weight }] of fresh) strengths.set(draft, wins / weight);
  }
  return strengths;
}

/** Ratings from 1 for the weakest to 5 for the strongest, by the share of the others that a draft leaves behind. */
function ratingsOf(all, strengths) {
  const close = (a, b) => Math.abs(Math.log(a / b)) < 1e-6;
  return new Map(all.map((draft) => {
    const others = all.filter((each) => each !== draft).map((each) => strengths.get(each));
    const mine = strengths.get(draft);
    const ahead = others.reduce((sum, theirs) => sum + (close(mine, theirs) ? 0.5 : Number(mine > theirs)), 0);
    return [draft, 1 + Math.round((4 * ahead) / others.length)];
  }));
}

function finish() {
  if (results) return applyRatings();
  const fought = entrants.filter(meetings);
  if (!fought.length) return duel.close();
  const strengths = strengthsOf(fought, duels);
  results = ratingsOf(fought, strengths);
  pair = null;
  const ordered = [...fought].sort((a, b) => strengths.get(b) - strengths.get(a));
  const apply = button(`Rate ${plural(fought.length, "draft")} so`, applyRatings);
  showResult(true);
  duel.querySelector(".result").replaceChildren(
    element("p", {}, `By ${plural(duels.length, "duel")}: 5 leaves most of the others behind, 1 the fewest.`),
    element("div", { class: "actions" }, apply, button("Close without ratings", () => duel.close())),
    element("table", {},
      element("thead", {}, element("tr", {}, ...["Rating", "Before", "Draft"].map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...ordered.map((draft) => element("tr", {},
        element("td", {}, String(results.get(draft))), element("td", {}, String(draft.rating ?? "")),
        element("td", {}, element("img", { src: pictureUrl(draft, "thumb"), alt: "" }), `${draft.id}, seed ${draft.seed}: ${draft.prompt.slice(0, 120)}`))))));
  byId("duel-count").textContent = "Done";
  apply.focus();
}

function applyRatings() {
  const rated = results;
  duel.close();
  rateAll(rated);
}

function setUpDuels() {
  duel.addEventListener("close", () => { pair = null; focusCurrent(); });
  byId("duel-left").addEventListener("click", () => decide(0));
  byId("duel-right").addEventListener("click", () => decide(1));
  byId("duel-even").addEventListener("click", () => decide(0.5));
  byId("duel-undo").addEventListener("click", undo);
  byId("duel-finish").addEventListener("click", finish);
}

const DUEL_KEYS = {
  ArrowLeft: () => decide(0),
  ArrowRight: () => decide(1),
  1: () => decide(0),
  2: () => decide(1),
  "=": () => decide(0.5),
  "+": () => duelStage.zoom(1.5),
  "-": () => duelStage.zoom(1 / 1.5),
  z: () => (duelStage.scale > 1 ? duelStage.fit() : duelStage.zoom(3)),
  Backspace: undo,
  Enter: finish,
};
