"""Intake: how files get to the server before anything reads them. Owns uploads and their parts.

Does not own what a file means or what is kept of a delivery: an upload hands its parts over to a file of an import.
"""

from . import cloud_usage_upload, cloud_usage_upload_part, cloud_usage_file
