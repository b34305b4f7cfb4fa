"""The version of the package, in semver."""

__version__ = "0.2.0"
