"""The way back: blocks as plain HTML in the posts, and the site without linkmgr."""
