"""The report that `linkmgr adopt` prints, as text and as JSON."""
