"""The server: the endpoints that count clicks, and the pages beside them."""
