"""The version of the engine, which every call log names."""

VERSION = "0.1.0"
