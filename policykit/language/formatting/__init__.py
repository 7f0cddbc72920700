"""The parts of the formatter; `policykit.language.format` puts them together."""
