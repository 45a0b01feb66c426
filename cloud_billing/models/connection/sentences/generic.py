"""What the generic connectors and their presets say."""

from odoo.tools import LazyTranslate

from . import generic_texts

_lt = LazyTranslate(__name__)

ERRORS = {
    # Questions, their pages and rows.
    "no_rows_there": _lt(
        "%(host)s answers, but there is nothing at %(path)s in its answer. Run the test, look at the answer, and "
        "correct Where the Rows Are; of a system without this setting, see whether the address is that of its "
        "interface."
    ),
    "system_refused": _lt(
        "%(host)s refuses the question. See whether the key has expired, and whether it has the rights that the "
        "documentation of this connector names. %(said)s"
    ),
    "rows_missing": _lt(
        "%(host)s says that there are %(expected)s rows and gave %(found)s. Nothing of it was taken; it is asked "
        "again. Where that goes on, let it sort its rows, or correct Where the Number of Rows Is."
    ),
    "page_repeated": _lt(
        "%(host)s gave the same page again (page %(page)s), so there is no end. Correct Pages and the parameters: "
        "most likely it does not know the one that asks for the next page."
    ),
    "cursor_repeated": _lt(
        "%(host)s gave the same cursor or next address again (page %(page)s), so there is no end. Correct where "
        "the cursor is, or ask for less at once."
    ),
    "too_many_pages": _lt(
        "%(host)s gave %(allowed)s pages and has more. Ask for less at once (Days per Request); where so many are "
        "right, raise Pages at Most."
    ),
    "next_elsewhere": _lt(
        "%(host)s says that the next page is at %(to)s, another server, which is not shown the key. Where that is "
        "right, enter that server as the address of the system."
    ),
    "token_refused": _lt(
        "%(host)s gives no token for this client. Compare client ID, secret and scope with what the provider "
        "shows, and try the other way in which the client secret goes."
    ),
    "not_ready": _lt("%(host)s is still preparing its answer. It is asked again later."),
    "bad_time_field": _lt(
        "The rows of %(host)s have no time in the column %(field)s (it says “%(value)s”). Correct Time of a Row."
    ),
    "not_sorted": _lt(
        "%(host)s does not sort its rows by %(field)s, so they cannot be asked for bit by bit. Add the order to "
        "the query."
    ),
    "anchor_stuck": _lt(
        "More than %(limit)s rows of %(host)s have the same %(field)s, so the rest of them cannot be asked for. "
        "Ask for less, for instance for one kind of record."
    ),
    # SOAP.
    "no_operation": _lt(
        "The WSDL has no operation %(operation)s. Look for a typing error; where it has several services, name "
        "service and port."
    ),
    "soap_parameters": _lt(
        "The operation %(operation)s does not take these parameters, or its answer is not as the WSDL says. "
        "Compare them with the WSDL. %(said)s"
    ),
    "soap_fault": _lt(
        "%(host)s refuses the call. Type the secret in again where it may be wrong, and compare the login and the "
        "parameters with what its documentation says. %(said)s"
    ),
    "bad_wsdl": _lt("The WSDL cannot be used (%(detail)s). See whether the address gives a WSDL, and not a web page."),
    "bad_header": _lt("%(header)s cannot be the name of a SOAP header. Write it as {namespace}Name in Session Header."),
    "import_elsewhere": _lt(
        "The WSDL imports %(document)s, which is not on its own server, and is not loaded. Save the WSDL with what"
        " it imports on one server, or paste it as one text."
    ),
    "no_session": _lt(
        "The login operation %(operation)s gives no session. Compare user, password and Where the Session Is with "
        "what it answers."
    ),
    # Files.
    "page_instead": _lt(
        "%(host)s sends a web page in place of the file; it may be one to log in at. Correct the address or the login."
    ),
    "dates_missing": _lt(
        "%(count)s files are not there: %(files)s. What is there was taken; the others are waited for. Where a "
        "time may have no file, say so in the settings."
    ),
    "ssh_login_refused": _lt(
        "%(host)s refuses the login. Compare user and password, or the private key with the one whose public half the "
        "server's owner has entered, and type it in again. A second step, such as a code, cannot be answered."
    ),
    "host_key_unknown": _lt(
        "Nobody has entered the host key of %(host)s. It shows %(fingerprint)s: compare that with what its owner "
        "says, and enter it as Host Key. No password was sent."
    ),
    "host_key_wrong": _lt(
        "%(host)s shows another host key than the one entered: %(fingerprint)s. Somebody may be in between: ask "
        "its owner, and enter the new key only when they say so. No password was sent."
    ),
    "bad_private_key": _lt(
        "The private key for %(host)s cannot be read. Enter it whole, with its first and last line, and its "
        "passphrase as the password."
    ),
    "no_such_file": _lt("%(host)s has no folder or file %(file)s. Look for a typing error; it may have been moved."),
    "no_permission": _lt("The user may not read or move %(file)s on %(host)s. Ask the server's owner for the right."),
    "sftp_failed": _lt(
        "%(host)s has a fault with %(file)s. It is tried again; where that goes on, ask the server's owner. %(said)s"
    ),
    "too_many_files": _lt(
        "There are more than %(allowed)s files in the folder on %(host)s. Have those that were taken moved, or removed."
    ),
    "file_changed": _lt(
        "%(file)s on %(host)s changed while it was read. It is taken when it is finished; a longer time without "
        "growing helps."
    ),
}

FACTS = {
    "rows_seen": _lt("Rows on the first page: %(rows)s. Columns: %(columns)s."),
    "no_rows_seen": _lt(
        "There are no rows of the last day. Where there should be some, compare what is fetched with what its own "
        "pages show, and see whether this login may see them."
    ),
    "state_seen": _lt("It says how things stand now: %(count)s of them. Columns: %(columns)s."),
    "no_state_seen": _lt(
        "There is nothing to be seen. Where there should be, look at the rights of the login: what it may not see is "
        "left out without a word."
    ),
    "next_page_seen": _lt("There is a next page."),
    "no_next_page": _lt(
        "It gives no next page. Where there should be one, correct where the cursor or the next address is."
    ),
    "file_seen": _lt("The file %(name)s is there."),
    "file_not_there": _lt(
        "The login works, but there is no file %(name)s. Compare the address with a file that is there; where that one "
        "comes later, it is waited for."
    ),
    "host_key_new": _lt(
        "The server shows the host key %(fingerprint)s, and no password was sent yet. Compare the key with what the "
        "server's owner says, enter it as Host Key, and test again."
    ),
    "host_key_seen": _lt("The server's host key is %(fingerprint)s."),
    "files_seen": _lt("Files in %(folder)s: %(count)s; the newest is %(newest)s."),
    "no_files": _lt(
        "There is no file in %(folder)s that fits. Compare Folder and Only Files Named with what is there; empty files "
        "and those that are still being written, do not count."
    ),
}

PROBLEMS = {
    "unknown_place": _lt("%(setting)s: {%(place)s} stands for nothing. Compare it with the help of the field."),
    "place_missing": _lt("%(setting)s: {%(place)s} is needed and does not stand in it."),
    "place_in_host": _lt("%(setting)s: the name of the server cannot have a date in it."),
    "bad_path": _lt("%(setting)s: %(path)s is no path. Write it as data.items[*], and as meta.next for one value."),
    "not_a_fingerprint": _lt("%(setting)s: %(value)s is no fingerprint. Write it as SHA256: and 43 characters."),
}

TEXTS = generic_texts.TEXTS
