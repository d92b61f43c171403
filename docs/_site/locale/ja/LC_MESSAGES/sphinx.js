/* What the search says in Japanese; Sphinx's own words for it lack the number of pages. */
Documentation.addTranslations({
  locale: "ja",
  messages: {
    ", in ": ", ",
    "Hide Search Matches": "検索語の強調をやめる",
    "Preparing search...": "検索を準備しています…",
    "Search": "検索",
    "Search Results": "検索結果",
    "Search finished, found one page matching the search query.": [
      "${resultCount}ページが見つかりました。",
    ],
    "Searching": "検索中",
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
      "見つかりませんでした。ほかの言葉でお試しください。",
  },
  plural_expr: "0",
});
