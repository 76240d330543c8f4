"""Random talks with known truth: who said what, how it was run, and how frameworks would have recorded it."""
