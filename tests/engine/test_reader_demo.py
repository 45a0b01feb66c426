"""The invented provider's file: the same on every machine, and good enough for demo, tests and measurements."""

import csv
import gzip
import io
import json
from decimal import Decimal

from cloud_billing_engine.readers import Preview, UsageRow
from reader_samples import ROOT, load_tool, read

make_focus = load_tool("make_focus")
DEMO = ROOT / "cloud_billing" / "demo" / "focus_demo.csv"


def made(rows, **options):
    return b"".join(make_focus.focus_blocks(rows, **options))


class TestTheDemoFile:
    def test_is_what_the_tool_makes(self):
        assert made(300) == DEMO.read_bytes()

    def test_is_one_month_of_one_account_with_eight_sub_accounts_and_six_services(self):
        preview = Preview()
        for item in read(DEMO.read_bytes()):
            preview.add(item)
        assert (preview.rows, preview.errors) == (300, 0)
        assert list(preview.partitions()) == [("NEC-000417", "2026-10-01")]
        assert len(preview.sub_accounts()) == 8
        assert len(preview.totals_by("service")) == 6
        kinds = {kind: totals.rows for (kind,), totals in preview.totals_by("charge_kind").items()}
        assert kinds == {"usage": 290, "purchase": 3, "tax": 3, "credit": 3, "adjustment": 1}
        assert preview.service_start >= "2026-10-01 00:00:00"
        assert preview.service_end <= "2026-11-01 00:00:00"


class TestRows:
    def test_tie_out_with_their_own_prices(self):
        table = list(csv.DictReader(io.StringIO(made(500, seed=7).decode())))
        assert len(table) == 500
        for record in table:
            if record["ChargeCategory"] != "Usage":
                continue
            quantity, price = Decimal(record["PricingQuantity"]), Decimal(record["ListUnitPrice"])
            assert Decimal(record["ListCost"]) == quantity * price
            assert Decimal(record["ContractedUnitPrice"]) == price * Decimal("0.92")
            assert Decimal(record["ContractedCost"]) == quantity * Decimal(record["ContractedUnitPrice"])
            assert Decimal(record["BilledCost"]) in (0, Decimal(record["ContractedCost"]))
            assert record["Tags"] == "NULL" or json.loads(record["Tags"])["team"] in make_focus.TEAMS

    def test_are_the_same_again_and_others_with_another_seed(self):
        assert made(50) == made(50)
        assert made(50) != made(50, seed=2)
        assert made(60).startswith(made(50))

    def test_spread_over_as_many_sub_accounts_as_asked(self):
        rows = read(made(2000, sub_accounts=300, month="2026-02", currency="JPY"))
        assert all(isinstance(row, UsageRow) for row in rows)
        assert len({row.sub_account for row in rows}) > 280
        assert {row.currency for row in rows} == {"JPY"}
        assert max(row.service_end for row in rows) == "2026-03-01 00:00:00"


class TestCommand:
    def test_writes_a_compressed_file_that_is_the_same_each_time(self, tmp_path):
        paths = [tmp_path / "a.csv.gz", tmp_path / "b.csv.gz"]
        for path in paths:
            make_focus.main(["--rows", "20", "--out", str(path)])
        assert paths[0].read_bytes() == paths[1].read_bytes()
        assert gzip.decompress(paths[0].read_bytes()) == made(20)
        assert len(read(paths[0].read_bytes())) == 20

    def test_writes_the_same_rows_as_parquet(self, tmp_path):
        path = tmp_path / "usage.parquet"
        make_focus.main(["--rows", "300", "--out", str(path)])
        rows, plain = read(path.read_bytes()), read(made(300))
        # Numbers lose the zeros at their end, nothing else changes but the hash over what is written.
        numbers = ("quantity", "cost_billed", "cost_effective", "cost_list", "cost_contracted")
        for row, one in zip(rows, plain, strict=True):
            assert [Decimal(getattr(row, name) or 0) for name in numbers] == [
                Decimal(getattr(one, name) or 0) for name in numbers
            ]
            differing = dict.fromkeys((*numbers, "content_hash", "tags"))
            assert row._replace(**differing) == one._replace(**differing)
            assert json.loads(row.tags).get("tags") == json.loads(one.tags).get("tags")
