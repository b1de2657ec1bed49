"""The version of the package and of the sandbox; cargo test checks that both are the same."""

__version__ = "0.2.0"
