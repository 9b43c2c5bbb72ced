// Building the page: every text goes in as text, nothing is ever read as HTML (the page's policy forbids it too).

function byId(id) {
  return document.getElementById(id);
}

/** Make an element; an attribute that begins with "on" is a listener, and one of null or false is left out. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function button(label, onclick, attributes = {}) {
  return element("button", { type: "button", onclick, ...attributes }, label);
}

/** A button's hint of its key; said by `aria-keyshortcuts`, so not read out a second time. */
function key(name) {
  return element("kbd", { "aria-hidden": "true" }, name);
}

function openDialog() {
  const open = document.querySelectorAll("dialog[open]");
  return open.length ? open[open.length - 1] : null;
}

let silence = 0;

/** Say something for a moment where it is seen and read out: in the dialog that is open, or on the page. */
function say(text, seconds = 4) {
  for (const said of document.querySelectorAll(".said")) said.textContent = "";
  const said = (openDialog() ?? document).querySelector(openDialog() ? ".said" : "body > .said");
  if (said) said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { if (said) said.textContent = ""; }, seconds * 1000);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`copied ${what}`);
  } catch {
    // Without the clipboard's permission there is the older way, which needs text to be selected.
    const area = element("textarea", { "aria-label": what });
    (openDialog() ?? document.body).append(area);
    area.value = text;
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    say(done ? `copied ${what}` : `could not copy ${what}: ${text}`);
  }
}

/** Quote a word for a POSIX shell. */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function plural(count, what) {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
