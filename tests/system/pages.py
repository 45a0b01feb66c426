"""What a person does on a screen of Odoo's web client, in small steps: open a menu, fill in a field, press a button.

Everything works on the dialog in front where there is one, else on the page. Names of fields are those of the model, as
in a view; labels are what stands on the button or in the menu.
"""

import re

from playwright.sync_api import expect

APP = "Cloud Billing"
SECONDS = 1000
# Work of the server that a person waits for: reading a file, rating a month.
LONG = 120 * SECONDS
_QUIET = 60
# As long as Playwright waits for a button: a machine may be busy.
expect.set_options(timeout=30 * SECONDS)
# Runs in every page before Odoo's own scripts: what `settle` reads.
COUNT_CALLS = """
    const calls = (window.callsOfTest = { begun: 0, ended: 0 });
    const send = XMLHttpRequest.prototype.send;
    XMLHttpRequest.prototype.send = function (...parts) {
        calls.begun++;
        this.addEventListener("loadend", () => calls.ended++);
        return send.apply(this, parts);
    };
"""
_NEXT_FRAMES = """
    () => new Promise((done) => {
        requestAnimationFrame(() => requestAnimationFrame(done));
        // A page behind another has no frames.
        setTimeout(done, 1000);
    })
"""


# ---- where one is ----


def front(page):
    """The dialog in front, or the page below the menu."""
    dialog = page.locator(".o_dialog:not(.o_inactive_modal) .modal-content")
    return dialog.last if dialog.count() else page.locator(".o_action_manager")


def open_menu(page, section, entry):
    """Choose a menu of Cloud Billing, such as open_menu(page, "Usage", "Streams"), and wait for its page.

    A list that was open before is drawn as the browser kept it, then anew: rows are those of the server after this.
    """
    with another_page(page):
        choose_menu(page, section, entry)
    settle(page)


def open_dialog(page, section, entry):
    """Choose a menu that opens a dialog, and wait for that."""
    choose_menu(page, section, entry)
    page.locator(".o_dialog .o_form_view").wait_for()


def choose_menu(page, section, entry):
    """Choose a menu of Cloud Billing, wherever one is."""
    if page.locator(".o_menu_brand").filter(has_text=APP).count() == 0:
        page.locator(".o_navbar_apps_menu button").click()
        page.locator(".o-dropdown--menu .o_app").filter(has_text=APP).click()
        page.locator(".o_menu_brand").filter(has_text=APP).wait_for()
    page.locator(".o_menu_sections").get_by_text(section, exact=True).click()
    page.locator(".o-dropdown--menu").get_by_text(entry, exact=True).click()


class another_page:
    """with another_page(page): ... waits at the end until another action stands on the screen."""

    def __init__(self, page, timeout=30 * SECONDS):
        self.page = page
        self.timeout = timeout

    def __enter__(self):
        self.page.evaluate("document.querySelectorAll('.o_action_manager > *').forEach((e) => (e.dataset.seen = '1'))")
        return self.page

    def __exit__(self, error, *_rest):
        if error is None:
            self.page.locator(".o_action_manager > *:not([data-seen])").wait_for(timeout=self.timeout)


def settle(page, timeout=LONG):
    """Wait until the server has answered everything that the page asked, and the page asks nothing more."""
    page.wait_for_timeout(_QUIET / 2)
    for _turn in range(int(timeout / _QUIET)):
        asked = _count_calls(page)
        page.wait_for_timeout(_QUIET)
        if asked == _count_calls(page) and asked[0] == asked[1]:
            # What came is drawn by the second frame from here.
            page.evaluate(_NEXT_FRAMES)
            if asked == _count_calls(page):
                return
    raise AssertionError(f"The page still waits for the server after {timeout / SECONDS:.0f} s.")


def _count_calls(page):
    """[calls of the server that began, that were answered] of this page so far."""
    return page.evaluate("[window.callsOfTest.begun, window.callsOfTest.ended]")


# ---- buttons ----


def button(page, label, within=None):
    """The button with exactly this label."""
    return (within or front(page)).get_by_role("button", name=label, exact=True).first


def press(page, label, within=None):
    """Press the button with exactly this label."""
    button(page, label, within).click()


def press_for_page(page, label, timeout=LONG):
    """Press a button that leads to another page, and wait for that."""
    with another_page(page, timeout):
        press(page, label)


def open_related(page, label):
    """Press the button above a form that leads to what belongs to it, such as Bills, whatever its count."""
    with another_page(page):
        page.locator(".oe_stat_button:visible").filter(has_text=label).first.click()


def press_for_dialog(page, label, within=None, timeout=LONG):
    """Press a button that opens a dialog, or that closes one, and wait for the change."""
    before = page.locator(".o_dialog").count()
    press(page, label, within)
    page.wait_for_function(
        "(before) => document.querySelectorAll('.o_dialog').length !== before", arg=before, timeout=timeout
    )


def vote(page, comment=None, decision="Approve"):
    """Vote on the change request that is open: press the button, confirm who one is where asked, say why, confirm."""
    press_for_dialog(page, decision)
    password = page.locator(".o_dialog .o_field_widget[name=password] input")
    said = page.locator(".o_dialog .o_field_widget[name=comment] textarea")
    password.or_(said).first.wait_for(timeout=LONG)
    if password.count():
        password.fill(page.password)
        press(page, "Confirm Password")
        said.wait_for(timeout=LONG)
    settle(page)
    if comment:
        fill(page, "comment", comment)
    press_for_dialog(page, decision)
    settle(page)


def agree(page):
    """Say yes to a question that Odoo asks before it acts."""
    question = page.locator(".o_dialog:not(.o_inactive_modal) .modal-content").last
    question.locator("footer .btn-primary").click()
    question.wait_for(state="detached", timeout=LONG)


def save(page):
    """Save the form and wait until it is."""
    page.locator(".o_form_button_save").last.click()
    is_saved(page)


def is_saved(page):
    """Wait until the form has nothing unsaved; a refusal of the server fails here with its own words."""
    expect(page.locator(".o_form_button_save:visible")).to_have_count(0, timeout=30 * SECONDS)


def close_notes(page):
    """Close the notes in the corner; one that goes by itself meanwhile is no matter."""
    notes = page.locator(".o_notification_close")
    notes.evaluate_all("(crosses) => crosses.forEach((cross) => cross.click())")
    expect(notes).to_have_count(0)


def read_state(page):
    """The step that the bar above the form shows as the present one."""
    return page.locator(".o_statusbar_status .o_arrow_button_current").first.inner_text().strip()


def expect_state(page, state, timeout=LONG):
    """Wait until the bar says so: after background work the page asks the server once more by itself."""
    current = page.locator(".o_statusbar_status .o_arrow_button_current").first
    expect(current).to_have_text(re.compile(rf"^\s*{re.escape(state)}\s*$"), timeout=timeout)


def read_refusal(page):
    """Close the dialog in which the server refused something; returns what it says."""
    dialog = page.locator(".o_error_dialog").last
    dialog.wait_for(timeout=LONG)
    text = dialog.locator("[role=alert]").inner_text().strip()
    dialog.locator("footer button").last.click()
    dialog.wait_for(state="detached")
    return text


# ---- fields ----


def field(page, name, within=None):
    """The field of this name in the form in front, or within a row of a list; not its copy on a button above."""
    return (within or front(page)).locator(f".o_field_widget[name='{name}']:not(.oe_stat_button *)").first


def read(page, name, within=None):
    """What stands in a field: typed, chosen or shown."""
    widget = field(page, name, within)
    widget.wait_for()
    inputs = widget.locator("input:not([type=hidden]), textarea")
    return inputs.first.input_value() if inputs.count() else widget.inner_text().strip()


def fill(page, name, value, within=None):
    """Type a value into a text, number or date field."""
    entry = field(page, name, within).locator("input, textarea").first
    entry.fill(value)
    entry.press("Tab")
    settle(page)


def fill_date(page, name, day, within=None):
    """Type a date, given as YYYY-MM-DD, as an American types it."""
    widget = field(page, name, within)
    # A date that is there shows as a button, and turns into a text when it is touched.
    widget.locator("button.o_input, input").first.click()
    year, month, of_month = day.split("-")
    entry = widget.locator("input").first
    entry.fill(f"{month}/{of_month}/{year}")
    entry.press("Enter")
    settle(page)


def choose(page, name, text, within=None):
    """Choose a record by its name, as found by typing it."""
    entry = field(page, name, within).locator("input").first
    # The list first shows anybody, then what was typed: a choice before that opens it again.
    with page.expect_response(lambda answer: "name_search" in answer.url and text in answer.request.post_data):
        entry.fill(text)
    option = page.locator(".o-autocomplete--dropdown-item").filter(has_text=text).first
    option.locator("a").click()
    page.locator(".o-autocomplete--dropdown-menu").wait_for(state="detached")
    settle(page)


def choose_several(page, name, *texts):
    """Choose records for a field of tags."""
    for text in texts:
        choose(page, name, text)
        field(page, name).locator(".o_tag").filter(has_text=text).wait_for()


def select(page, name, label, within=None):
    """Choose one of a field's fixed values."""
    widget = field(page, name, within)
    widget.locator(".o_select_menu_toggler").click()
    page.locator(".o_select_menu_item").filter(has_text=re.compile(rf"^\s*{re.escape(label)}\s*$")).click()
    settle(page)


def pick(page, name, label):
    """Pick one of the values that stand side by side with a round mark."""
    field(page, name).get_by_label(label, exact=True).check()
    settle(page)


def tick(page, name):
    """Tick a box."""
    field(page, name).locator("input[type=checkbox]").check()
    settle(page)


def upload(page, name, *paths):
    """Give files to a field of files."""
    field(page, name).locator("input[type=file]").set_input_files([str(path) for path in paths])


def open_tab(page, label):
    """Turn to a page of the form's notebook."""
    front(page).locator(".o_notebook .nav-link").filter(has_text=label).click()


# ---- lists ----


def rows(page, within=None):
    """The rows of records of the list in front."""
    return (within or front(page)).locator("tr.o_data_row")


def row(page, text, within=None):
    """The first row that shows this text."""
    return rows(page, within).filter(has_text=text).first


def cell(row, name):
    """The cell of a field in a row."""
    return row.locator(f"td[name='{name}']")


def add_row(page, name):
    """Add a line to a table in a form; returns the new row, open for editing."""
    table = field(page, name)
    table.locator(".o_field_x2many_list_row_add a").first.click()
    new = table.locator("tr.o_selected_row")
    new.wait_for()
    return new


def open_row(page, text):
    """Open the record whose row shows this text."""
    with another_page(page):
        row(page, text).locator("td.o_data_cell").nth(1).click()


def open_first(page):
    """Open the first record of a list, as the server has it: what the browser kept of a visit before is drawn first."""
    page.locator(".o_list_view").wait_for()
    settle(page)
    with another_page(page):
        rows(page).first.locator("td.o_data_cell").first.click()


def clear_search(page):
    """Take away every filter and grouping."""
    page.locator(".o_searchview_input").wait_for()
    settle(page)
    remove = page.locator(".o_searchview_facet .o_facet_remove")
    while count := remove.count():
        remove.last.click()
        expect(remove).to_have_count(count - 1)
    settle(page)


def search(page, label, text):
    """Search the list for a text by the named field of the search box."""
    entry = page.locator(".o_searchview_input")
    entry.fill(text)
    items = page.locator(".o_searchview_autocomplete .dropdown-item")
    items.filter(has_text=re.compile(rf"Search\s+{re.escape(label)}\s+for")).first.click()
    page.locator(".o_facet_value").filter(has_text=text).wait_for()
    settle(page)


def filter_by(page, label):
    """Switch on a filter or grouping of the search menu."""
    page.locator(".o_searchview_dropdown_toggler").click()
    page.locator(".o_search_bar_menu").get_by_text(label, exact=True).click()
    page.locator(".o_facet_value").filter(has_text=label).wait_for()
    page.keyboard.press("Escape")
    settle(page)


def show_column(page, label):
    """Show a column of the list that is hidden at first."""
    page.locator(".o_optional_columns_dropdown button").first.click()
    page.locator(".o-dropdown--menu .o-dropdown-item").filter(has_text=label).click()
    page.keyboard.press("Escape")


def mark(row):
    """Mark a row of a list for what is done with the marked ones."""
    row.locator(".o_list_record_selector input").check()


def mark_all(page):
    """Mark every record that the list finds, also those that do not fit on the page; returns how many."""
    page.locator("thead .o_list_record_selector input").check()
    everything = page.locator(".o_select_domain")
    if everything.count():
        everything.click()
    return int(re.search(r"\d+", page.locator(".o_selection_box").inner_text().replace(",", "")).group())
