// What htmx sends is a change like any other: it carries the page's token.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]').content;
});

// What is wrong in a form is read and seen first.
document.querySelector(".summary")?.focus();
