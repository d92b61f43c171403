"""`linkmgr check --online`: whether the shops' pages that the site links to are still there."""
