from odoo import models

from .usage_proof_sql import get_single_rows_sql
from .usage_reads import EVERYTHING
from .usage_store_totals import get_frame_parameters


class CloudUsageStore(models.AbstractModel):
    """The rows of one figure, for a proof of it."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: PROOF === #

    def _rows_to_prove(self, company, number, request, limit):
        """The rows that a request counts as of a number, oldest service first, `limit` at most.

        A tuple each: import id, number of its file, then what the engine's proof.ROW_COLUMNS name from `row` on, as the
        database has it; dimensions are values in the order of request.dimensions. Rows of levels that may hold from
        before the stretch are among them.
        """
        meters = self._fetch_meters([request])
        reads = EVERYTHING._replace(dimensions=tuple(request.dimensions))
        parameters = self._get_parameters(company, number, [request], [0], reads)
        parameters.update(
            get_frame_parameters([request]),
            has_levels=self._get_kind(request, meters) == "states",
            limit=limit,
        )
        self.env.cr.execute(get_single_rows_sql(reads), parameters)
        return self.env.cr.fetchall()
