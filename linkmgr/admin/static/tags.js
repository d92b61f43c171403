// Items are moved by dragging, too: their order in the form is what is saved.
let dragged = null;

const rowOf = (event) => event.target.closest?.(".arrange > li") ?? null;

document.addEventListener("dragstart", (event) => {
  dragged = rowOf(event);
  // Firefox drags only what carries something.
  if (dragged) event.dataTransfer.setData("text/plain", "");
});

document.addEventListener("dragover", (event) => {
  const over = rowOf(event);
  if (!dragged || !over) return;
  event.preventDefault();
  const { top, height } = over.getBoundingClientRect();
  if (over !== dragged) over[event.clientY < top + height / 2 ? "before" : "after"](dragged);
});

document.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
});

document.addEventListener("dragend", () => {
  dragged = null;
});
