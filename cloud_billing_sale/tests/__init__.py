from . import test_debit_notes
from . import test_delivered_quantities
from . import test_sale_orders
from . import test_sale_access
