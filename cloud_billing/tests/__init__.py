from . import test_exact_number_widget
