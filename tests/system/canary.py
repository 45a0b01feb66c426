"""A marked secret, and the search for it in bytes of any origin, in every form in which it could have travelled."""

import base64
import contextlib
import gzip
import io
import subprocess
import urllib.parse
import urllib.request
import uuid
import zlib
from pathlib import Path

import instance
from web import Session

# Run in an Odoo shell: everything that each login reads and exports of every model, as text in a file. Of a model that
# refuses some fields the others one by one.
READ_ALL = """
def read(records, names):
    try:
        with env.cr.savepoint():
            said = [records.read(names, load="_classic_read")]
        with env.cr.savepoint():
            return [*said, records.export_data([name for name in names if name != "id"])]
    except Exception as error:
        if len(names) == 1:
            return [str(error)]
        return [read(records, [name]) for name in names]

with open({path!r}, "w", encoding="utf-8") as file:
    for login in {logins!r}:
        user = env["res.users"].with_context(active_test=False).search([("login", "=", login)])
        # What an add-on says of itself is in files, and made anew each time.
        for name in sorted(set(env) - {{"ir.module.module"}}):
            model = env(user=user, su=False)[name].with_context(active_test=False)
            if model._abstract:
                continue
            try:
                with env.cr.savepoint():
                    # Of what is not ours the newest.
                    limit = 100 if name.startswith(("cloud.", "mail.")) else 10
                    records = model.search([], limit=limit, order="id desc")
                    names = list(model.fields_get(attributes=[]))
            except Exception:
                continue
            if records:
                file.write(f"== {{login}} {{name}} {{len(records)}}\\n{{read(records, names)!r}}\\n")
        env.cr.rollback()
        env.invalidate_all()
print("READ", {count})
"""


def make_mark():
    """A mark that stands nowhere else."""
    return f"CBCANARY-{uuid.uuid4().hex}"


def get_forms(mark):
    """The bytes of a mark as it is, in hexadecimal, in UTF-16, and in base64 wherever it begins in a longer text."""
    content = mark.encode()
    forms = {content, content.hex().encode(), mark.encode("utf-16-le"), urllib.parse.quote(mark).encode()}
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + content).decode().rstrip("=")
        stable = text[-(-offset * 8 // 6) : (offset + len(content)) * 8 // 6]
        forms |= {stable.encode(), stable.replace("+", "-").replace("/", "_").encode()}
    return forms


def count(mark, content):
    """How often a mark is in bytes, packed ones unpacked."""
    contents = [content]
    for unpack in (gzip.decompress, zlib.decompress):
        with contextlib.suppress(OSError, EOFError, zlib.error):
            contents.append(unpack(content))
    return sum(one.count(form) for one in contents for form in get_forms(mark))


class Listening(Session):
    """A person's session that keeps every byte of every answer in `said`."""

    def __init__(self, url, said, **options):
        super().__init__(url, **options)
        self.said = said
        self._opener.add_handler(_Recorder(said))


class _Recorder(urllib.request.BaseHandler):
    # Before urllib makes an exception of what is no success.
    handler_order = 900

    def __init__(self, said):
        self.said = said

    def http_response(self, request, response):
        content = response.read()
        self.said.append(str(response.headers).encode() + content)
        copy = urllib.request.addinfourl(io.BytesIO(content), response.headers, response.url, response.status)
        copy.msg = response.msg
        return copy


class Search:
    """Where marks could be of one server."""

    def __init__(self, odoo, server, said, folder):
        self.odoo = odoo
        self.server = server
        self.said = said
        self.folder = folder

    def look(self, marks, script, logins):
        """{place: times} of where one of the marks is.

        script: the fixture.   logins: whose rights every model is read with.
        """
        path = self.folder / "records.txt"
        printed = script(
            self.server.database, READ_ALL.format(logins=logins, path=str(path), count=len(logins))
        ).communicate(timeout=900)[0]
        assert f"READ {len(logins)}" in printed, printed[-3000:]
        places = {
            "log": self.server.log.read_bytes() + printed.encode(),
            "dump": self._dump(),
            "records": path.read_bytes(),
            "answers": b"\n".join(self.said),
        }
        folder = instance.DATA / "filestore" / self.server.database
        files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
        found = {place: sum(count(mark, content) for mark in marks) for place, content in places.items()}
        found["files"] = sum(count(mark, content) for mark in marks for content in files)
        return {place: times for place, times in found.items() if times}

    def _dump(self):
        """The database as a backup of it would be."""
        command = [Path(self.odoo.pg.binaries) / "pg_dump", "--no-owner", "-d", self.server.database]
        return subprocess.run(command, env=self.odoo.environ, check=True, capture_output=True).stdout
