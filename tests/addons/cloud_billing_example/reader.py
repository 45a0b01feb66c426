"""A format of our own, `id|YYYY-MM-DD|account|value` a line: what a reader of another module looks like."""

import hashlib

from odoo.addons.cloud_billing.engine.numbers import NumberError, parse_decimal, to_text
from odoo.addons.cloud_billing.engine.readers import RowError, UsageRow, register


class GaugeReader:
    name = "example_gauge"
    label = "Gauge log"
    shape = "append"

    def recognise(self, header):
        return bool(header) and header[0].startswith("gauge|")

    def read(self, chunks, *, file_name, limits, options):
        lines = b"".join(chunks).decode().splitlines()
        for row_no, line in enumerate(lines[1:], 2):
            try:
                yield self._read_line(row_no, line)
            except (ValueError, NumberError):
                yield RowError(row_no, None, "not_a_number", line[:200], line)

    def _read_line(self, row_no, line):
        external_id, day, account, value = line.split("|")
        return UsageRow(
            row_no=row_no, external_id=external_id, provider="Gauge", provider_account="", sub_account=account,
            sub_account_name=account, service="Gauge", sku="", sku_name="", region="", charge_kind="usage", unit="m3",
            currency="", service_start=f"{day} 00:00:00", service_end=f"{day} 23:59:59", billing_month=None,
            quantity=to_text(parse_decimal(value)), cost_billed=None, cost_effective=None, cost_list=None,
            cost_contracted=None, resource="", tags="{}",
            content_hash=hashlib.blake2b(line.encode(), digest_size=16).digest(),
        )  # fmt: skip


register("example_gauge", GaugeReader())
