"""Controllers: what is not a screen of the web client. They check rights and call models."""

from . import explanation, interventions, proof, usage_file
