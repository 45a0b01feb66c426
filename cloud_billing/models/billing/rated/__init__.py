"""Rated lines: one priced part of a charge each, written in bulk, frozen once approved."""

from . import cloud_rated_line, cloud_rated_line_rows, cloud_rated_grant
