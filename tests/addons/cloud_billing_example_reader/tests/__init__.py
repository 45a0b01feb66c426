from . import test_call_log
