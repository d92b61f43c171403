"""What all pages share: their context, languages, security, errors and templates."""
