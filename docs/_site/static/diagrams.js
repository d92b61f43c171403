"use strict";
/* Draws the diagrams in the page's colours, and again when the reader chooses others. */
(() => {
  const diagrams = [...document.querySelectorAll("pre.mermaid")];
  const sources = diagrams.map((diagram) => diagram.textContent);
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const draw = async () => {
    const chosen = document.body.dataset.theme;
    const dark = chosen === "dark" || (chosen !== "light" && system.matches);
    mermaid.initialize({
      startOnLoad: false,
      theme: dark ? "dark" : "neutral",
      themeVariables: dark ? { edgeLabelBackground: "#333" } : {},
      flowchart: { useMaxWidth: false },
      sequence: { useMaxWidth: false },
    });
    diagrams.forEach((diagram, i) => {
      diagram.textContent = sources[i];
      delete diagram.dataset.processed;
    });
    await mermaid.run({ nodes: diagrams });
    window.dispatchEvent(new Event("resize")); // they may be wider than their text was
  };

  system.addEventListener("change", draw);
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-theme"] });
  draw();
})();
