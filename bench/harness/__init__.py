"""What the benchmarks share. Nothing but Python's own library."""
