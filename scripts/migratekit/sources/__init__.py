"""Naming conventions on disk: one file each."""
