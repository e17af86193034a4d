"""New migrations: from a name and a few inputs to pairs of files."""
