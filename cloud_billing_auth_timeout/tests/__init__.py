from . import test_access
from . import test_api_keys
from . import test_login
from . import test_passwords
from . import test_second_factor
from . import test_session_policy
