"""`linkmgr coverage`: what of a site and its catalog is shown, before and after a change."""
