"""What all commands have in common: options, help, terminal, language and database."""
