"""A file on disk becomes a checked table."""
