"""Controllers: what is not a screen of the web client. They check rights and call models."""

from . import closing, evidence, explanation, interventions, proof, push, usage_file, usage_format, usage_upload, vault
