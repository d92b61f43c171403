"""`linkmgr doctor`: what is well with an instance, what is not, and what to do."""
