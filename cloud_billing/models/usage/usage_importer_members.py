import hashlib
from functools import partial

from odoo import models

from ...engine.readers import RejectedFile, open_several

# Pieces of a file in an archive whose checksum is taken between two renewals of the lease: half a GB, seconds.
_HASHED_PIECES = 2048


class CloudUsageImporter(models.AbstractModel):
    """Looks into archives before anything is read: where one holds several files, each becomes a file of the import."""

    _inherit = "cloud.usage.importer"

    def _take_checksums(self, usage_import, token, transaction):
        result = super()._take_checksums(usage_import, token, transaction)
        if not (usage_import.high_water_file or usage_import.is_read):
            # Each time until something was read: meanwhile the source may have learned which file is meant.
            for file in usage_import.file_ids.filtered(lambda file: file.is_compressed and file.part_ids):
                self._unfold(usage_import, token, transaction, file)
        return result

    def _unfold(self, usage_import, token, transaction, file):
        """Keep what an archive of several files holds; another file stays as it is.

        Each file in a transaction of its own, so that of a large archive the next call goes on behind the last one.
        """
        archive = open_several(
            self._read_parts(usage_import, token, transaction, file),
            file_name=file.name,
            limits=usage_import._get_limits(),
            options=usage_import._get_reader_options(),
        )
        if not archive:
            transaction(partial(self._forget_members, usage_import, token, file))
            return
        known = set(file.member_ids.mapped("member"))
        for member in archive.choose()[0]:
            if member not in known:
                vals = self._describe_member(usage_import, token, transaction, file, archive, member)
                transaction(partial(self._keep_member, usage_import, token, file, archive, vals))
                if transaction == self._in_transaction:
                    self._check_time()

    def _describe_member(self, usage_import, token, transaction, file, archive, member):
        checksum, size = hashlib.sha256(), 0
        try:
            for number, piece in enumerate(archive.read(member)):
                if not number % _HASHED_PIECES:
                    transaction(partial(self._check_claim, usage_import, token))
                checksum.update(piece)
                size += len(piece)
        except RejectedFile as error:
            error.file = f"{file.name}/{member}"
            raise
        return file._describe_member(archive, member, size, checksum.hexdigest())

    def _keep_member(self, usage_import, token, file, archive, vals):
        self._check_claim(usage_import, token)
        file._keep_member(archive, vals)

    def _forget_members(self, usage_import, token, file):
        self._check_claim(usage_import, token)
        file._forget_members()
