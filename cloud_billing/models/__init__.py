from . import numbers, control, record, approval, access, catalog, contract, usage, intake, masterdata, matching
from . import push
from . import billing, invoicing, correction, closing, month, arrival, cutover, trial, estimate, vault
from . import connection
from . import security
from . import chain
from . import protection
