"""Connectors for systems of any kind: what is asked and how it is answered are settings.

Owns: REST (`rest`, `rest_settings`), SOAP (`soap`, `soap_settings`; zeep within bounds: `soap_client`), files over
HTTPS (`https_files`) and SFTP (`sftp`; whom it speaks to: `ssh`). They share who asks (`auth`, `auth_settings`), texts
with places (`template`), pages (`paging`), asking on from the last row (`anchor`), answers as JSON lines (`json_rows`),
and what a question of any kind is part of (`collecting`, `question_settings`).
Does not own: providers and what their fields mean. A preset for one system is a connector that fills settings in.
"""

from ..registry import register
from .https_files import HttpsFilesConnector
from .rest import RestConnector
from .sftp import SftpConnector
from .soap import SoapConnector

for connector in (RestConnector, SoapConnector, HttpsFilesConnector, SftpConnector):
    register(connector)
