"""What the outside gets to know of a run: one file an outlet."""
