"""The version of the package, in semver."""

__version__ = "0.4.0"
