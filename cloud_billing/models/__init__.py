from . import numbers, control, catalog, contract, usage, intake, billing, invoicing, correction, closing, month
from . import arrival, cutover, trial
