"""Numbers: what the ORM does beside `DecimalField`, so that no digit is lost in reading, adding, importing, printing.

Owns no model and no rule about money; it only extends Odoo's own machinery.
"""

from . import base, ir_fields_converter, ir_qweb_field_float, mail_tracking_value
