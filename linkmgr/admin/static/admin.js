// What htmx sends is a change like any other: it carries the page's token.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]').content;
});

// What is wrong in a form is read and seen first.
document.querySelector(".summary")?.focus();

// What was pasted on another page has filled a part of this form: the rest is typed next.
const isPasted = new URLSearchParams(location.search).has("paste");
if (isPasted && document.activeElement === document.body) {
  const fields = [...document.querySelectorAll("#entry-form :is(input, textarea).in")];
  fields.find((field) => !field.value && field.checkVisibility())?.focus();
}

// In another language a page to sign in keeps what was typed.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const main = form.closest("main.login");
  if (!main || !form.closest(".language")) return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form, event.submitter) });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const typed = [...main.querySelectorAll("input.in")].filter((field) => field.value);
  const focused = document.activeElement.id;
  for (const { id, value } of typed) {
    const field = page.getElementById(id);
    if (field) field.value = value;
  }
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang;
  document.querySelector('meta[name="csrf-token"]').content = page.querySelector('meta[name="csrf-token"]').content;
  main.replaceWith(page.querySelector("main"));
  document.getElementById(focused)?.focus();
});

// Without a script there is a text to select; the clipboard is there on https and on one's own machine.
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  for (const button of elt.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
  button.textContent = button.dataset.copied;
});

// The boxes of the rows that are to be seen: a phone shows the first ones.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-select-all]")) return;
  const boxes = [...document.querySelectorAll("input.select")].filter((box) => box.checkVisibility());
  const all = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !all;
});

for (const button of document.querySelectorAll(".toast .close")) {
  button.hidden = false;
  button.addEventListener("click", () => button.closest(".toast").remove());
}

// What was looked up fills fields that are empty or have what was looked up before, and in a new
// entry those that were left alone.
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  for (const found of elt.querySelectorAll("[data-fills]")) {
    const field = document.getElementById(found.dataset.fills);
    const isUntouched = "replaces" in found.dataset && field.value === field.defaultValue;
    if (field.value.trim() && !isUntouched && field.value !== field.dataset.filled) continue;
    fill(field, found.value);
    field.dataset.filled = found.value;
  }
});

// Without a script the button sends the form, which comes back with the value.
document.addEventListener("click", (event) => {
  const button = event.target.closest('button[name^="take-"]');
  if (!button) return;
  event.preventDefault();
  fill(document.getElementById(button.name.slice("take-".length)), button.value);
});

function fill(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Of menus one is open at a time by itself; Esc and a press outside close it, too.
const openMenu = () => document.querySelector("details[name=menu][open]");

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && openMenu();
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  const menu = openMenu();
  if (menu && !menu.contains(event.target)) menu.open = false;
});

// What is chosen in a menu changes the page below it: the focus stays at the menu, which closes.
document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  const menu = elt.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A preview gets as much room as it needs.
document.addEventListener("load", ({ target }) => {
  if (!target.matches?.(".paper > .preview")) return;
  target.style.height = `${target.contentDocument.documentElement.offsetHeight}px`;
}, true);
