"""`linkmgr placements`: which links are on which pages, in the blocks and written by hand."""
