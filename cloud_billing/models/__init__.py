from . import control, catalog, contract, usage, billing
