"""The git checkout of a site: which of linkmgr's files are committed, and committing those."""
