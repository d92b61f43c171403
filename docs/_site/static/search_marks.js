"use strict";
/* Marks what was typed, whole: Sphinx marks what it looks up, which for Japanese are pairs of
   characters, and the parts of `valid-from`. */
{
  const japanese = "[\\u3005-\\u3007\\u3041-\\u30ff\\u3400-\\u9fff\\uf900-\\ufaff\\uff66-\\uff9f]";
  const words = new RegExp(`${japanese}+|(?:(?!${japanese})\\S)+`, "gu"); // カタログのURL: two
  const edges = /^[^\p{L}\p{N}_]+|[^\p{L}\p{N}_]+$/gu; // “quoted”

  const typedTerms = (query) => {
    const found = query.normalize("NFKC").toLowerCase().match(words) || [];
    const terms = found.map((word) => word.replace(edges, ""));
    return terms
      .filter((term) => term && !stopwords.has(term) && !/^\d+$/.test(term))
      .sort((one, other) => other.length - one.length); // of two in one place, the longer
  };

  const { _parseQuery, makeSearchSummary } = Search;
  let typed = [];
  Search._parseQuery = (query) => {
    const [text, found, excluded, , objects] = _parseQuery(query);
    typed = typedTerms(query);
    localStorage.setItem("sphinx_highlight_terms", typed.join(" ")); // for the page that is opened
    return [text, found, excluded, new Set(typed), objects];
  };
  // The excerpt is from where the last of these is.
  Search.makeSearchSummary = (page, found, anchor) =>
    makeSearchSummary(page, [...found, ...[...typed].reverse()], anchor);
}
