"""A post as adopt reads it: parsed, with its addresses, codes and wording."""
