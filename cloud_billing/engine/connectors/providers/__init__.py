"""A connector for each provider whose bills are read. Each registers itself when it is imported."""

from . import s3

__all__ = ["s3"]
