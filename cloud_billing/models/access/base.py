from odoo import models

from .sharing_paths import Paths
from .sharing_table import COMPANY_BEHIND, FREE, PATHS

_WHOLE = Paths()


class Base(models.AbstractModel):
    _inherit = "base"

    def _get_sharing_paths(self):
        """Where this model keeps its customer, subscription and product (`Paths`); None where groups limit nothing.

        Override on a model of another module that has customers' data. A stored model of this family that says nothing
        counts as one that belongs to a whole company.
        """
        if self._name in PATHS:
            return PATHS[self._name]
        if self._name in COMPANY_BEHIND:
            return _WHOLE.behind(COMPANY_BEHIND[self._name])
        is_ours = self._name.startswith("cloud.") and not self._abstract and not self._transient
        return _WHOLE if is_ours and self._name not in FREE else None
