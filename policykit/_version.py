"""The package's version, read by the build and by `policykit --version`."""

__version__ = "0.1.0"
