from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ...sql_rows import as_table
from . import likeness

# By how it was found: how sure it is.
CONFIDENCE = {
    "subscription_key": "exact",
    "customer_key": "exact",
    "code": "exact",
    "vat": "exact",
    "registry": "exact",
    "domain": "likely",
    "name": "likely",
    "tenant": "possible",
    "similar": "possible",
}
_ACCOUNT = {"source_id": "int", "provider_account": "varchar", "sub_account": "varchar", "sub_account_name": "varchar"}


# A word that so many names have tells none of them from another.
_COMMON = 50


class Account(NamedTuple):
    """What usage says of whose it is. Texts are "" where nothing is said."""

    source_id: int
    provider_account: str
    sub_account: str
    sub_account_name: str
    provider: str


class CloudUsageSuggester(models.AbstractModel):
    """Suggests customers for usage that belongs to nobody: account by account, in a constant number of statements.

    A suggestion names exactly one customer. The first kind of evidence that does counts; where it names several,
    the next kind may still tell.
    """

    _name = "cloud.usage.suggester"
    _description = "Suggestions of Owners"

    # === BUSINESS === #

    def _suggest(self, company, streams=None, usage_import=None):
        """Write on streams without an owner who may be meant, and why. streams, usage_import: only these."""
        condition, parameters = "", {"company_id": company.id}
        if streams is not None:
            condition, parameters["stream_ids"] = "AND s.id = ANY(%(stream_ids)s)", streams.ids
        if usage_import:
            condition += """ AND s.id IN (SELECT b.stream_id
                                            FROM cloud_billing_usage.delivery_stream b
                                            JOIN cloud_usage_delivery d ON d.id = b.delivery_id
                                           WHERE d.import_id = %(import_id)s)"""
            parameters["import_id"] = usage_import.id
        accounts = self._fetch_accounts(condition, parameters)
        if not accounts:
            return
        book = self._make_book(company, accounts)
        rows = []
        for account in accounts:
            customer_id, kind, value = book.find(account) or (None, None, None)
            rows.append((*account[:4], customer_id, kind, CONFIDENCE.get(kind), value))
        self._write_suggestions(company, rows)

    def _fetch_accounts(self, condition, parameters):
        self.env.flush_all()
        self.env.cr.execute(
            f"""
            SELECT DISTINCT s.source_id, COALESCE(s.provider_account, ''), COALESCE(s.sub_account, ''),
                   COALESCE(s.sub_account_name, ''), COALESCE(s.provider, '')
              FROM cloud_usage_stream s
             WHERE s.company_id = %(company_id)s
               AND s.unmatched_rows > 0
               {condition}
            """,
            parameters,
        )
        return [Account(*values) for values in self.env.cr.fetchall()]

    def _make_book(self, company, accounts):
        """What is known of the customers of a company, by all that may be in usage."""
        # sudo: an import that nobody watches suggests too; what is written is read with the rights of who reads.
        customers = self.env["cloud.customer"].sudo().search([("company_id", "=", company.id)])
        partners = customers.partner_id.commercial_partner_id | customers.partner_id
        partners.fetch(["vat", "company_registry", "website", "email", "name"])
        book = Book()
        for customer in customers:
            partner = customer.partner_id
            book.add("code", (customer.code or "").strip().lower(), customer.id)
            for one in partner | partner.commercial_partner_id:
                number = likeness.get_number(one.vat)
                book.add("vat", number, customer.id)
                book.add("vat", number[2:] if number[:2].isalpha() else "", customer.id)
                book.add("registry", likeness.get_number(one.company_registry), customer.id)
                for text in (one.website, one.email):
                    domain = likeness.get_domain(text)
                    book.add("domain", domain, customer.id)
                    book.add("tenant", domain.rsplit(".", 1)[0], customer.id)
            for name in {customer.name, partner.name}:
                book.add_name(likeness.get_words(name), customer.id)
        self._add_keys(company, book, accounts)
        return book

    def _add_keys(self, company, book, accounts):
        """External keys: those of the source, of its provider, and of no system in particular."""
        texts = {text.lower() for account in accounts for text in (account.sub_account, account.provider_account)}
        self.env.cr.execute(
            """
            SELECT lower(k.key), k.source_id, lower(COALESCE(k.system, '')), k.customer_id, s.customer_id
              FROM cloud_external_key k
         LEFT JOIN cloud_subscription s ON s.id = k.subscription_id
             WHERE k.company_id = %s
               AND lower(k.key) = ANY(%s)
            """,
            [company.id, list(texts - {""})],
        )
        for key, source_id, system, customer_id, of_subscription in self.env.cr.fetchall():
            kind = "customer_key" if customer_id else "subscription_key"
            book.add(kind, (key, source_id, system), customer_id or of_subscription)

    def _write_suggestions(self, company, rows):
        columns = {
            **_ACCOUNT,
            "customer_id": "int",
            "kind": "varchar",
            "confidence": "varchar",
            "value": "varchar",
        }
        self.env.cr.execute(
            SQL(
                """
                UPDATE cloud_usage_stream s
                   SET suggested_customer_id = v.customer_id,
                       suggestion_kind = v.kind,
                       suggestion_confidence = v.confidence,
                       suggestion_value = v.value
                  FROM %(suggestions)s
                 WHERE s.company_id = %(company_id)s
                   AND s.unmatched_rows > 0
                   AND s.source_id = v.source_id
                   AND COALESCE(s.provider_account, '') = v.provider_account
                   AND COALESCE(s.sub_account, '') = v.sub_account
                   AND COALESCE(s.sub_account_name, '') = v.sub_account_name
                   AND (s.suggested_customer_id, s.suggestion_kind, s.suggestion_value)
                       IS DISTINCT FROM (v.customer_id, v.kind, v.value)
                """,
                suggestions=as_table("v", columns, rows),
                company_id=company.id,
            )
        )
        self.env["cloud.usage.stream"].invalidate_model()


class Book:
    """Customers by what names them; what names several names nobody."""

    def __init__(self):
        self.by_kind = defaultdict(lambda: defaultdict(set))
        self.by_words = defaultdict(set)
        self.by_word = defaultdict(set)

    def add(self, kind, text, customer_id):
        if text and customer_id:
            self.by_kind[kind][text].add(customer_id)

    def add_name(self, words, customer_id):
        if words:
            self.by_words[words].add(customer_id)
            for word in words:
                self.by_word[word[:4]].add(words)

    def find(self, account):
        """(customer id, kind of evidence, the text that is alike), or None."""
        for look in (self._find_by_key, self._find_by_number, self._find_by_domain, self._find_by_name):
            found = look(account)
            if found:
                return found
        return None

    def _find_by_key(self, account):
        for text in (account.sub_account, account.provider_account):
            key = text.strip().lower()
            places = [(key, account.source_id, ""), (key, None, account.provider.lower()), (key, None, "")]
            for kind in ("subscription_key", "customer_key"):
                for place in dict.fromkeys(places):
                    if found := self._get_only(kind, place):
                        return found, kind, text
            if found := self._get_only("code", key):
                return found, "code", text
        return None

    def _find_by_number(self, account):
        for text in (account.sub_account, account.sub_account_name):
            for number in sorted(likeness.get_numbers(text)):
                for kind in ("vat", "registry"):
                    if found := self._get_only(kind, number):
                        return found, kind, number
        return None

    def _find_by_domain(self, account):
        for text in (account.sub_account_name, account.sub_account):
            domain = likeness.get_domain(text)
            if found := self._get_only("domain", domain):
                return found, "domain", domain
            tenant = likeness.get_tenant(domain)
            if found := self._get_only("tenant", tenant):
                return found, "tenant", domain
        return None

    def _find_by_name(self, account):
        for text in (account.sub_account_name, account.sub_account):
            words = likeness.get_words(text)
            if found := _only(self.by_words.get(words)):
                return found, "name", text
        return self._find_by_likeness(account)

    def _find_by_likeness(self, account):
        """The customer whose name is most like, where no other's is as much."""
        words = likeness.get_words(account.sub_account_name)
        beginnings = {word[:4] for word in words}
        some = [names for names in map(self.by_word.get, beginnings) if names and len(names) <= _COMMON]
        near = set().union(*some)
        ranked = sorted(((likeness.get_likeness(words, other), other) for other in near), reverse=True)[:2]
        if not ranked or ranked[0][0] < likeness.LIKE_ENOUGH:
            return None
        if (
            len(ranked) > 1
            and ranked[1][0] == ranked[0][0]
            and self.by_words[ranked[1][1]] != self.by_words[ranked[0][1]]
        ):
            return None
        found = _only(self.by_words[ranked[0][1]])
        return found and (found, "similar", account.sub_account_name)

    def _get_only(self, kind, text):
        return _only(self.by_kind[kind].get(text)) if text else None


def _only(customer_ids):
    """The one of a set; None where there is none, or more."""
    return next(iter(customer_ids)) if customer_ids and len(customer_ids) == 1 else None
