"""What a check can find: the codes, and a finding as a value."""
