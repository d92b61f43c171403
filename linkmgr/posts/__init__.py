"""The posts of a Jekyll site, exactly as Jekyll publishes them."""
