"""Tables: the bytes of any container as rows of cells.

Owns: text with delimiters, gzip and zip, workbooks, Parquet, JSON and XML by a row path, and what opens the
right one of them. Does not own what a column means: `providers` know that of one provider each, `own` of a mapping that
a person made.
"""
