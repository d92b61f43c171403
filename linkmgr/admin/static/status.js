// The status in the header asks for itself: once the page has come, when its window is looked at
// again, and while it changes. What is typed on the page stays, whatever its buttons do.

const headerStatus = () => document.getElementById("header-status");
let statusTimer;

async function askFor(address, options = {}) {
  clearTimeout(statusTimer);
  const headers = { ...options.headers, "HX-Request": "true", "HX-Target": "header-status" };
  try {
    const answer = await fetch(address, { ...options, headers });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) location.href = elsewhere;
    else if (answer.ok) showStatus(await answer.text());
  } catch {
    // The server is away, or the page is being left.
  }
  const { pause } = headerStatus().dataset;
  if (pause) statusTimer = setTimeout(askAgain, Number(pause));
}

// The parts of an answer take the places of those with the same ids: the board of Health has some.
function showStatus(text) {
  const before = headerStatus();
  const { stage, pause } = before.dataset;
  const isOpen = before.querySelector("details").open;
  const focused = before.contains(document.activeElement) && document.activeElement.id;
  const answer = document.createElement("template");
  answer.innerHTML = text;
  for (const part of [...answer.content.children]) {
    document.getElementById(part.id)?.replaceWith(part);
  }
  htmx.trigger(document.body, "htmx:load", { elt: headerStatus() });
  const now = headerStatus();
  const hasBuilt = stage === "building" && now.dataset.stage !== "building";
  if (isOpen || hasBuilt) now.querySelector("details").open = true; // which says what was done
  if (stage !== now.dataset.stage || pause !== now.dataset.pause) htmx.trigger(document.body, "status-changed");
  if (focused) (document.getElementById(focused) ?? headerStatus().querySelector("summary")).focus();
}

const askAgain = () => askFor(headerStatus().dataset.address);

document.addEventListener("submit", (event) => {
  if (!headerStatus().contains(event.target)) return;
  event.preventDefault();
  event.target.querySelector("button").disabled = true;
  askFor(event.target.action, { method: "POST", body: new FormData(event.target) });
});

addEventListener("focus", askAgain);
askAgain();
