"""What tracefetch costs, beside what the same bytes cost anybody: `python -m benchmarks`."""
