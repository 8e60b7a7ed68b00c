"""YAML whose every value knows where it stands, and the shapes that read it."""
