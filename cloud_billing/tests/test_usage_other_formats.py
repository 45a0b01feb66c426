"""Formats of which no provider has given us a file, written from their documentation: from the upload to rows.

Totals are worked out beside them by Decimal, from the same cells.
"""

import gzip
import json
from decimal import Decimal

from odoo.tests import tagged

from .test_usage_import_wizard import WizardCase
from .test_usage_provider_bills import bill

CSP = {
    "PartnerId": "0f8e1c52-7c7a-4e0e-9d0c-5c8b1f6f2a10",
    "CustomerId": "6d1f1c9e-2f0a-4a52-8d8a-1d0f5b7e9c33",
    "CustomerName": "Bakery",
    "InvoiceNumber": "",
    "ProductId": "DZH318Z0BPS6",
    "SkuId": "00HL",
    "SkuName": "B2s",
    "ChargeStartDate": "2026-10-01T00:00:00Z",
    "ChargeEndDate": "2026-10-31T00:00:00Z",
    "UsageDate": "2026-10-05T00:00:00Z",
    "MeterCategory": "Virtual Machines",
    "MeterId": "f31064a2",
    "MeterName": "B2s",
    "ChargeType": "new",
    "UnitType": "1 Hour",
    "Quantity": "23.350007",
    "BillingPreTaxTotal": "1.19552035",
    "BillingCurrency": "EUR",
    "Tags": '{"env":"prod"}',
}
CSP_ROWS = (
    {},
    {"UsageDate": "2026-10-06T00:00:00Z", "UnitType": "100 Hours", "Quantity": "0.5", "BillingPreTaxTotal": "2.56"},
    {"ChargeType": "customerCredit", "BillingPreTaxTotal": "-0.75", "Quantity": "1"},
)
CUR_2 = {
    "identity_line_item_id": "first",
    "bill_invoice_id": "",
    "bill_payer_account_id": "111122223333",
    "bill_billing_period_start_date": "2026-10-01 00:00:00.000",
    "line_item_usage_account_id": "444455556666",
    "line_item_usage_account_name": "Bakery",
    "line_item_line_item_type": "Usage",
    "line_item_usage_start_date": "2026-10-05 10:00:00.000",
    "line_item_usage_end_date": "2026-10-05 11:00:00.000",
    "line_item_product_code": "AmazonEC2",
    "line_item_usage_type": "EU-BoxUsage:m5.large",
    "line_item_usage_amount": "2.5",
    "line_item_currency_code": "USD",
    "line_item_unblended_cost": "0.2675",
    "pricing_public_on_demand_cost": "0.28",
    "pricing_unit": "Hrs",
    "product": '{"product_name": "Amazon Elastic Compute Cloud", "vcpu": 2}',
    "resource_tags": '{"user_team": "web"}',
}
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
STATEMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<UtilityStatement xmlns="{UBL}UtilityStatement-2" xmlns:cac="{UBL}CommonAggregateComponents-2"
  xmlns:cbc="{UBL}CommonBasicComponents-2"><cbc:ID>US-%s</cbc:ID><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:SubscriberConsumption><cbc:ConsumptionID>K-1</cbc:ConsumptionID>
  <cac:UtilityConsumptionPoint><cbc:ID>EAN-1</cbc:ID></cac:UtilityConsumptionPoint>
  <cac:SupplierConsumption><cac:UtilitySupplierParty><cac:PartyName><cbc:Name>Northwind Power</cbc:Name></cac:PartyName>
  </cac:UtilitySupplierParty><cac:UtilityCustomerParty><cac:PartyIdentification><cbc:ID>C-9</cbc:ID>
  </cac:PartyIdentification></cac:UtilityCustomerParty><cac:Consumption/>%s
  </cac:SupplierConsumption></cac:SubscriberConsumption></UtilityStatement>"""
LINE = """<cac:ConsumptionLine><cbc:ID>%s</cbc:ID><cbc:InvoicedQuantity unitCode="KWH">%s</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">%s</cbc:LineExtensionAmount>
  <cac:Period><cbc:StartDate>2026-10-01</cbc:StartDate><cbc:EndDate>2026-10-31</cbc:EndDate></cac:Period>
  <cac:UtilityItem><cbc:ID>E-1</cbc:ID><cbc:ConsumptionType>Electricity</cbc:ConsumptionType></cac:UtilityItem>
</cac:ConsumptionLine>"""
SESSION = """<IPDR xsi:type="WLAN:IPDR-WISP-Type"><seqNum>%s</seqNum><username>bakery@example.net</username>
  <gmtSessionStartDateTime>2026-10-05T10:00:00Z</gmtSessionStartDateTime>
  <gmtSessionEndDateTime>2026-10-05T11:00:00Z</gmtSessionEndDateTime>
  <sessionDuration>3600</sessionDuration><inputOctets>%s</inputOctets><outputOctets>%s</outputOctets></IPDR>"""


def statement(number, *lines):
    """A UBL utility statement: lines are (id, quantity, cost)."""
    return (STATEMENT % (number, "".join(LINE % line for line in lines))).encode()


def sessions(document, *records):
    """An IPDR document: records are (number, octets in, octets out)."""
    body = "".join(SESSION % record for record in records)
    return f"""<IPDRDoc xmlns="http://www.ipdr.org/namespaces/ipdr" docId="{document}"
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{body}<IPDRDoc.End count="{len(records)}"/>
      </IPDRDoc>""".encode()


@tagged("post_install", "-at_install")
class TestOtherFormats(WizardCase):
    def bring_new(self, reader, file_name, content):
        """Import a file of a new source as a person does: the reader is the one that the wizard proposes."""
        values = {"source_choice": "new", "source_id": False, "source_name": file_name}
        wizard = self.upload((file_name, content), **values)
        wizard._onchange_file_ids()
        self.assertEqual(wizard.reader, reader)
        wizard.action_look()
        return self.bring(wizard)

    def total(self, usage_import, name):
        numbers = self.live_rows(usage_import.source_id).mapped(name)
        return sum((number for number in numbers if number is not None), Decimal(0))

    def test_usage_of_a_csp_partner_in_its_units_with_credits_apart(self):
        usage_import = self.bring_new("csp", "october.csv", bill(CSP, *CSP_ROWS))
        self.assertEqual((usage_import.source_id.shape, self.counts(usage_import)), ("snapshot", (3, 3, 0, 0, 0)))
        # 1.19552035 + 2.56 - 0.75
        self.assertEqual(self.total(usage_import, "cost_billed"), Decimal("3.00552035"))
        streams = self.env["cloud.usage.stream"].search([("source_id", "=", usage_import.source_id.id)])
        self.assertEqual(set(streams.mapped("charge_kind")), {"usage", "credit"})
        self.assertEqual(set(streams.mapped("sub_account_name")), {"Bakery"})
        usage = self.live_rows(usage_import.source_id).filtered(lambda row: row.stream_id.charge_kind == "usage")
        # Half a block of a hundred hours is fifty of them.
        self.assertEqual(sum(usage.mapped("quantity")), Decimal("73.350007"))

    def test_the_invoice_of_a_csp_partner_takes_the_place_of_the_estimate(self):
        estimate = self.bring_new("csp", "unbilled.csv", bill(CSP, *CSP_ROWS))
        billed = [{**row, "InvoiceNumber": "G012345678"} for row in CSP_ROWS]
        lines = "\n".join(json.dumps({**CSP, **row}) for row in billed).encode()
        # As Partner Center exports it: packed lines of JSON.
        later = self.deliver(estimate.source_id, gzip.compress(lines), "billed.json.gz")
        self.assertEqual((later.state, self.counts(later)), ("imported", (3, 3, 0, 0, 0)))
        self.assertEqual(later.differences[0]["changed_rows"], 3)
        self.assertEqual(self.total(estimate, "cost_billed"), Decimal("3.00552035"))

    def test_the_second_generation_of_awss_report_with_maps(self):
        rows = ({}, {"line_item_line_item_type": "Tax", "line_item_unblended_cost": "0.0562"})
        usage_import = self.bring_new("aws_cur", "cur2.csv", bill(CUR_2, *rows))
        self.assertEqual(self.counts(usage_import), (2, 2, 0, 0, 0))
        self.assertEqual(self.total(usage_import, "cost_billed"), Decimal("0.3237"))
        row = self.live_rows(usage_import.source_id)[0]
        self.assertEqual(row.tags["tags"], {"user_team": "web"})
        self.assertEqual(row.tags["product"]["vcpu"], "2")
        again = [{**row, "identity_line_item_id": "second"} for row in rows]
        self.assertEqual(self.deliver(usage_import.source_id, bill(CUR_2, *again)).state, "known")

    def test_statements_of_a_utility_add_lines_by_their_ids(self):
        lines = (("1", "120.50", "30.125"), ("2", "80", "12.00"))
        usage_import = self.bring_new("ubl_utility", "statement.xml", statement(10, *lines))
        self.assertEqual((usage_import.source_id.shape, self.counts(usage_import)), ("append", (2, 2, 0, 0, 0)))
        self.assertEqual(self.total(usage_import, "quantity"), Decimal("200.50"))
        self.assertEqual(self.total(usage_import, "cost_billed"), Decimal("42.125"))
        self.assertEqual(self.deliver(usage_import.source_id, statement(10, *lines), "again.xml").state, "known")
        self.assertEqual(self.counts(self.deliver(usage_import.source_id, statement(11, lines[0]))), (1, 1, 0, 0, 0))

    def test_sessions_have_a_row_for_each_of_their_measures(self):
        usage_import = self.bring_new("ipdr", "sessions.xml", sessions("D-1", ("1", "1000", "250000"), ("2", "5", "7")))
        self.assertEqual((usage_import.source_id.shape, self.counts(usage_import)), ("append", (6, 6, 0, 0, 0)))
        found = {}
        for row in self.live_rows(usage_import.source_id):
            found[row.stream_id.sku] = found.get(row.stream_id.sku, 0) + row.quantity
        self.assertEqual(found, {"inputOctets": 1005, "outputOctets": 250007, "sessionDuration": 7200})
        short = sessions("D-2", ("1", "1", "1")).replace(b'count="1"', b'count="2"')
        refused = self.deliver(usage_import.source_id, short, "short.xml")
        self.assertEqual(refused.state, "refused")
