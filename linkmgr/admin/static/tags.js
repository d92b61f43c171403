// Items are moved by dragging, too: their order in the form is what is saved.
let dragged = null;

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".arrange > li") ?? null;
});

document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.(".arrange > li");
  if (!dragged || !over) return;
  event.preventDefault();
  const { top, height } = over.getBoundingClientRect();
  if (over !== dragged) over[event.clientY < top + height / 2 ? "before" : "after"](dragged);
});

document.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
});

document.addEventListener("dragend", () => {
  const rows = [...document.querySelectorAll(".arrange > li")];
  rows.forEach((row, place) => {
    row.querySelector('[value^="up:"]').disabled = place === 0;
    row.querySelector('[value^="down:"]').disabled = place === rows.length - 1;
  });
  dragged = null;
});
