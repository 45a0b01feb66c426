"""Oracle's cost report: lines with a number of their own, corrections, tags."""

import json

from cloud_billing_engine.readers import UsageRow
from provider_samples import read_provider


def read_oci(*records):
    return read_provider("oci_cost", *records)


def only(items):
    (item,) = items
    return item


class TestALine:
    def test_becomes_a_row_with_its_number_and_every_value_as_written(self):
        row = only(read_oci({}))
        assert row._replace(tags="", content_hash=b"") == UsageRow(
            row_no=2,
            external_id="V2.6kJpEaaa==",
            provider="Oracle",
            provider_account="ocid1.tenancy.oc1..aaaa",
            sub_account="ocid1.compartment.oc1..bbbb",
            sub_account_name="bakery",
            service="COMPUTE",
            sku="B93113",
            sku_name="Compute - Standard - E4 - OCPU",
            region="eu-amsterdam-1",
            charge_kind="usage",
            unit="ONE HOURS OCPUS",
            currency="EUR",
            service_start="2026-10-05 10:00:00",
            service_end="2026-10-05 11:00:00",
            billing_month=None,
            quantity="4",
            cost_billed="0.1",
            cost_effective=None,
            cost_list=None,
            cost_contracted=None,
            resource="ocid1.instance.oc1..cccc",
            tags="",
            content_hash=b"",
        )

    def test_keeps_its_tags_and_every_other_column(self):
        tags = json.loads(only(read_oci({})).tags)
        assert tags == {
            "cost/skuUnitDescription": "OCPU Per Hour",
            "cost/subscriptionId": "12345",
            "cost/unitPrice": "0.025",
            "product/availabilityDomain": "AD-1",
            "tags": {"team": "web"},
        }

    def test_that_corrects_another_is_an_adjustment_with_a_number_of_its_own(self):
        correction = {"lineItem/referenceNo": "V2.new", "lineItem/isCorrection": "TRUE", "cost/myCost": "-0.1"}
        row = only(read_oci({**correction, "lineItem/backreferenceNo": "V2.6kJpEaaa=="}))
        assert (row.external_id, row.charge_kind, row.cost_billed) == ("V2.new", "adjustment", "-0.1")
        assert json.loads(row.tags)["lineItem/backreferenceNo"] == "V2.6kJpEaaa=="

    def test_without_a_number_is_a_bad_row(self):
        error = only(read_oci({"lineItem/referenceNo": ""}))
        assert (error.column, error.reason) == ("lineItem/referenceNo", "missing_value")
        error = only(read_oci({"lineItem/referenceNo": "x" * 501}))
        assert (error.column, error.reason) == ("lineItem/referenceNo", "field_too_long")
