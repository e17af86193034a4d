"""Checks that tell what is wrong before anything is run: one file each."""
