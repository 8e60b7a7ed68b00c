"""What the caller means: grammars, the matcher, and what is told of times, numbers and names."""
