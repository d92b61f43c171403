"""Links: addresses, ISBNs and ASINs, programmes, and whose link this is."""
