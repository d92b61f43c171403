"""The processes of `linkmgr serve`, and how they listen."""
