from . import test_exact_number_widget
from . import test_decimal_field
