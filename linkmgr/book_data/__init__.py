"""What public services say of a book, by its ISBN."""
