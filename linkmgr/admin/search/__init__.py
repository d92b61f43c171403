"""Finding any item, post, tag or page of the admin by words."""
