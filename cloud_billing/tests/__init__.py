from . import test_exact_number_widget
from . import test_decimal_field
from . import test_reader_messages
from . import test_usage_source
from . import test_price_resolution
from . import test_usage_import
