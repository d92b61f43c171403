// Keys of one character, which who speaks to the browser can switch off.
const shortcuts = document.getElementById("shortcuts");
const singleKeys = shortcuts.querySelector("input");
const SWITCHED_OFF = "linkmgr.single-keys-off";
const SEQUENCE_MS = 1500;
let leadTime = -Infinity;

singleKeys.checked = !localStorage.getItem(SWITCHED_OFF);
singleKeys.addEventListener("change", () => {
  if (singleKeys.checked) localStorage.removeItem(SWITCHED_OFF);
  else localStorage.setItem(SWITCHED_OFF, "yes");
});

const opener = document.querySelector("[data-shortcuts]");
opener.parentElement.hidden = false;
opener.addEventListener("click", () => {
  opener.closest("details").open = false;
  showShortcuts();
});

// Not by `autofocus`, of which a page has one already where a field is wrong.
function showShortcuts() {
  shortcuts.showModal();
  shortcuts.querySelector("button").focus();
}

shortcuts.addEventListener("click", (event) => {
  if (event.target === shortcuts) shortcuts.close();
});

// What a row is about: its name, or where that leads nowhere, what can be done with it.
const linkOf = (row) => row.querySelector("th a") ?? row.querySelector(".act a") ?? row.querySelector("a");

const step = (by) => {
  const rows = [...document.querySelectorAll("main :is(.list, .rank) tbody tr")].filter((row) => linkOf(row)?.checkVisibility());
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = at < 0 ? rows[0] : rows[at + by];
  if (next) linkOf(next).focus();
};

const ACTIONS = {
  "/": openPalette,
  "?": showShortcuts,
  g: (event) => { leadTime = event.timeStamp; },
  j: () => step(1),
  k: () => step(-1),
};

document.addEventListener("keydown", (event) => {
  const isCombined = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  if (!singleKeys.checked || isCombined || isTyping(event) || document.querySelector("dialog[open]")) return;
  const isSecond = event.timeStamp - leadTime < SEQUENCE_MS;
  leadTime = -Infinity;
  const page = isSecond && document.querySelector(`[data-go="${CSS.escape(event.key)}"] a`);
  const action = page ? () => page.click() : ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action(event);
});
