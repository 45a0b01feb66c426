"""Loads `cloud_billing/engine` as the package `cloud_billing_engine`, without Odoo and without the add-on around it."""

import importlib.util
import sys
from pathlib import Path

ENGINE = Path(__file__).resolve().parents[1] / "cloud_billing" / "engine"


def load_engine():
    """Import the engine under its stand-alone name; a second name in one process would double its exception classes."""
    name = "cloud_billing_engine"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, ENGINE / "__init__.py", submodule_search_locations=[str(ENGINE)]
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
