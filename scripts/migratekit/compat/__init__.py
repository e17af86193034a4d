"""Calling forms of other tools, taken over: one module each."""
