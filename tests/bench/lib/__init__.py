"""What the benchmarks share: where things are, and the servers."""
