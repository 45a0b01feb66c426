from . import call_log, cloud_usage_source
