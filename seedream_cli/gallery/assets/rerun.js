// Drawing a draft again from the page: the cost is worked out and shown first, and nothing is sent without a yes.

const rerun = byId("rerun");
const rerunForm = rerun.querySelector("form");
let redrawn = null;
let agreed = null;
let asked = 0;

function openRerun(draft = shown[current]) {
  if (!draft) return;
  if (!page.live) {
    copy(draft.rerun, `the command: ${draft.rerun}`);
    return;
  }
  redrawn = draft;
  rerunForm.reset();
  rerunForm.elements.prompt.value = draft.prompt;
  rerunForm.elements.negative.value = draft.negative ?? "";
  rerunForm.elements.sandbox.checked = page.sandbox;
  byId("rerun-title").textContent = `Draw ${draft.id} again`;
  rerun.showModal();
  price();
}

/** What is asked for; texts that were not touched are left to the history, which has them to the letter. */
function wish() {
  const { prompt, negative, seed, count, final, sandbox } = rerunForm.elements;
  const touched = (field, before) => (field.value === before.replaceAll(/\r\n?/g, "\n") ? null : field.value);
  return {
    id: redrawn.id,
    prompt: touched(prompt, redrawn.prompt),
    negative: touched(negative, redrawn.negative ?? ""),
    seed: seed.value,
    count: Number(count.value),
    final: final.checked,
    sandbox: sandbox.checked,
  };
}

/** Ask what it costs; of answers that overtake one another only the last counts. */
async function price() {
  const mine = ++asked;
  const wanted = wish();
  agreed = null;
  byId("draw").disabled = true;
  byId("draw").textContent = "Draw";
  try {
    const plan = await ask("plan", wanted);
    if (mine !== asked) return;
    agreed = { ...wanted, agreed_usd: plan.cost_usd };
    byId("cost").replaceChildren(...[plan.words, ...plan.notes].map((line) => element("p", {}, line)));
    byId("draw").textContent = `Draw: ${plan.cost}`;
    byId("draw").disabled = false;
  } catch (error) {
    if (mine === asked) byId("cost").replaceChildren(element("p", {}, error.message));
  }
}

async function draw() {
  if (!agreed) return;
  const drawn = agreed;
  rerun.close();
  say(`drawing ${plural(drawn.count, "draft")}`, 600);
  try {
    const told = await ask("rerun", drawn);
    const fresh = take(told.drafts);
    showDrafts();
    const saved = fresh.filter((draft) => draft.status === "saved").length;
    const trouble = told.said.length ? `: ${told.said.join("; ")}` : "";
    say(`${saved} of ${plural(fresh.length, "new draft")} saved${trouble}`, trouble ? 30 : 6);
    const first = shown.indexOf(fresh[0]);
    if (first >= 0 && !openDialog()) goTo(first);
  } catch (error) {
    say(`not drawn: ${error.message}`, 30);
  }
}

function setUpRerun() {
  byId("final-model").textContent = page.final_model ?? "";
  let waiting = 0;
  rerunForm.addEventListener("input", () => {
    agreed = null;
    asked += 1;
    byId("draw").disabled = true;
    // The same seed again and again would be the same picture again and again.
    const { seed, count } = rerunForm.elements;
    if (Number(count.value) > 1 && seed.value === "same") seed.value = "new";
    clearTimeout(waiting);
    waiting = setTimeout(price, 250);
  });
  rerunForm.addEventListener("submit", (event) => {
    event.preventDefault();
    draw();
  });
}
