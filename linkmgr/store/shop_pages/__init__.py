"""What `linkmgr check --online` knows of the shops' pages."""
