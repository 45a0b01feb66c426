"""Who may be spoken to: every trick goes through the whole of Web, with a name server and sockets of the test's own.

What must not be asked is refused, and nobody was connected to.
"""

import socket
from ipaddress import ip_address

import pytest
from cloud_billing_engine.connectors import ConnectorError, Policy
from cloud_billing_engine.connectors.addresses import INNER, NEVER, PUBLIC, judge
from cloud_billing_engine.connectors.guard import check_url
from cloud_billing_engine.connectors.pinned import Door
from cloud_billing_engine.connectors.web import Web
from local_server import LocalServer, Reply

HOST = "usage.example.com"
PUBLIC_ADDRESS = "93.184.215.14"
POLICY = Policy(
    # The numbers are allowed as hosts and still have to be public: only an inner host may be inside.
    frozenset({HOST, "usage.example.com:8443", "*.blob.example.net", "127.0.0.1", "169.254.169.254", "[::1]",
               "10.0.0.5", "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "intranet"}),
    inner_hosts=frozenset({"prometheus.lan:9090", "169.254.169.254:80"}),
    attempts=1,
)  # fmt: skip


class Names:
    """A name server: each name has lists of addresses, one list for each time it is asked."""

    def __init__(self, **answers):
        self.answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}
        self.asked = []

    def __call__(self, host, port, type=0):
        self.asked.append(host)
        try:
            lists = [[str(ip_address(host))]]
        except ValueError:
            lists = self.answers.get(host)
        if not lists:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        addresses = lists.pop(0) if len(lists) > 1 else lists[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, type, 6, "", (each, port)) for each in addresses]


class Sockets:
    """Sockets that connect to nothing and keep to whom they were asked to connect."""

    def __init__(self):
        self.places = []

    def __call__(self, family, kind):
        return self

    def settimeout(self, seconds):
        pass

    def connect(self, place):
        self.places.append(place[0])
        raise ConnectionRefusedError

    def close(self):
        pass


def ask(url, names=None, policy=POLICY):
    """(the ConnectorError, addresses that were connected to) of a question that must not succeed."""
    sockets = Sockets()
    web = Web(policy, resolver=names or Names(usage_example_com=[[PUBLIC_ADDRESS]]), sleep=lambda _seconds: None)
    web.door.make_socket = sockets
    with pytest.raises(ConnectorError) as caught:
        web.request("GET", url)
    return caught.value, sockets.places


TRICKS = [
    # (URL, the reason it is refused for)
    ("http://usage.example.com/", "scheme"),
    ("file:///etc/passwd", "scheme"),
    ("gopher://usage.example.com:70/_GET", "scheme"),
    ("ftp://usage.example.com/", "scheme"),
    ("dict://127.0.0.1:11211/stats", "scheme"),
    ("ldap://usage.example.com/", "scheme"),
    ("jar:https://usage.example.com!/", "scheme"),
    ("unix:///var/run/docker.sock", "scheme"),
    ("data:text/plain,x", "scheme"),
    ("//usage.example.com/", "scheme"),
    ("usage.example.com/", "scheme"),
    ("https:usage.example.com/", "not_a_url"),
    ("https:///usage.example.com/", "not_a_url"),
    ("", "scheme"),
    ("https://evil.example.org/", "not_allowed"),
    ("https://usage.example.com.evil.example.org/", "not_allowed"),
    ("https://evilusage.example.com/", "not_allowed"),
    ("https://example.com/", "not_allowed"),
    ("https://usage.example.com@evil.example.org/", "userinfo"),
    ("https://evil.example.org@usage.example.com/", "userinfo"),
    ("https://user:pass@usage.example.com/", "userinfo"),
    ("https://@usage.example.com/", "userinfo"),
    ("https://evil.example.org#@usage.example.com/", "not_allowed"),
    ("https://evil.example.org?@usage.example.com/", "not_allowed"),
    ("https://evil.example.org\\@usage.example.com/", "not_a_url"),
    ("https://usage.example.com\\.evil.example.org/", "not_a_url"),
    ("https://usage.example.com /", "not_a_url"),
    ("https://usage.exam\tple.com/", "not_a_url"),
    ("https://usage.example.com\r\nHost: evil.example.org/", "not_a_url"),
    ("\x00https://usage.example.com/", "not_a_url"),
    ("https://usage.example.com:22/", "port"),
    ("https://usage.example.com:0/", "port"),
    ("https://usage.example.com:99999/", "port"),
    ("https://usage.example.com:443x/", "port"),
    ("https://usage.example.com:/", "port"),
    ("https://usage.example.com:+443/", "port"),
    ("https://usage.example.com:443:80/", "name"),
    ("https://usage.example.com./", "name"),
    ("https://usage..example.com/", "name"),
    ("https://usage.example.com%2eevil.example.org/", "name"),
    ("https://usage%2eexample%2ecom/", "name"),
    ("https://%75sage.example.com/", "name"),
    ("https://usage。example。com/", "name"),
    ("https://ⓤsage.example.com/", "name"),
    ("https://uſage.example.com/", "name"),
    ("https://uѕage.example.com/", "name"),
    ("https://usage.example.com\u00ad/", "name"),
    ("https://usage.example.com\u2044@evil.example.org/", "userinfo"),
    ("https://-usage.example.com/", "name"),
    ("https://127.0.0.1/", "inner"),
    ("https://10.0.0.5/", "inner"),
    ("https://2130706433/", "number"),
    ("https://0x7f000001/", "number"),
    ("https://0x7f.0.0.1/", "number"),
    ("https://017700000001/", "number"),
    ("https://0177.0.0.1/", "number"),
    ("https://127.1/", "number"),
    ("https://127.0.0.1.1/", "number"),
    ("https://127.0.0.01/", "number"),
    ("https://1.2.3.0x/", "number"),
    ("https://１２７.０.０.１/", "name"),
    ("https://[::1]/", "inner"),
    ("https://[::]/", "not_allowed"),
    ("https://[0:0:0:0:0:0:0:1]/", "inner"),
    ("https://[::ffff:127.0.0.1]/", "never"),
    ("https://[::ffff:7f00:1]/", "never"),
    ("https://[64:ff9b::127.0.0.1]/", "never"),
    ("https://[fe80::1%25eth0]/", "number"),
    ("https://[::1%lo]/", "number"),
    ("https://[::1/", "not_a_url"),
    ("https://[::1]evil.example.org/", "not_a_url"),
    ("https://[v1.x]/", "number"),
    ("https://169.254.169.254/latest/meta-data/", "never"),
    ("http://169.254.169.254/latest/meta-data/", "never"),
    ("https://blob.example.net/", "not_allowed"),
    ("https://usage.example.com/" + "a" * 20000, "not_a_url"),
]  # fmt: skip


class TestTricks:
    @pytest.mark.parametrize(("url", "reason"), TRICKS)
    def test_a_trick_is_refused_before_anybody_is_connected_to(self, url, reason):
        error, places = ask(url)
        assert (error.code, error.values.get("reason"), places) == ("host_refused", reason, [])

    @pytest.mark.parametrize(("url", "reason"), TRICKS)
    def test_the_url_alone_is_refused_too(self, url, reason):
        if reason not in ("inner", "never"):
            with pytest.raises(ConnectorError):
                check_url(url, POLICY)

    @pytest.mark.parametrize("url", [None, b"https://usage.example.com/", 1])
    def test_a_url_is_text(self, url):
        assert ask(url)[0].values["reason"] == "not_a_url"

    def test_a_refusal_shows_no_password(self):
        error, _places = ask("https://me:sesame@usage.example.com/")
        assert "sesame" not in f"{error} {error.values}"


# Of each, a name that is allowed answers with it.
BAD_ADDRESSES = [
    ("127.0.0.1", "inner"), ("127.255.255.254", "inner"), ("10.1.2.3", "inner"), ("172.16.0.1", "inner"),
    ("172.31.255.255", "inner"), ("192.168.1.1", "inner"), ("100.64.0.1", "inner"), ("169.254.1.1", "inner"),
    ("169.254.169.254", "never"), ("169.254.170.2", "never"), ("100.100.100.200", "never"),
    ("168.63.129.16", "never"), ("192.0.0.192", "never"), ("0.0.0.0", "never"), ("0.1.2.3", "never"),
    ("192.0.2.1", "never"), ("198.18.0.1", "never"), ("198.51.100.1", "never"), ("203.0.113.1", "never"),
    ("224.0.0.1", "never"), ("240.0.0.1", "never"), ("255.255.255.255", "never"), ("192.88.99.1", "never"),
    ("::1", "inner"), ("fc00::1", "inner"), ("fd12:3456::1", "inner"), ("fe80::1", "inner"),
    ("fe80::1%eth0", "never"), ("fd00:ec2::254", "never"), ("fd20:ce::254", "never"), ("::", "never"),
    ("::ffff:10.0.0.1", "never"), ("::ffff:93.184.215.14", "never"), ("::127.0.0.1", "never"),
    ("64:ff9b::a00:1", "never"), ("64:ff9b:1::1", "never"), ("2002:7f00:1::", "never"), ("2001:0:4136::1", "never"),
    ("2001:db8::1", "never"), ("3fff::1", "never"), ("fec0::1", "never"), ("ff02::1", "never"), ("100::1", "never"),
    ("5f00::1", "never"), ("4000::1", "never"),
]  # fmt: skip


class TestAddresses:
    @pytest.mark.parametrize(("address", "reason"), BAD_ADDRESSES)
    def test_an_allowed_name_that_points_inside_is_refused(self, address, reason):
        error, places = ask(f"https://{HOST}/", Names(usage_example_com=[[address]]))
        assert (error.values.get("reason"), places) == (reason, [])

    @pytest.mark.parametrize("addresses", [[PUBLIC_ADDRESS, "10.0.0.1"], ["127.0.0.1", PUBLIC_ADDRESS]])
    def test_one_bad_address_refuses_all(self, addresses):
        error, places = ask(f"https://{HOST}/", Names(usage_example_com=[addresses]))
        assert (error.values.get("reason"), places) == ("inner", [])

    def test_public_ones_are_tried_one_after_the_other(self):
        addresses = [PUBLIC_ADDRESS, "2606:2800:21f::1", "8.8.8.8"]
        error, places = ask(f"https://{HOST}/", Names(usage_example_com=[addresses]))
        assert (error.code, places) == ("unreachable", addresses)

    def test_an_inner_host_may_be_inside_and_without_tls_but_is_no_metadata(self):
        url = "http://prometheus.lan:9090/api"
        policy = POLICY._replace(allowed_hosts=POLICY.allowed_hosts | {"prometheus.lan:9090"})
        for address, code in (("10.0.0.9", "unreachable"), ("169.254.169.254", "host_refused")):
            error, places = ask(url, Names(prometheus_lan=[[address]]), policy)
            assert (error.code, places) == (code, [address] if code == "unreachable" else [])
        # Said to be inner and not allowed is not allowed.
        assert ask(url)[0].values["reason"] == "not_allowed"

    def test_a_name_without_address(self):
        assert ask(f"https://{HOST}/", Names())[0].code == "name_unknown"

    def test_every_kind_of_address_is_judged(self):
        assert {judge(ip_address(text)) for text, _reason in BAD_ADDRESSES} == {INNER, NEVER}
        for text in (PUBLIC_ADDRESS, "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1", "2a00::1"):
            assert judge(ip_address(text)) == PUBLIC


class TestNamesThatChange:
    def test_the_connection_goes_to_the_address_that_was_judged_whatever_the_name_says_next(self):
        names = Names(usage_example_com=[[PUBLIC_ADDRESS], ["127.0.0.1"]])
        error, places = ask(f"https://{HOST}/", names)
        assert (error.code, places, names.asked) == ("unreachable", [PUBLIC_ADDRESS], [HOST])

    def test_the_next_connection_is_judged_anew(self):
        names = Names(usage_example_com=[[PUBLIC_ADDRESS], ["127.0.0.1"]])
        sockets = Sockets()
        web = Web(POLICY._replace(attempts=3), resolver=names, sleep=lambda _seconds: None)
        web.door.make_socket = sockets
        with pytest.raises(ConnectorError) as caught:
            web.request("GET", f"https://{HOST}/")
        assert (caught.value.values.get("reason"), sockets.places) == ("inner", [PUBLIC_ADDRESS])

    def test_a_library_with_our_session_is_judged_too(self):
        web = Web(POLICY, resolver=Names(usage_example_com=[["127.0.0.1"]]))
        for url, reason in ((f"https://{HOST}/", "inner"), ("http://127.0.0.1/", "scheme"), ("file:///x", "scheme")):
            with pytest.raises(ConnectorError) as caught:
                web.session.get(url, verify=False) if url.startswith("http") else web.session.send(plain(url))
            assert caught.value.values["reason"] == reason

    def test_also_where_it_reads_the_answer_itself(self):
        web = Web(POLICY, resolver=Names(usage_example_com=[[PUBLIC_ADDRESS]]))
        web.door.make_socket = Sockets()
        for url, reason in ((f"https://me:pw@{HOST}/", "userinfo"), (f"https://{HOST}./", "name")):
            with pytest.raises(ConnectorError) as caught:
                web.session.get(url, stream=True)
            assert caught.value.values["reason"] == reason

    def test_a_proxy_that_is_asked_for_is_no_way_out(self):
        with LocalServer([Reply(body=b"proxy")]) as proxy:
            web = Web(POLICY, resolver=Names(usage_example_com=[["127.0.0.1"]]))
            web.session.proxies = {"https": proxy.url, "http": proxy.url}
            with pytest.raises(ConnectorError):
                web.session.get(f"https://{HOST}/", proxies={"https": proxy.url})
        assert proxy.asked == []

    def test_a_socket_for_another_protocol_goes_through_the_same_door(self):
        door_of = Web(POLICY, resolver=Names(usage_example_com=[["10.0.0.1"]]))
        for host, port, reason in ((HOST, 22, "inner"), (HOST, 2222, "port"), ("evil.example.org", 22, "not_allowed")):
            with pytest.raises(ConnectorError) as caught:
                door_of.open_socket(host, port)
            assert caught.value.values["reason"] == reason

    def test_the_connection_itself_is_a_second_lock(self):
        # Whatever a library makes of a URL: what it connects to is judged by the name that it connects to.
        door = Door(POLICY, lambda: 0, Names(usage_example_com=[[PUBLIC_ADDRESS]]), Sockets())
        for host, port, usual, reason in (
            ("evil.example.org", 443, 443, "not_allowed"),
            (HOST, 80, 80, "scheme"),
            ("::1", 443, 443, "inner"),
            ("2130706433", 443, 443, "number"),
        ):
            with pytest.raises(ConnectorError) as caught:
                door.connect(host, port, usual)
            assert caught.value.values["reason"] == reason


def plain(url):
    import requests

    made = requests.PreparedRequest()
    made.prepare_method("GET")
    made.url, made.headers = url, {}
    return made


class TestWhatIsAllowed:
    @pytest.mark.parametrize(
        ("url", "target"),
        [
            (f"https://{HOST}", f"https://{HOST}/"),
            (f"https://{HOST}:443/a?b=c#d", f"https://{HOST}/a?b=c"),
            ("HTTPS://Usage.Example.COM/A", f"https://{HOST}/A"),
            (f"https://{HOST}?x=1", f"https://{HOST}/?x=1"),
            (f"https://{HOST}:8443/", f"https://{HOST}:8443/"),
            ("https://account1.blob.example.net/c", "https://account1.blob.example.net/c"),
            ("https://account1.z7.blob.example.net/c", "https://account1.z7.blob.example.net/c"),
            (f"https://{HOST}/a%2Fb/../c?u=https://evil@x", f"https://{HOST}/a%2Fb/../c?u=https://evil@x"),
            ("https://[::1]:443/", "https://[::1]/"),
        ],
    )
    def test_one_way_to_write_it(self, url, target):
        assert check_url(url, POLICY).url == target

    def test_a_wildcard_needs_more_than_a_top_level(self):
        policy = Policy(frozenset({"*.com", "*.uk", "*"}))
        for url in ("https://example.com/", "https://com/", "https://com.evil.example.org/"):
            with pytest.raises(ConnectorError):
                check_url(url, policy)
