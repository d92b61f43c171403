"""Every key of the catalog, declared once: what reads, describes and edits it follows from here."""
