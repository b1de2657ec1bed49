"""The version, which the package and the library share."""

__version__ = "0.1.0"
