"""Bills and statements that come from outside are taken in a live company; bank accounts they name are not, by that."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .change_common import ChangeCase

KNOWN, NEW = "AT483200000012345864", "AT611904300234573201"

_UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
    xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>
  <cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
  <cbc:ID>A-2026-17</cbc:ID>
  <cbc:IssueDate>2026-03-02</cbc:IssueDate>
  <cbc:DueDate>2026-04-01</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:AccountingSupplierParty><cac:Party>
    <cac:PostalAddress>
      <cbc:StreetName>Ring 1</cbc:StreetName><cbc:CityName>Vienna</cbc:CityName>
      <cac:Country><cbc:IdentificationCode>AT</cbc:IdentificationCode></cac:Country>
    </cac:PostalAddress>
    <cac:PartyTaxScheme>
      <cbc:CompanyID>{vat}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
    </cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName></cac:PartyLegalEntity>
  </cac:Party></cac:AccountingSupplierParty>
  <cac:PaymentMeans>
    <cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>
    <cac:PayeeFinancialAccount><cbc:ID>{account}</cbc:ID></cac:PayeeFinancialAccount>
  </cac:PaymentMeans>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">60.00</cbc:LineExtensionAmount>
    <cbc:PayableAmount currencyID="EUR">60.00</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>
  <cac:InvoiceLine>
    <cbc:ID>1</cbc:ID>
    <cbc:InvoicedQuantity unitCode="C62">3.0</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">60.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Racks</cbc:Name></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">20.00</cbc:PriceAmount></cac:Price>
  </cac:InvoiceLine>
</Invoice>
"""

_CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
    xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
    xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
    <ram:ID>urn:cen.eu:en16931:2017</ram:ID>
  </ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument>
    <ram:ID>A-2026-17</ram:ID><ram:TypeCode>380</ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">20260302</udt:DateTimeString></ram:IssueDateTime>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>
    <ram:IncludedSupplyChainTradeLineItem>
      <ram:SpecifiedTradeProduct><ram:Name>Racks</ram:Name></ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
        <ram:ChargeAmount>20.00</ram:ChargeAmount>
      </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
      <ram:SpecifiedLineTradeDelivery>
        <ram:BilledQuantity unitCode="C62">3</ram:BilledQuantity>
      </ram:SpecifiedLineTradeDelivery>
      <ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation>
        <ram:LineTotalAmount>60.00</ram:LineTotalAmount>
      </ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>
    <ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty>
      <ram:Name>{name}</ram:Name>
      <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{vat}</ram:ID></ram:SpecifiedTaxRegistration>
    </ram:SellerTradeParty></ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeSettlement>
      <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
      <ram:SpecifiedTradeSettlementPaymentMeans>
        <ram:TypeCode>30</ram:TypeCode>
        <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>{account}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
      </ram:SpecifiedTradeSettlementPaymentMeans>
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:TaxBasisTotalAmount>60.00</ram:TaxBasisTotalAmount><ram:GrandTotalAmount>60.00</ram:GrandTotalAmount>
        <ram:DuePayableAmount>60.00</ram:DuePayableAmount>
      </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
"""


@tagged("post_install", "-at_install")
class TestBillsThatComeAsFiles(ChangeCase):
    """Acme, a customer, sends a bill over 3 racks at 20.00 each: 60.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("setup")
        cls.partner.write({"vat": "ATU12345675", "is_company": True})
        cls.set_company_state("live")
        cls.env.flush_all()
        cls.journal = cls.company_data["default_journal_purchase"]

    def setUp(self):
        super().setUp()
        if "account.edi.common" not in self.env:
            self.skipTest("Odoo's add-on that reads such files is not installed.")

    def receive(self, template=_UBL, account=NEW, name="Acme", vat="ATU12345675"):
        text = template.format(account=account, name=name, vat=vat)
        attachments = self.env["ir.attachment"].with_user(self.user_accountant)
        attachment = attachments.create({"name": "bill.xml", "raw": text.encode(), "mimetype": "application/xml"})
        bill = self.journal.with_user(self.user_accountant)._create_document_from_attachment(attachment.ids)
        return bill.with_env(self.env)

    def assert_complete(self, bill, account):
        """All of the bill has arrived, and it is paid to this account."""
        self.assertEqual((bill.partner_id, bill.ref, bill.move_type), (self.partner, "A-2026-17", "in_invoice"))
        line = bill.invoice_line_ids
        self.assertEqual((line.name, line.quantity, line.price_unit, bill.amount_untaxed), ("Racks", 3, 20, 60))
        self.assertEqual(bill.partner_bank_id, account)

    def assert_told(self, bill):
        told = bill.message_ids.filtered(lambda message: NEW in (message.body or ""))
        self.assertEqual(len(told), 1)
        self.assertIn("approval of a second person", told.body)
        self.assertIn("Propose a New Record", told.body)

    def test_a_bill_with_a_new_account_arrives_whole_without_it(self):
        accounts = self.partner.with_context(active_test=False).bank_ids
        for template in (_UBL, _CII):
            bill = self.receive(template)
            # Odoo takes an account of the customer that is in force, as for every bill.
            self.assert_complete(bill, self.bank)
            self.assert_told(bill)
        self.assertEqual(self.partner.with_context(active_test=False).bank_ids, accounts)

    def test_a_bill_with_the_known_account_is_paid_to_it(self):
        bill = self.receive(account=KNOWN)
        self.assert_complete(bill, self.bank)
        self.assertNotIn("second person", "".join(bill.message_ids.mapped("body")))

    def test_an_account_that_was_archived_does_not_come_back_by_a_bill(self):
        self.set_company_state("setup")
        archived = self.bank.copy({"acc_number": NEW})
        archived.active = False
        self.set_company_state("live")
        bill = self.receive()
        self.assert_complete(bill, self.bank)
        self.assertFalse(archived.active)
        self.assert_told(bill)

    def test_a_bill_by_mail(self):
        bill = self.env["account.move"].message_new(
            {
                "message_id": "<bill@acme.example>",
                "subject": "Your bill",
                "from": "office@acme.example",
                "email_from": "office@acme.example",
                "to": "bills@cloud.example",
                "attachments": [],
                "body": "",
            },
            {"move_type": "in_invoice", "journal_id": self.journal.id, "company_id": self.company.id},
        )
        attachment = self.env["ir.attachment"].create(
            {
                "name": "bill.xml",
                "raw": _UBL.format(account=NEW, name="Acme", vat="ATU12345675").encode(),
                "mimetype": "application/xml",
                "res_model": "account.move",
                "res_id": bill.id,
            }
        )
        bill.with_context(from_alias=True)._extend_with_attachments(bill._to_files_data(attachment), new=True)
        self.assert_complete(bill, self.bank)
        self.assert_told(bill)

    def test_what_the_file_says_of_the_customer_stays_in_the_file(self):
        bill = self.receive(account=KNOWN, vat="ATU99999999")
        self.assert_complete(bill, self.bank)
        self.assertEqual(self.partner.vat, "ATU12345675")

    def test_a_supplier_who_is_no_customer_gets_the_account(self):
        bill = self.receive(name="Racks Ltd", vat="ATU27865209")
        self.assertEqual(bill.partner_bank_id.sanitized_acc_number, NEW)
        self.assertEqual((bill.partner_id.name, bill.amount_untaxed), ("Racks Ltd", 60))

    def test_while_the_company_is_set_up_the_account_is_added(self):
        self.set_company_state("setup")
        bill = self.receive()
        self.assertEqual((bill.amount_untaxed, len(bill.invoice_line_ids)), (60, 1))
        self.assertIn(NEW, self.partner.bank_ids.mapped("sanitized_acc_number"))


@tagged("post_install", "-at_install")
class TestAccountsOfTheCompanyItself(ChangeCase):
    """Whoever changes the account on our invoices is paid in our place."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("setup")
        cls.own = cls.env["res.partner.bank"].create({"acc_number": KNOWN, "partner_id": cls.company.partner_id.id})
        cls.set_company_state("live")
        cls.env.flush_all()

    def assert_refused(self):
        return self.assertRaisesRegex(UserError, "with the approval of a second person")

    def test_it_is_changed_made_and_taken_away_by_two_people(self):
        for vals in ({"acc_number": NEW}, {"active": False}, {"partner_id": self.partner_a.id}):
            with self.assert_refused(), self.cr.savepoint():
                self.own.write(vals)
        with self.assert_refused(), self.cr.savepoint():
            self.own.copy({"acc_number": NEW})
        with self.assert_refused(), self.cr.savepoint():
            self.own.unlink()
        request = self.submit(self.own, {"acc_number": NEW}, self.user_accountant)
        self.vote(request)
        self.assertEqual(self.own.sanitized_acc_number, NEW)

    def test_a_bank_journal_takes_one_that_was_agreed_and_makes_none(self):
        vals = {"name": "Bank 2", "code": "BNK9", "type": "bank", "company_id": self.company.id}
        with self.assert_refused(), self.cr.savepoint():
            self.env["account.journal"].create({**vals, "bank_acc_number": NEW})
        journal = self.env["account.journal"].create({**vals, "bank_acc_number": KNOWN})
        self.assertEqual(journal.bank_account_id, self.own)

    def test_it_gets_none_by_merging_its_contact_with_another_one(self):
        other = self.env["res.partner"].create({"name": "Double"})
        self.env["res.partner.bank"].create({"acc_number": NEW, "partner_id": other.id})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        for ids in ((self.company.partner_id + other).ids, (self.company.partner_id + self.partner).ids):
            with self.assert_refused(), self.cr.savepoint():
                wizard._merge(ids, self.company.partner_id)

    def test_the_company_is_not_given_the_contact_of_somebody_else(self):
        with self.assert_refused(), self.cr.savepoint():
            self.company.partner_id = self.partner_a

    def test_a_transfer_from_an_account_that_is_not_known_is_taken_without_it(self):
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "payment_ref": "Transfer",
                "amount": 10,
                "date": "2026-03-01",
                "partner_id": self.company.partner_id.id,
                "account_number": NEW,
            }
        )
        self.assertFalse(line._find_or_create_bank_account())

    def test_of_a_company_that_is_set_up_they_are_free(self):
        company = self.env["res.company"].create({"name": "New company"})
        bank = self.env["res.partner.bank"].create({"acc_number": NEW, "partner_id": company.partner_id.id})
        bank.acc_number = KNOWN
        self.assertEqual(bank.sanitized_acc_number, KNOWN)
