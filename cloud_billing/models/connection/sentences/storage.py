"""What the connectors of providers' exports say: object storage, cost interfaces, partner bills."""

from odoo.tools import LazyTranslate

from . import storage_texts

_lt = LazyTranslate(__name__)

ERRORS = {
    # Keys and rights
    "key_unknown": _lt(
        "%(host)s does not know the access key ID. Look for a typing error, or make a new key at the provider: the old "
        "one may have been deleted. %(said)s"
    ),
    "key_wrong": _lt(
        "%(host)s knows the key but not its secret: the signature is wrong. Type the secret in again, whole and "
        "without spaces, or make a new key. %(said)s"
    ),
    "key_not_permitted": _lt(
        "The storage account at %(host)s lets nobody in with its key. Sign in as an application of Entra ID instead."
    ),
    "right_missing": _lt(
        "%(host)s knows who asks but does not let it read here. Give the key, role or application the rights that "
        "the documentation of this connector lists, for this bucket, container or table. %(said)s"
    ),
    "storage_refused": _lt(
        "%(host)s lets this server in neither with this key nor from this network. Type in a key or signature that has "
        "not expired; where that is right, allow this server in the network rules of the storage account. %(said)s"
    ),
    "session_expired": _lt(
        "The session at %(host)s has ended. A role is taken on again with the next fetch; a temporary key must be "
        "replaced by one that lasts. %(said)s"
    ),
    "clock_differs": _lt(
        "%(host)s refuses the question because the clock of this server is wrong by more than a few minutes. Have its "
        "administrator set the clock. %(said)s"
    ),
    "app_unknown": _lt(
        "Microsoft knows no application with this ID in this tenant. Compare Application ID and Tenant ID with the "
        "overview of the app registration. %(said)s"
    ),
    "app_secret_wrong": _lt(
        "Microsoft refuses the client secret. Type in the value of the secret, not its ID, or make a new one. %(said)s"
    ),
    "app_secret_expired": _lt(
        "The client secret has expired. Make a new one under Certificates & secrets of the app registration and type "
        "it in here. %(said)s"
    ),
    "tenant_unknown": _lt("Microsoft knows no tenant with this ID. Correct the Tenant ID. %(said)s"),
    "consent_missing": _lt(
        "Nobody has consented that this application reads the partner's billing. An administrator of the tenant "
        "grants it under API permissions. %(said)s"
    ),
    "consent_expired": _lt(
        "The consent of the Secure Application Model has ended: it was not used for 90 days, was revoked, or the "
        "password was changed. Sign in and consent once more, and type in the new refresh token. %(said)s"
    ),
    "bad_key_file": _lt(
        "The key of the service account is not whole. Type in the JSON file as Google Cloud gave it, from the "
        "first brace to the last, or make a new key."
    ),
    "service_account_refused": _lt(
        "Google refuses the service account. Its key may have been deleted, or the clock of this server is wrong: "
        "make a new key, or have the clock set. %(said)s"
    ),
    # Places
    "bucket_unknown": _lt(
        "%(host)s has no such bucket. Look for a typing error in Bucket, and whether it lies at this provider. %(said)s"
    ),
    "container_unknown": _lt(
        "%(host)s has no such container. Look for a typing error in Container and Storage account. %(said)s"
    ),
    "table_unknown": _lt(
        "There is no table %(place)s. Compare project, dataset and table with BigQuery, and set the location of "
        "the dataset where it is not in the United States. %(said)s"
    ),
    "other_region": _lt(
        "The bucket lies in another region: %(region)s. Enter that as Region, and have its host allowed. %(said)s"
    ),
    # Exports
    "bad_manifest": _lt(
        "The manifest %(file)s cannot be read, or it lists files outside this bucket. Let the provider make the export "
        "again; where other files end in its name, correct Folder."
    ),
    "files_missing": _lt(
        "The delivery of %(months)s is not complete: %(count)s files of its manifest are missing (%(files)s). "
        "Nothing of it was taken. It is tried again; where that goes on, let the provider make the export again."
    ),
    "changed_meanwhile": _lt(
        "A file at %(host)s was written anew while it was read. Nothing of the delivery was taken; the next "
        "fetch takes the new one."
    ),
    # Reports
    "report_not_ready": _lt(
        "%(host)s has not finished its report in %(minutes)s minutes. It is asked for again with the next fetch."
    ),
    "report_failed": _lt(
        "The provider could not make its report (%(status)s). It is asked for again; where that goes on, look at "
        "the scope, the invoice and the rights, or ask the provider."
    ),
    "months_too_old": _lt(
        "%(month)s lies too far back: the provider has costs from %(oldest)s on. Begin the back-fill there, and "
        "upload older months as files."
    ),
    "question_too_dear": _lt(
        "BigQuery refused the question because it would read more than is allowed. Raise the limit of GiB in the "
        "settings, or ask for fewer months at once. %(said)s"
    ),
}

FACTS = {
    "store_empty": _lt(
        "%(place)s lets us in, but there is nothing in the folder “%(folder)s”. The first export comes up to 24 "
        "hours after it was set up; otherwise compare the folder with the one of the export."
    ),
    "store_seen": _lt("Files at %(place)s: %(files)s (more may follow); the newest of them is %(newest)s."),
    "no_manifest": _lt(
        "%(place)s has files in “%(folder)s” but no manifest of this month or the last. Enter the prefix and the "
        "name of the export as Folder, or choose files that another system puts there."
    ),
    "export_seen": _lt(
        "The newest export is of %(month)s. Files in its manifest: %(files)s, of which are missing: %(missing)s."
    ),
    "explorer_seen": _lt("Cost Explorer says that %(month)s came to %(currency)s %(amount)s."),
    "scope_seen": _lt(
        "The costs of %(scope)s may be read. Its exports: %(exports)s. No report was made for this test, as reports "
        "are counted: Dry Run makes one and shows its rows."
    ),
    "no_invoices_seen": _lt(
        "There is no invoice in %(currency)s yet. Where there should be one, compare Currency with the invoices in "
        "Partner Center; unbilled usage of this month comes without one."
    ),
    "invoices_seen": _lt("Invoices in this currency: %(count)s; the newest is of %(newest)s."),
    "table_empty": _lt(
        "%(table)s lets us in, but nothing was exported in the last %(days)s days. A new export begins within a "
        "day; the first one of former months takes up to five."
    ),
    "table_seen": _lt("Rows of %(table)s in the newest invoice month, %(month)s: %(rows)s."),
}

PROBLEMS = {
    "not_a_bucket": _lt(
        "%(setting)s: “%(value)s” is no name of a bucket, which has 3 to 63 small letters, digits, dots and hyphens."
    ),
    "not_a_role": _lt(
        "%(setting)s: “%(value)s” is no role. It looks like arn:aws:iam::123456789012:role/billing-reader."
    ),
    "external_id_without_role": _lt("%(setting)s is of a role, and no role is given."),
    "not_an_account": _lt(
        "%(setting)s: “%(value)s” is no name of a storage account, which has 3 to 24 small letters and digits."
    ),
    "not_a_container": _lt(
        "%(setting)s: “%(value)s” is no name of a container, which has 3 to 63 small letters, digits and hyphens."
    ),
    "not_a_scope": _lt("%(setting)s: “%(value)s” begins neither with providers/ nor with subscriptions/."),
    "not_a_currency": _lt("%(setting)s: “%(value)s” is not the three letters of a currency, such as EUR."),
    "not_a_table": _lt("%(setting)s: “%(value)s” is not project.dataset.table."),
    "not_a_key_file": _lt("%(setting)s is not the JSON file of a service account, whole."),
}

TEXTS = storage_texts.TEXTS
