from . import test_debit_notes
from . import test_sale_orders
