"use strict";
/* What the theme leaves to be wished: rows as lists on a phone, and names for screen readers. */
for (const table of document.querySelectorAll("table.docutils")) {
  const heads = [...table.querySelectorAll("thead th")];
  const names = heads.map((cell) => cell.textContent.trim());
  heads.forEach((cell, at) => {
    if (!names[at]) cell.replaceWith(document.createElement("td"));
  });
  if (names.length < 3) continue;
  table.classList.add("rows-as-lists");
  for (const row of table.tBodies[0].rows) {
    [...row.cells].forEach((cell, at) => {
      if (names[at]) cell.dataset.name = names[at];
    });
  }
}

/* What is wider than the page scrolls by the keyboard, too. */
const reach = () => {
  for (const each of document.querySelectorAll("pre, .table-wrapper")) {
    if (each.scrollWidth > each.clientWidth) each.tabIndex = 0;
    else each.removeAttribute("tabindex");
  }
};
reach();
window.addEventListener("resize", reach);

for (const caption of document.querySelectorAll(".sidebar-tree [role=heading]")) {
  caption.ariaLevel = "2";
}
const contents = document.querySelector(".toc-drawer");
const title = document.querySelector(".toc-title");
if (contents && title) contents.ariaLabel = title.textContent.trim();
