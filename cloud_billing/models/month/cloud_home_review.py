from odoo import models


class CloudHome(models.AbstractModel):
    """The review in its three buckets, with the money that each is about."""

    _inherit = "cloud.home"

    # === BUSINESS === #

    def _get_run_step(self, company, start, key):
        step = super()._get_run_step(company, start, key)
        if key == "review" and step["res_ids"] and not step["is_done"]:
            step["count_label"] = self._tell_buckets(step["res_ids"])
        return step

    def _tell_buckets(self, run_ids):
        """A text such as "bills: 18 ready (180.00 EUR), 11 to look at (399.34 EUR)"; empty buckets are left out."""
        Bill = self.env["cloud.bill"]
        domain = [("run_id", "in", run_ids), ("state", "in", ("ready", "look", "blocked"))]
        found = {}
        for state, currency, count, amount in Bill._read_group(
            domain, ["state", "currency_id"], ["__count", "amount:sum"]
        ):
            bills, texts = found.setdefault(state, [0, []])
            found[state][0] = bills + count
            texts.append(f"{Bill._format_amount(amount or 0, currency)} {currency.name}")
        sentences = {
            "ready": self.env._("%(count)s ready (%(amounts)s)"),
            "look": self.env._("%(count)s to look at (%(amounts)s)"),
            "blocked": self.env._("%(count)s blocked (%(amounts)s)"),
        }
        told = [
            sentence % {"count": found[state][0], "amounts": ", ".join(found[state][1])}
            for state, sentence in sentences.items()
            if state in found
        ]
        return self.env._("bills: %(buckets)s", buckets=", ".join(told)) if told else self.env._("bills")
