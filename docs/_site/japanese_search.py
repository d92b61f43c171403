"""Japanese search: text and queries are cut alike, into pairs of characters.

Sphinx's own segmenter cuts the text into words, but not what is typed: 「クリック数」 finds nothing
where the text was cut into 「クリック」 and 「数」.
"""

from __future__ import annotations

import re
import unicodedata

from sphinx.search.ja import SearchJapanese

# Kana, their marks and the long vowel, ideographs: all that is written without spaces.
JAPANESE = r"[\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]"
TOKEN = re.compile(rf"{JAPANESE}+|(?:(?!{JAPANESE})\w)+")
IDEOGRAPH = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")

# The same for a query. It needs every pair; a single character only where there is no other.
SPLIT_QUERY = rf"""
function splitQuery(query) {{
  const japanese = /^{JAPANESE}/;
  const words = /{JAPANESE}+|(?:(?!{JAPANESE})[\p{{L}}\p{{N}}_])+/gu;
  const tokens = query.normalize("NFKC").match(words) || [];
  return tokens.flatMap((token) => {{
    if (!japanese.test(token) || token.length === 1) return [token];
    return Array.from({{ length: token.length - 1 }}, (_, i) => token.slice(i, i + 2));
  }});
}}
"""


class PairsOfCharacters(SearchJapanese):
    """What Sphinx asks for a language's search index and its script."""

    js_splitter_code = SPLIT_QUERY

    def __init__(self, options: dict[str, str]) -> None:
        """Need no segmenter, which the class above would load."""
        self.options = options

    def split(self, input: str) -> list[str]:  # noqa: A002  # its name in the class above
        """Cut a text into pairs of Japanese characters, its ideographs, and words of others."""
        found = []
        for token in TOKEN.findall(unicodedata.normalize("NFKC", input)):
            if re.match(JAPANESE, token):
                found += [token[at : at + 2] for at in range(len(token) - 1)]
                found += IDEOGRAPH.findall(token)
            else:
                found.append(token)
        return found

    def word_filter(self, word: str) -> bool:  # noqa: ARG002
        """Leave out nothing: 本 is a word of one character, and 22 ends a tag."""
        return True
