"""What the connectors of providers' exports say: object storage, cost interfaces, partner bills."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

ERRORS = {}

FACTS = {}

PROBLEMS = {}

TEXTS = {}
