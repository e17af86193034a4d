"""The project's own benchmark: `make bench` times migratekit, its peers and the floors side by side."""
