"""A connector for each provider whose bills or meters are read. Each registers itself when it is imported."""

from . import azure_blob
from . import cloudkitty
from . import opencost
from . import prometheus
from . import s3
from . import vcloud

__all__ = ["azure_blob", "cloudkitty", "opencost", "prometheus", "s3", "vcloud"]
