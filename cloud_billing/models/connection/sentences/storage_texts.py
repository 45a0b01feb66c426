"""Labels, help, titles and summaries of the connectors of providers' exports, to be translated."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# The texts as engine/connectors/providers has them; a test sees that none is missing.
TEXTS = {
    text._source: text
    for text in (
        _lt("Amazon S3: data exports, cost and usage reports, files"),
        _lt("Bills that AWS exports to a bucket, and files in any bucket that speaks S3."),
        _lt("Access key ID"),
        _lt("Of an IAM user that may do nothing else than this."),
        _lt("Secret access key"),
        _lt("Role to take on"),
        _lt("Where the bucket is another account's: arn:aws:iam::123456789012:role/billing-reader"),
        _lt("External ID of the role"),
        _lt("As that account demands it of the role."),
        _lt("Region"),
        _lt("Such as eu-west-1. Empty: Amazon is asked where the bucket is."),
        _lt("Bucket"),
        _lt("Folder"),
        _lt("Of an export its prefix and name, as in billing/my-export. Of files what their names begin with."),
        _lt("What is there"),
        _lt("an export of AWS: data export (CUR 2.0, FOCUS) or legacy report"),
        _lt("files that another system puts there"),
        _lt("Only files named"),
        _lt("For files without a manifest. Such as *.csv.gz; * is any text. Empty: every file."),
        _lt("One delivery is"),
        _lt(
            "For files without a manifest. A month in several files must be one folder: else each takes the place of "
            "the one before it. A folder is taken when nothing was added for 15 minutes."
        ),
        _lt("each file"),
        _lt("all files of a folder"),
        _lt("Ask Cost Explorer for the month's total"),
        _lt(
            "A control total from another side. Amazon charges USD 0.01 for each question: one for each month that is "
            "read anew. The key needs the right ce:GetCostAndUsage in the account that pays."
        ),
        _lt("Other server"),
        _lt("Address of a store that speaks S3, such as https://minio.example.com. Empty: Amazon."),
        _lt("Other server for roles"),
        _lt("Other server for Cost Explorer"),
        _lt("Azure Blob Storage: cost exports, files"),
        _lt("Cost Management exports (actual, amortised, FOCUS) and files in any container."),
        _lt("Storage account"),
        _lt("Its name, as in NAME.blob.core.windows.net."),
        _lt("Sign in by"),
        _lt("an application of Entra ID (best: it can have one right only)"),
        _lt("a shared access signature"),
        _lt("the account's key (it may do everything)"),
        _lt("Tenant ID"),
        _lt("Directory (tenant) ID, as the overview of the app registration shows it."),
        _lt("Application ID"),
        _lt("Application (client) ID of the app registration."),
        _lt("Client secret"),
        _lt("Shared access signature"),
        _lt("With the rights read and list."),
        _lt("Account key"),
        _lt("Container"),
        _lt("What the names begin with: the directory of the export and its name. Empty: the whole container."),
        _lt("an export of Cost Management"),
        _lt("For national clouds: the address before the container's name. Empty: the public one."),
        _lt("Other login server"),
        _lt("For national clouds, such as https://login.partner.microsoftonline.cn. Empty: the public one."),
        _lt("Azure Cost Details"),
        _lt("Costs of a billing account or subscription (EA, MCA), month by month, without an export."),
        _lt("Scope"),
        _lt("providers/Microsoft.Billing/billingAccounts/NUMBER, or subscriptions/ID."),
        _lt("Costs"),
        _lt("actual: as they are billed"),
        _lt("amortised: reservations over their time"),
        _lt("For national clouds. Empty: management.azure.com."),
        _lt("Hosts of the files"),
        _lt("The reports lie in storage accounts of Microsoft, whose names nobody knows before."),
        _lt("Microsoft CSP: a partner's usage and licences"),
        _lt("Daily rated usage and licence lines of all customers, from Partner Center by Microsoft Graph."),
        _lt("Refresh token of the consent"),
        _lt(
            "Of the Secure Application Model, where the application acts for a person. Each use gives a new one, which"
            " is kept in its place; unused for 90 days it ends. Empty: the application acts for itself."
        ),
        _lt("What is read"),
        _lt("One of them a source: they are different files of the same month."),
        _lt("Azure usage, day by day"),
        _lt("licences and other invoice lines"),
        _lt("Currency"),
        _lt("Three letters; Microsoft makes one file for each."),
        _lt("Other server for Graph"),
        _lt("Other server for Partner Center"),
        _lt("The files lie in storage accounts of Microsoft, whose names nobody knows before."),
        _lt("Google Cloud billing export in BigQuery"),
        _lt("Standard and detailed usage cost of a billing account, by invoice month."),
        _lt("Key of the service account"),
        _lt("The JSON file as Google Cloud gives it, whole."),
        _lt("Table"),
        _lt("project.dataset.gcp_billing_export_v1_XXXXXX_XXXXXX_XXXXXX, or gcp_billing_export_resource_v1_..."),
        _lt("Project that pays for the questions"),
        _lt("Empty: that of the service account."),
        _lt("Location of the dataset"),
        _lt("Such as EU."),
        _lt("At most so many GiB read by one question"),
        _lt("BigQuery charges for what a question reads; one that would read more is refused."),
        _lt("Other server for tokens"),
    )
}
