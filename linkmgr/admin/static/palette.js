// The palette shows what the search page would, and is worked by keys.
const palette = document.getElementById("palette");
const words = document.getElementById("palette-q");
const links = () => [...palette.querySelectorAll("#palette-found a")];

const openPalette = () => {
  palette.showModal();
  words.select();
  htmx.trigger(words.form, "palette");
};

document.querySelector("[data-palette]").addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openPalette();
});

const isTyping = (event) => event.target.matches("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const control = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
  if (!control) return;
  event.preventDefault();
  if (!document.querySelector("dialog[open]")) openPalette();
});

palette.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.isComposing) return;
  event.preventDefault();
  const places = [words, ...links()];
  places[places.indexOf(document.activeElement) + step]?.focus();
});

// Enter opens the first of what the words have found, or, before it is there, the search page.
let found = "";
palette.addEventListener("htmx:afterSwap", ({ detail }) => { found = detail.requestConfig.parameters.q; });
words.form.addEventListener("submit", (event) => {
  const [first] = links();
  if (!first || found !== words.value) return;
  event.preventDefault();
  first.click();
});

palette.addEventListener("click", (event) => {
  if (event.target === palette) palette.close();
});

// What is pasted into no field is to be added: one or more addresses, a programme's code, an ISBN or an ASIN.
const ADDABLE = /^(https?:\/\/\S+(\s+https?:\/\/\S+)*|<[\s\S]+|(ISBN|ASIN)?[\s:-]*(\d[\dX\s-]{8,20}|B0[\dA-Z]{8}))$/i;

document.addEventListener("paste", (event) => {
  const pasted = event.clipboardData.getData("text").normalize("NFKC").trim();
  if ((isTyping(event) && event.target !== words) || !ADDABLE.test(pasted)) return;
  event.preventDefault();
  location.assign(`${palette.dataset.add}?${new URLSearchParams({ paste: pasted })}`);
});
