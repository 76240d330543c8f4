"""What the promptfoo provider holds to."""
