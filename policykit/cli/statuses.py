"""With which statuses commands end: one table, which docs/commands.md prints.

A command that answers a question ends with 0 for yes and 1 for no. Nothing else ever ends with 0 or 1: a reader that
has gone, a disk that is full and a fault of ours have statuses of their own.
"""

from __future__ import annotations

EXIT_YES = 0
"""The answer is yes, or the work is done."""
EXIT_NO = 1
"""The answer is no: not met, findings, refused, refuted."""
EXIT_NOT_UNDERSTOOD = 2
"""No answer: a file, an option or a word was not understood, or something could not be read or written.
Of `trail verify`: the keys at hand cannot tell."""
EXIT_NO_TRAIL = 3
"""Of `trail verify` alone, where 2 is an answer: there is no trail, or an option is wrong."""
EXIT_FAULT = 70
"""A fault of policykit itself. Source: sysexits.h, EX_SOFTWARE."""
EXIT_OUTPUT = 74
"""The output cannot be written. Source: sysexits.h, EX_IOERR."""
EXIT_INTERRUPTED = 130
"""As shells report a program that SIGINT ended: 128 and the number of the signal. Source: POSIX, 2.8.2."""
EXIT_READER_GONE = 141
"""The reader of the output has gone: as shells report a program that SIGPIPE ended."""
