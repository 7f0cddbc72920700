"""Builds the syntax tree while the parser reduces: one function a grammar rule, gathered by `@reduces`."""
