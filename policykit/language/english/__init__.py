"""A clause in plain English, from the checked policy: what a reader who does not know the language is bound to.

Nothing is left out that binds: who, by when, shown by what, the condition, what happens when a fact is not known, and
the remedy. The same policy always gives the same text.
"""

from policykit.language.english.clauses import explain_clause
from policykit.language.english.conditions import sentence
from policykit.language.english.whole import Part, explain_policy

__all__ = ["Part", "explain_clause", "explain_policy", "sentence"]
