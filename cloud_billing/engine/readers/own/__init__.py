"""Own formats: what a person said about the columns of a file that nobody else knows.

Owns: the mapping document, what is proposed for the first rows of a file, the reader that follows a mapping, rows
condensed to a day, and accounts that are made of a tag. Does not own containers or formats of providers.
"""
