"""Speech in and out: voice detector, recognisers, voices, and the prompts they make."""
