// The items of a mapping: those that are typed are added one by one, and all are moved by dragging,
// too. Their order in the form is what is saved.
const form = document.getElementById("entry-form");
const changed = () => form.dispatchEvent(new Event("change", { bubbles: true }));

// Several may be typed before the first is there: each is asked for with those before it.
document.getElementById("add").addEventListener("keydown", (event) => {
  const { target: field } = event;
  if (event.key !== "Enter" || event.isComposing || !field.value.trim()) return;
  event.preventDefault();
  const button = field.parentElement.querySelector("button");
  htmx.ajax("POST", location.href, { source: button, target: "#items", select: "#items > *", swap: "innerHTML", values: { do: "add", add: field.value } });
  field.value = "";
});

document.addEventListener("htmx:afterSettle", ({ detail: { elt, requestConfig } }) => {
  if (elt.id !== "items") return;
  // One of those that were found is chosen: the next is typed.
  if (requestConfig.elt.closest("#item-options")) {
    const field = document.getElementById("add");
    field.value = "";
    field.focus();
  }
  changed();
});

let dragged = null;

const rowOf = (event) => event.target.closest?.(".order > li[draggable]") ?? null;

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
  if (dragged) changed();
  dragged = null;
});
