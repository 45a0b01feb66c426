"""Call log of a telephone system: lines such as `20261005 143015 00000095 EXT-201`, in the source's time zone."""

from datetime import timezone
from zoneinfo import ZoneInfo

from odoo.addons.cloud_billing.engine.readers import RowError, UsageRow, register
from odoo.addons.cloud_billing.engine.readers.moments import parse
from odoo.addons.cloud_billing.engine.readers.values import add_seconds, digest, plain_number


class CallLogReader:
    name, label, shape = "call_log", "Call log", "append"

    def recognise(self, header):
        return header == ["#CALLS"]

    def read(self, chunks, *, file_name, limits, options):
        zone = ZoneInfo(options["time_zone"]) if options.get("time_zone") else timezone.utc
        for row_no, line in enumerate(b"".join(chunks).decode().splitlines()[1:], 2):
            try:
                day, time, seconds, extension = line.split()
                start = parse(day + time, "compact", zone).utc
                seconds = plain_number(seconds, "seconds")
            except ValueError:
                yield RowError(row_no, None, "broken_record", "", line)
                continue
            yield UsageRow(
                row_no, line, "PBX", "", extension, "", "Calls", "", "", "", "usage", "Seconds", "", start,
                add_seconds(start, int(seconds) or 1), None, seconds, None, None, None, None, extension, "{}",
                digest(line.encode()),
            )  # fmt: skip


register("call_log", CallLogReader())
