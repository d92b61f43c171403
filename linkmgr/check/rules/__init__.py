"""The rules: what is wrong with links, and with the blocks of posts."""
