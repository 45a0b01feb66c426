"""CSV files that a button makes: kept as an attachment, and fetched from there by whoever pressed it."""


def download_csv(env, name, content, record=None):
    """The action that downloads a file, which is kept with a record; with none, only who made it can fetch it.

    content: bytes. Who calls has made sure that the person may read what the file tells.
    """
    kept_with = {"res_model": record._name, "res_id": record.id} if record else {}
    # sudo: lends the right to attach a file to a record that the person reads and need not be allowed to change.
    attachment = env["ir.attachment"].sudo().create({"name": name, "raw": content, "mimetype": "text/csv", **kept_with})
    return {
        "type": "ir.actions.act_url",
        "url": f"/web/content/{attachment.id}?download=true",
        "target": "download",
    }
