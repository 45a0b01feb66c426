"""A connector for each provider whose bills are read. Each registers itself when it is imported."""

from . import azure_blob, s3

__all__ = ["azure_blob", "s3"]
