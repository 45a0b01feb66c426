from . import numbers, control, catalog, contract, usage, billing, invoicing, correction, closing, month
from . import arrival, cutover, trial
