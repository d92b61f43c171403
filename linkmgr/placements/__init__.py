"""`linkmgr placements`: which links stand on which pages, in the blocks and written by hand."""
