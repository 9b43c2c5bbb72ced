// What is known of a draft, and what can be done with it; of several, what they differ in.

function section(title, ...children) {
  return element("section", {}, element("h3", {}, title), ...children);
}

function marks(draft) {
  const pressed = (is) => ({ "aria-pressed": String(is) });
  const ratings = [1, 2, 3, 4, 5].map((rating) => button(String(rating), () => rate(draft, rating), {
    ...pressed(draft.rating === rating), "aria-label": `Rate ${rating}`, "aria-keyshortcuts": String(rating),
  }));
  return element("div", { class: "marks" },
    element("div", { class: "rating", role: "group", "aria-label": "Rating" }, ...ratings),
    element("div", { class: "actions" },
      button(element("span", {}, "Pick", key("p")), () => pick(draft), pressed(draft.tags.includes(PICKED))),
      button(element("span", {}, "Reject", key("x")), () => reject(draft), pressed(draft.tags.includes(REJECTED))),
      button("Select", () => { toggleSelected(draft); changed(draft); }, pressed(selected.has(draft.id)))));
}

function tagEditor(draft) {
  const input = element("input", { name: "tag", autocomplete: "off", "aria-label": "New tag", size: "14" });
  const add = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text) tag(draft, [text], [], `tagged ${text}`).then(() => byId("viewer").querySelector("[name=tag]")?.focus());
  };
  const chips = draft.tags.map((each) => element("li", {},
    button(element("span", {}, `${each} `, element("span", { "aria-hidden": "true" }, "✕")),
      () => tag(draft, [], [each], `no longer tagged ${each}`), { "aria-label": `Take away the tag ${each}` })));
  return element("form", { onsubmit: add },
    chips.length ? element("ul", { class: "plain row" }, ...chips) : null,
    element("div", { class: "actions" }, input, element("button", { type: "submit" }, "Add")));
}

function copyButtons(draft) {
  const copies = [
    ["prompt", "y", draft.prompt], ["seed", "s", draft.seed], ["command", "m", draft.rerun],
  ];
  return element("div", { class: "actions" },
    ...copies.map(([what, name, text]) => button(element("span", {}, `Copy ${what}`, key(name)), () => copy(text, what))),
    page.live ? button(element("span", {}, "Draw again", key("r")), () => openRerun(draft)) : null,
    draft.picture?.full
      ? element("a", { href: pictureUrl(draft, "full"), target: "_blank", rel: "noopener noreferrer" }, "Open the file")
      : null);
}

function facts(draft) {
  const known = [
    ["Status", draft.why ? `${draft.status}: ${draft.why}` : draft.status],
    ["Drawn by", draft.sandbox ? "the sandbox: a stand-in, not the model's picture" : null],
    ["Model", draft.model], ["Size", draft.size], ["Seed", draft.seed],
    ["Of its request", draft.n > 1 ? `${draft.index} of ${draft.n}` : null],
    ["Created", draft.created.replace("T", " ").replace("Z", " UTC")], ["Cost", draft.cost], ["Id", draft.id],
    ["Batch", draft.batches.map((batch, at) => (draft.rows[at] === null ? batch : `${batch}, row ${draft.rows[at]}`)).join("; ")],
    ["Note", draft.note],
  ];
  return element("dl", {}, ...known.filter(([, text]) => text).flatMap(([name, text]) => (
    [element("dt", {}, name), element("dd", {}, text)]
  )));
}

// Lineage

function relative(draft, words) {
  const name = `${draft.id}, seed ${draft.seed}${draft.rating === null ? "" : `, rated ${draft.rating}`}: ${words}`;
  return element("li", {}, button(name, () => openViewer(draft)));
}

function lineage(draft) {
  const made = [];
  for (let child = draft, met = new Set(); child?.parent && !met.has(child.id); child = draftsById.get(child.parent)) {
    met.add(child.id);
    const parent = draftsById.get(child.parent);
    const words = `made from it: ${child.change ?? "the same again"}`;
    made.unshift(parent ? relative(parent, words) : element("li", {}, `${child.parent} (not on this page), ${words}`));
  }
  const children = drafts.filter((each) => each.parent === draft.id);
  made.push(...children.map((child) => relative(child, child.change ?? "the same again")));
  return made.length ? section("Lineage", element("ul", { class: "plain" }, ...made)) : null;
}

function text(title, words) {
  return words ? section(title, element("div", { class: "text" }, words)) : null;
}

function describeDraft(draft) {
  return [
    section("Your marks", marks(draft)), section("Tags", tagEditor(draft)),
    text("Prompt", draft.prompt), text("Keep out", draft.negative), text("Prompt as the service revised it", draft.revised === draft.prompt ? null : draft.revised),
    section("Use it", copyButtons(draft)), section("Facts", facts(draft)), lineage(draft),
  ].filter((part) => part);
}

// Differences

const ROWS = [
  ["Model", (draft) => draft.model], ["Size", (draft) => draft.size], ["Seed", (draft) => draft.seed],
  ["Keep out", (draft) => draft.negative ?? ""], ["Rating", (draft) => String(draft.rating ?? "")],
  ["Tags", (draft) => draft.tags.join(", ")], ["Cost", (draft) => draft.cost], ["Batch", (draft) => draft.batches.join(", ")],
  ["Made from", (draft) => draft.parent ?? ""],
];

function compareTable(compared) {
  const rows = ROWS.map(([name, read]) => [name, compared.map(read)]).filter(([, values]) => values.some((value) => value));
  const same = new Set(compared.map((draft) => draft.prompt)).size === 1;
  const prompts = compared.map((draft, position) => element("td", {},
    ...(position && !same ? wordChanges(compared[0].prompt, draft.prompt) : [draft.prompt])));
  const row = (name, differs, cells) => element("tr", { class: differs ? "differs" : null },
    element("th", { scope: "row" }, differs ? `${name} (differs)` : name), ...cells);
  return element("table", {},
    element("thead", {}, element("tr", {}, element("td"),
      ...compared.map((draft, position) => element("th", { scope: "col" }, `${position + 1}: ${draft.id}`)))),
    element("tbody", {}, row("Prompt", !same, prompts), ...rows.map(([name, values]) => (
      row(name, new Set(values).size > 1, values.map((value) => element("td", {}, value)))))));
}

const MOST_WORDS = 600;

/** The second text, with what went from the first and what came. */
function wordChanges(old, fresh) {
  const pieces = (words) => words.match(/\s+|[\u2e80-\u9fff\uac00-\ud7af]|[\p{L}\p{N}_]+|[^\s]/gu) ?? [];
  const [before, after] = [pieces(old), pieces(fresh)];
  if (before.length > MOST_WORDS || after.length > MOST_WORDS) return [element("del", {}, old), element("ins", {}, fresh)];
  // Lengths of the longest common sequence of what is left of both.
  const common = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i][j] = before[i] === after[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const made = [];
  const put = (kind, piece) => {
    if (made.length && made.at(-1)[0] === kind) made.at(-1)[1] += piece;
    else made.push([kind, piece]);
  };
  for (let i = 0, j = 0; i < before.length || j < after.length;) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      put("same", after[j++]);
      i++;
    } else if (j >= after.length || (i < before.length && common[i + 1][j] >= common[i][j + 1])) {
      put("del", before[i++]);
    } else {
      put("ins", after[j++]);
    }
  }
  return made.map(([kind, piece]) => (kind === "same" ? piece : element(kind, {}, piece)));
}
