"""Tables that know what was applied: one file each."""
