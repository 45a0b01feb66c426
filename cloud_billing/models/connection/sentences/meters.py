"""What the connectors of meters and of one's own cloud say."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

ERRORS = {}

FACTS = {}

PROBLEMS = {}

TEXTS = {}
