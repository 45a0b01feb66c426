"""Own formats: what a person said about the columns of a file that nobody else knows.

Owns: the mapping document, what is proposed for the first rows of a file, the reader that follows a mapping, and rows
condensed to a day. Does not own containers or formats of providers.
"""
