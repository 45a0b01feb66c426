"""A zip archive of several files: which of them are data, their order, and what no archive gets away with."""

import gzip
import io
import struct
import zipfile

import pytest
from cloud_billing_engine.readers import Limits, RejectedFile, open_several, open_table, read_header
from reader_samples import focus_file, read
from table_samples import sheet_xml, workbook_bytes, workbook_members, zip_bytes

FILE = focus_file({"BilledCost": "1"}, {"BilledCost": "2"})
ROWS = read(FILE)
MIB = 1024**2


def opened(data, limits=None, **options):
    """The archive of a file, None where it is not one of several."""
    return open_several([data], file_name="bills.zip", limits=limits or Limits(), options=options)


def refused(data, limits=None, **options):
    with pytest.raises(RejectedFile) as caught:
        opened(data, limits, **options)
    assert caught.value.file == "bills.zip"
    return caught.value


def with_directory(entries):
    """An archive whose directory lists one packed file under several names: all of them share its bytes."""
    content = b"x" * MIB
    packed = zip_bytes({"a.csv": content})
    start = packed.index(b"PK\x01\x02")
    entry = packed[start : packed.rindex(b"PK\x05\x06")]
    directory = b"".join(entry.replace(b"a.csv", name) for name in entries)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), start, 0)
    return packed[:start] + directory + end


def doubled():
    """An archive of two files that have one name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.csv", FILE)
        archive.writestr("a.csv", b"x\n")
    return out.getvalue()


class TestWhichFilesAreData:
    def test_in_the_order_of_their_names_with_numbers_as_numbers(self):
        names = ["part-10.csv", "part-2.csv", "2026-01/b.csv", "2026-01/a.csv", "part-02.csv"]
        archive = opened(zip_bytes(dict.fromkeys(names, FILE)))
        assert archive.choose() == (
            ["2026-01/a.csv", "2026-01/b.csv", "part-02.csv", "part-2.csv", "part-10.csv"],
            [],
        )

    def test_what_is_known_to_be_no_data_is_passed_over_by_name(self):
        beside = [
            "README.txt", "docs/readme.md", "LICENSE", "__MACOSX/._a.csv", ".DS_Store", "x/._a.csv", "Thumbs.db",
            "manifest.json", "cur-report-Manifest.json", "_manifest.xml", "_SUCCESS", "invoice.PDF", "a.csv.md5",
        ]  # fmt: skip
        archive = opened(zip_bytes({"x/": b"", "a.csv": FILE, "x/b.csv": FILE, **dict.fromkeys(beside, b"?")}))
        assert archive.choose() == (["a.csv", "x/b.csv"], beside)

    @pytest.mark.parametrize("name", ["readings.csv", "manifests.csv", "success.csv", "licences.csv", "notes.txt"])
    def test_a_name_that_only_looks_like_it_is_data(self, name):
        assert opened(zip_bytes({"a.csv": FILE, name: FILE})).choose()[0] == sorted(["a.csv", name])

    def test_one_file_alone_is_read_as_before_and_one_with_something_beside_it_names_that(self):
        assert opened(zip_bytes({"a.csv": FILE})) is None
        assert opened(zip_bytes({"month/": b"", "month/a.csv": FILE})) is None
        packed = zip_bytes({"a.csv": FILE, "README": b"x"})
        assert opened(packed).choose() == (["a.csv"], ["README"])
        assert read(packed) == ROWS

    def test_no_file_at_all_is_left_to_the_reader_to_refuse(self):
        for members in ({}, {"README": b"x", "manifest.json": b"{}"}):
            assert opened(zip_bytes(members)) is None

    def test_a_workbook_is_none_and_neither_is_what_is_not_a_zip(self):
        assert opened(workbook_bytes([["a"], ["1"]])) is None
        assert opened(FILE) is None
        assert opened(b"") is None

    def test_a_source_that_names_one_of_them_reads_that_one(self):
        packed = zip_bytes({"a.csv": FILE, "manifest.json": b"x,y\n1,2\n"})
        assert opened(packed, member="manifest.json") is None
        assert read_header([packed], file_name="f", limits=Limits(), options={"member": "manifest.json"}) == ["x", "y"]


class TestReadingOneOfThem:
    def rows_of(self, content, name="b.csv"):
        archive = opened(zip_bytes({"a.csv": FILE, name: content}))
        return read(b"".join(archive.read(name)), is_member=True)

    def test_gives_the_rows_of_the_file(self):
        assert self.rows_of(FILE) == ROWS

    def test_a_workbook_among_them_is_read(self):
        content = zip_bytes(workbook_members({"Usage": sheet_xml([["a", "b"], ["1", "2"]])}))
        archive = opened(zip_bytes({"a.csv": FILE, "b.xlsx": content}))
        table = open_table(archive.read("b.xlsx"), file_name="b.xlsx", limits=Limits(), options={"is_member": True})
        assert (table.header(), list(table)) == (["a", "b"], [["1", "2"]])

    @pytest.mark.parametrize("pack", [lambda data: zip_bytes({"c.csv": data}), gzip.compress])
    def test_an_archive_among_them_is_refused(self, pack):
        with pytest.raises(RejectedFile) as caught:
            self.rows_of(pack(FILE))
        assert caught.value.reason == "packed_twice"


class TestHostileArchives:
    def test_two_files_of_one_name(self):
        error = refused(doubled())
        assert (error.reason, error.detail) == ("member_twice", "a.csv")
        # A name ends at a byte 0.
        assert refused(with_directory([b"a.csv", b"a\0csv", b"a\0xyz"])).reason == "member_twice"

    def test_more_files_than_a_delivery_has(self):
        packed = zip_bytes({f"{n}.csv": FILE for n in range(6)})
        error = refused(packed, Limits(max_members=5))
        assert (error.reason, error.detail) == ("too_many_members", 5)
        assert len(opened(packed, Limits(max_members=6)).choose()[0]) == 6

    def test_among_more_files_than_a_delivery_has_the_one_that_the_source_names_is_read(self):
        packed = zip_bytes({f"{n}.csv": FILE for n in range(6)})
        few = Limits(max_members=5)
        assert opened(packed, few, member="3.csv") is None
        assert read(packed, limits=few, member="3.csv") == ROWS
        for data, name, reason in ((packed, "6.csv", "too_many_members"), (doubled(), "a.csv", "member_twice")):
            with pytest.raises(RejectedFile) as caught:
                read(data, limits=few, member=name)
            assert caught.value.reason == reason

    def test_files_that_share_their_bytes_are_added_up(self):
        # 20 names of one megabyte that is packed into about 1 kB: 20 MB of it, each below what is looked at alone.
        packed = with_directory([f"{n:05}".encode() for n in range(20)])
        assert len(packed) < 3000
        assert refused(packed).reason == "ratio_too_high"
        alone = with_directory([b"00001", b"00002"])
        assert len(opened(alone).choose()[0]) == 2

    def test_more_bytes_together_than_allowed(self):
        packed = zip_bytes({"a.csv": FILE, "b.csv": FILE})
        assert refused(packed, Limits(max_bytes=2 * len(FILE) - 1)).reason == "too_large"
        assert opened(packed, Limits(max_bytes=2 * len(FILE)))

    def test_what_stands_beside_them_is_never_unpacked(self):
        packed = zip_bytes({"a.csv": FILE, "b.csv": FILE, "readme.txt": b"\0" * 100 * MIB})
        assert opened(packed, Limits(max_bytes=2 * len(FILE))).choose()[1] == ["readme.txt"]

    def test_names_never_become_paths(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        archive = opened(zip_bytes({"../../a.csv": FILE, "/etc/cron.d/x": FILE, "9" * 5000: FILE}))
        for name in archive.choose()[0]:
            assert b"".join(archive.read(name)) == FILE
        assert list(tmp_path.iterdir()) == []

    def test_damage_in_one_of_them_is_found_when_it_is_read(self):
        packed = bytearray(zip_bytes({"a.csv": FILE, "b.csv": FILE}, zipfile.ZIP_STORED))
        packed[packed.rindex(FILE[:40]) + 10] ^= 1
        archive = opened(bytes(packed))
        assert b"".join(archive.read("a.csv")) == FILE
        with pytest.raises(RejectedFile, match="damaged"):
            b"".join(archive.read("b.csv"))
