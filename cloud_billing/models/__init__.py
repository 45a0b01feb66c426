from . import numbers, control, catalog, contract, usage, billing, cutover, trial
