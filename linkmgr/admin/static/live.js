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

const refresh = async () => {
  if (document.hidden || Date.now() - asked < SECONDS * 1000) return;
  asked = Date.now();
  const headers = { "HX-Request": "true", "X-Live": "1", "If-None-Match": etag };
  const response = await fetch(figures.dataset.address, { headers }).catch(() => null);
  if (response?.status !== 200) return; // the same as before, or signed out: what is there stays
  etag = response.headers.get("ETag");
  Idiomorph.morph(figures, await response.text(), { morphStyle: "innerHTML", callbacks });
  prepareCharts();
};

setInterval(refresh, SECONDS * 1000 + 100);
document.addEventListener("visibilitychange", refresh);
