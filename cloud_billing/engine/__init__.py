"""The engine: arithmetic, calendars and formats of billing, in plain Python.

Owns: what a quantity costs (`rating`), which days a period has (`schedule`), what a provider's file says (`readers`),
how to fetch it (`connectors`). Does not own: records, users, the ledger. It never imports odoo and uses relative
imports only, so that the same code runs in Odoo, in a bare test and on an auditor's laptop.
"""
