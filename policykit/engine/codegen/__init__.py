"""From checked conditions to Python functions, through `ast` nodes only. See docs/adr/0004.

`plan` says for each atom which values plain Python can decide, `emit` writes it down, `functions` puts rules together,
`index` finds the rules that are keyed by texts. No text of a user becomes source: names are generated, texts are
`ast.Constant`.
"""
