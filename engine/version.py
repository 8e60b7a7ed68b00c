"""The version of the engine, which every call log names."""

VERSION = "0.1.0"
COMPILED = not __file__.endswith(".py")
"""Whether this engine was compiled, which changes its speed and nothing else."""
