"""What is known of links: addresses, ISBNs and ASINs, programmes, and whose link this is."""
