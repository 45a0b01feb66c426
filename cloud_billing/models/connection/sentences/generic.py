"""What the generic connectors and their presets say."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

ERRORS = {}

FACTS = {}

PROBLEMS = {}

TEXTS = {}
