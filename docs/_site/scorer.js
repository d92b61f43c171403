// A page where a word occurs is as good as another for Sphinx: what explains goes before what lists.
var Scorer = {
  score: ([page, , , , score, , kind]) => {
    if (kind === "title") return score + 5; // a heading says more than its words in others
    if (kind !== "text") return score;
    if (page === "tutorial" || page.startsWith("how-to/")) return score + 2;
    if (page.startsWith("reference/") || page === "architecture") return score;
    return score + 1;
  },
  // The rest is Sphinx's own.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
