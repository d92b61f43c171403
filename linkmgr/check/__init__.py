"""`linkmgr check`: proves on the built pages that their links and blocks are right."""
