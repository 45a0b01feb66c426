from . import test_example_extension
