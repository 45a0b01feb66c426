# A room imports of those before it alone.
from . import numbers, control, record, approval, access, field_access, catalog, usage, contract, intake, masterdata
from . import matching
from . import push
from . import billing, invoicing, correction, closing, month, arrival, cutover, trial, estimate, vault
from . import connection
from . import delivered
from . import security
from . import chain
from . import protection
from . import evidence
