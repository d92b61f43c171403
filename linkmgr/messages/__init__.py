"""What linkmgr says to people: messages as codes with parameters, worded once per language."""
