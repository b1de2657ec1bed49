"""The version, which the package and the library share."""

__version__ = "0.2.0"
