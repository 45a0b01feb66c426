"""CloudKitty's own API in a process of its own environment: python cloudkitty_api.py CONFIG HOST PORT

Its way of starting it wants a file that its package does not have; what that file puts together is put together here:
the token's check of Keystone before version 2 of the API.
"""

import sys

from cloudkitty import service
from cloudkitty.api import app as _options  # noqa: F401  registers what the configuration says
from cloudkitty.api.middleware import AuthTokenMiddleware
from cloudkitty.api.v2 import get_api_app
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import run_simple


def main(config, host, port):
    service.prepare_service([sys.argv[0]], config_files=[config])
    app = DispatcherMiddleware(NotFound(), {"/v2": get_api_app()})
    run_simple(host, int(port), AuthTokenMiddleware(app, {}), threaded=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
