"""The reference pages: written out of the program itself, in both languages.

`make reference` writes them to docs/reference/ and docs/ja/reference/, and beside the catalog the
JSON Schema that editors use.
"""
