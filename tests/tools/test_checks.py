"""`make lint` sees what Odoo would install without a word, and what no file may say."""

import check_data
import check_words
import instance
import pytest

HEADER = "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
GOOD_ROW = "access_cloud_meter_viewer,cloud.meter.viewer,model_cloud_meter,group_viewer,1,0,0,0\n"


@pytest.fixture
def addon(tmp_path):
    """An add-on in order: one view file, one access file."""
    folder = tmp_path / "cloud_billing"
    for name in ("views/usage", "security"):
        (folder / name).mkdir(parents=True)
    (folder / "__manifest__.py").write_text('{"data": ["views/usage/a.xml", "security/ir.model.access.csv"]}')
    (folder / "views/usage/a.xml").write_text('<odoo><record id="a" model="ir.ui.view" /></odoo>')
    (folder / "security/ir.model.access.csv").write_text(HEADER + GOOD_ROW)
    return folder


def found(addon):
    return "\n".join(check_data.problems(addon.parent))


class TestDataFiles:
    def test_an_add_on_in_order_has_no_problem(self, addon):
        assert found(addon) == ""

    def test_a_view_file_that_no_manifest_lists(self, addon):
        (addon / "views/b.xml").write_text("<odoo />")
        assert "views/b.xml: no manifest lists it" in found(addon)

    def test_a_listed_file_that_is_not_there(self, addon):
        (addon / "views/usage/a.xml").unlink()
        assert "lists views/usage/a.xml, which is not there" in found(addon)

    def test_a_csv_that_is_not_named_after_a_model_is_no_data_file(self, addon):
        (addon / "demo").mkdir()
        (addon / "demo/usage.csv").write_text("a,b\n")
        assert found(addon) == ""

    def test_an_id_used_twice(self, addon):
        text = '<odoo><record id="a" model="x" /><menuitem id="cloud_billing.a" /></odoo>'
        (addon / "views/usage/a.xml").write_text(text)
        assert "id a stands in" in found(addon)

    def test_xml_that_is_not_well_formed(self, addon):
        (addon / "views/usage/a.xml").write_text("<odoo><record></odoo>")
        assert "mismatched tag" in found(addon)

    def test_a_template_of_the_web_client_that_is_not_well_formed(self, addon):
        (addon / "static").mkdir()
        (addon / "static/widget.xml").write_text("<templates>")
        assert "static/widget.xml" in found(addon)

    @pytest.mark.parametrize(
        ("rows", "told"),
        [
            (GOOD_ROW.replace("group_viewer", ""), "has no group"),
            (GOOD_ROW.replace("access_cloud_meter_viewer", "access_all"), "should be access_cloud_meter_viewer"),
            (GOOD_ROW + GOOD_ROW, "has a row for group_viewer already"),
            (GOOD_ROW.replace("1,0,0,0", "1,0,0,yes"), "rights are 0 or 1"),
            (GOOD_ROW.replace("1,0,0,0", "1,0"), "6 columns instead of 8"),
            (
                GOOD_ROW + GOOD_ROW.replace("meter", "plan") + GOOD_ROW.replace("viewer", "operator"),
                "the rows of model_cloud_meter do not stand together",
            ),
        ],
    )
    def test_an_access_row_out_of_order(self, addon, rows, told):
        (addon / "security/ir.model.access.csv").write_text(HEADER + rows)
        assert told in found(addon)

    def test_a_group_of_another_module_gives_its_bare_name(self, addon):
        row = GOOD_ROW.replace("group_viewer", "base.group_user").replace("meter_viewer", "meter_user", 1)
        (addon / "security/ir.model.access.csv").write_text(HEADER + row)
        assert found(addon) == ""


class TestWords:
    def hits(self, tmp_path, monkeypatch, text, hosts=()):
        monkeypatch.setattr(check_words, "_hosts_of_this_machine", lambda: set(hosts))
        (tmp_path / "a.md").write_text(text)
        return "\n".join(check_words.problems(tmp_path))

    def test_a_path_of_one_machine(self, tmp_path, monkeypatch):
        assert "a.md:2: a path of one machine" in self.hits(tmp_path, monkeypatch, "x\nsee /" + "home/joe/x\n")

    def test_a_package_registry(self, tmp_path, monkeypatch):
        assert "a package registry" in self.hits(tmp_path, monkeypatch, "from deb." + "debian.org\n")

    def test_a_mirror_that_this_machine_is_set_to(self, tmp_path, monkeypatch):
        assert "a package mirror" in self.hits(tmp_path, monkeypatch, "mirror.example", ["mirror.example"])

    @pytest.mark.parametrize(
        "text", ["https://example.org/home/x", "tests/home/x", "the folder ~/work/x", "/odoo/home"]
    )
    def test_what_only_looks_like_it(self, tmp_path, monkeypatch, text):
        assert self.hits(tmp_path, monkeypatch, text) == ""


def test_warnings_of_an_odoo_log_are_ours_unless_the_machine_is_known_for_them():
    log = "\n".join(
        [
            "2026-01-01 INFO db odoo: fine",
            '2026-01-01 WARNING ? odoo.service.db: extension "pg_trgm" is not available',
            "2026-01-01 WARNING db odoo.models: no such field",
        ]
    )
    assert instance.our_warnings(log) == ["2026-01-01 WARNING db odoo.models: no such field"]
