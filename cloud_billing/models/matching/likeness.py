"""How much names of accounts and of customers are alike. Pure: texts in, numbers out."""

import re
import unicodedata
from difflib import SequenceMatcher

# What a company is by law says nothing of which company it is.
_LEGAL_FORMS = {
    "ab", "ag", "as", "asa", "aps", "bv", "bvba", "co", "company", "corp", "corporation", "cv", "doo", "eurl", "gmbh",
    "holding", "inc", "incorporated", "kg", "kft", "limited", "llc", "llp", "ltd", "nv", "oy", "oyj", "plc", "pte",
    "pty", "sa", "sarl", "sas", "sia", "sl", "spa", "sprl", "srl", "sro", "stichting", "the", "ug", "vof", "zoo",
}  # fmt: skip
# Everybody has an address there.
_PUBLIC_DOMAINS = {
    "aol.com", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "live.com", "mail.com",
    "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "web.de", "yahoo.com", "zoho.com",
}  # fmt: skip
# Below these a provider gives every tenant a name of its own.
_TENANT_DOMAINS = (".onmicrosoft.com", ".mail.onmicrosoft.com", ".awsapps.com", ".myshopify.com")
_DOMAIN = re.compile(r"(?<![a-z0-9])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
# A provider may write as much as it likes where an account has its name; in so many characters a domain is found.
_LONGEST_NAME = 500
_WORD = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"[A-Z]{0,3}[0-9][A-Z0-9]{5,}")

LIKE_ENOUGH = 0.82


def get_words(name):
    """The words that tell a name from others: without accents, case and legal forms, in their order.

    >>> get_words("Müller & Söhne GmbH")
    ('muller', 'sohne')
    """
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().lower()
    # B.V. and S.p.A. are one word.
    words = _WORD.findall(re.sub(r"(?<=\b\w)\.(?=\w\b)", "", plain))
    return tuple(word for word in words if word not in _LEGAL_FORMS) or tuple(words)


def get_likeness(words, others):
    """How much two names, as get_words gives them, are alike: 1 for the same words, 0 below LIKE_ENOUGH or so."""
    if not words or not others:
        return 0.0
    return max(
        _get_ratio(" ".join(words), " ".join(others)),
        _get_ratio(" ".join(sorted(words)), " ".join(sorted(others))),
    )


def _get_ratio(text, other):
    """The ratio of difflib; its cheap upper bounds first, because most pairs are not alike at all."""
    matcher = SequenceMatcher(None, text, other, autojunk=False)
    if matcher.real_quick_ratio() < LIKE_ENOUGH or matcher.quick_ratio() < LIKE_ENOUGH:
        return 0.0
    return matcher.ratio()


def get_domain(text):
    """The domain in a text (an address of mail or of the web, or a name of a tenant) without www; "" where none is.

    >>> get_domain("https://www.acme.example/shop"), get_domain("it@acme.example"), get_domain("someone@gmail.com")
    ('acme.example', 'acme.example', '')
    """
    found = _DOMAIN.search((text or "")[:_LONGEST_NAME].lower())
    domain = found[0].removeprefix("www.") if found else ""
    return "" if domain in _PUBLIC_DOMAINS else domain


def get_tenant(domain):
    """The name that a tenant chose at its provider: acme of acme.onmicrosoft.com; "" for other domains."""
    for ending in _TENANT_DOMAINS:
        if domain.endswith(ending):
            return domain.removesuffix(ending)
    return ""


def get_number(text):
    """A VAT or company number as its bare characters, in capitals.

    >>> get_number("NL 8532.14.567 B01")
    'NL853214567B01'
    """
    return re.sub(r"[^A-Z0-9]", "", (text or "").upper())


def get_numbers(text):
    """Texts within a text that may be VAT or company numbers: with their country, and without."""
    bare = (get_number(part) for part in [text or "", *(text or "").split()])
    return {number for number in bare if _NUMBER.fullmatch(number)}
