"""Ask Jaeger or Tempo for a conversation as it was really spoken."""
