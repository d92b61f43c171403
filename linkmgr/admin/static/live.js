// The dashboard's figures follow the clicks while the page is seen. Focus, scrolling, and what is
// opened stay, and nothing is read out.
const SECONDS = 30;
const figures = document.getElementById("figures");
let etag = "";
let asked = Date.now();

const KEPT = {
  details: ["open"],
  input: ["checked"],
};
const callbacks = {
  beforeAttributeUpdated: (name, node) =>
    !(node.matches(".drawing") && name !== "data-table") && !KEPT[node.localName]?.includes(name),
  beforeNodeRemoved: (node) => !node.classList?.contains("at-step"),
};

// Loads what takes in the changes, with the first of them; says whether it is there.
const loadMorph = () =>
  new Promise((resolve) => {
    if (window.Idiomorph) return resolve(true);
    const script = document.createElement("script");
    script.src = figures.dataset.morph;
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
    document.head.append(script);
  });

const refresh = async () => {
  if (document.hidden || Date.now() - asked < SECONDS * 1000) return;
  asked = Date.now();
  const headers = { "HX-Request": "true", "X-Live": "1", "If-None-Match": etag };
  const response = await fetch(figures.dataset.address, { headers }).catch(() => null);
  if (response?.status !== 200) return; // the same as before, or signed out: what is there stays
  const fresh = await response.text();
  if (!(await loadMorph())) return;
  Idiomorph.morph(figures, fresh, { morphStyle: "innerHTML", callbacks });
  etag = response.headers.get("ETag");
  prepareCharts();
};

setInterval(refresh, SECONDS * 1000 + 100);
document.addEventListener("visibilitychange", refresh);
