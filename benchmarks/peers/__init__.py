"""What runs in the environment of the frameworks: one call of each, and how it is measured."""
