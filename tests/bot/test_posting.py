"""A post goes where it may, in bounded time, and says why it can't."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest

from bot.posting import READ, NotPosted, PrivateAddress, is_public, post
from tests.receiver import PATIENCE, Receiver, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPENSSL = shutil.which("openssl")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a receiver on this machine."""
    receiver = Receiver()
    yield receiver
    receiver.close()


def trouble(url: str, **values: Any) -> str:
    """Tell why a post can't be made."""
    with pytest.raises(NotPosted) as error:
        post(url, b"{}", {}, **{"allow_private": True, **values})
    return str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "2002:0a00:0001::1",
        "64:ff9b::10.0.0.1",
    ],
)
def test_an_address_that_is_not_public_is_known(text: str) -> None:
    """Private, loopback, link-local, multicast, reserved, and those that stand for one."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_a_public_address_is_known(text: str) -> None:
    """Of either kind."""
    assert is_public(ip_address(text))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "0"])
def test_a_private_host_is_refused_however_it_is_written(host: str) -> None:
    """What counts is the address that it leads to."""
    with pytest.raises(PrivateAddress):
        post(f"http://{host}:1/", b"", {}, allow_private=False)


def test_a_host_is_resolved_once(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere a moment later leads nobody there."""
    asked = []
    resolve = socket.getaddrinfo

    def rebind(host: str, *arguments: Any, **options: Any) -> Any:
        asked.append(host)
        if host != "robot.example.org":
            return resolve(host, *arguments, **options)
        assert len(asked) == 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    post(f"http://robot.example.org:{receiver.port}/", b"{}", {}, allow_private=True)
    assert receiver.next().headers["Host"] == f"robot.example.org:{receiver.port}"
    assert asked == ["robot.example.org", "127.0.0.1"]


def test_of_a_host_s_addresses_the_private_ones_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """And each of the others is tried."""
    found = [("10.0.0.1", 1), ("8.8.8.8", 1), ("9.9.9.9", 1)]
    tried = []

    def refuse(address: object, _: float) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", each) for each in found])
    monkeypatch.setattr(socket, "create_connection", refuse)
    trouble("https://robot.example.org:1/", allow_private=False)
    assert tried == [("8.8.8.8", 1), ("9.9.9.9", 1)]


def test_path_and_query_arrive_as_they_are(receiver: Receiver) -> None:
    """With the body and what else is said."""
    post(f"http://127.0.0.1:{receiver.port}?a=%20b", b"{}", {"x-is": "so"}, allow_private=True)
    request = receiver.next()
    assert (request.path, request.body, request.headers["x-is"]) == ("/?a=%20b", b"{}", "so")


def test_a_redirect_is_an_answer(receiver: Receiver) -> None:
    """Nobody goes there."""
    receiver.replies = [Reply(301, {"location": receiver.url})]
    answer = post(receiver.url, b"{}", {}, allow_private=True)
    assert (answer.status, answer.is_redirect, answer.is_taken) == (301, True, False)
    assert receiver.received.qsize() == 1


def test_of_a_long_answer_little_is_read(receiver: Receiver) -> None:
    """It might have no end."""
    receiver.replies = [Reply(body=b"x" * 1_000_000)]
    answer = post(receiver.url, b"{}", {}, allow_private=True)
    assert (answer.is_taken, len(answer.text)) == (True, READ)


def test_an_answer_whose_body_breaks_off_is_an_answer(receiver: Receiver) -> None:
    """The status has said it all."""
    receiver.replies = [Reply(raw=b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")]
    answer = post(receiver.url, b"{}", {}, allow_private=True)
    assert (answer.is_taken, answer.text) == (True, "")


def test_what_speaks_no_http_is_told(receiver: Receiver) -> None:
    """Another service may listen there."""
    receiver.replies = [Reply(raw=b"220 mail.example.org ESMTP\r\n")]
    assert trouble(receiver.url) == "what answers there speaks no HTTP: BadStatusLine"


def test_an_answer_that_trickles_is_cut_off() -> None:
    """Each byte comes in time, and the whole never."""
    done = threading.Event()

    def trickle() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not done.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=trickle)
        thread.start()
        told = trouble(f"http://127.0.0.1:{server.getsockname()[1]}/", timeout=0.3)
        done.set()
        thread.join(PATIENCE)
    assert told == "no answer within 0.3 s"


def test_the_end_of_a_post_that_is_over_changes_nothing(receiver: Receiver) -> None:
    """Where time runs out just as the answer comes, or before there is a connection."""
    from bot.posting import _Deadline  # noqa: PLC0415 - its race can't be had otherwise

    deadline = _Deadline(PATIENCE)
    deadline._shut()
    deadline.sock = socket.create_connection(("127.0.0.1", receiver.port))
    deadline.over()
    deadline._shut()
    assert deadline.sock.fileno() == -1


def test_a_host_that_nobody_knows_is_told() -> None:
    """As such, also where no name could be so."""
    assert trouble("https://nobody.invalid/") == "the host's name leads to no address"
    assert trouble(f"https://{'a' * 70}.example.org/") == "the host's name leads to no address"


def test_a_port_that_is_closed_is_told() -> None:
    """Nobody listens there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"
        assert trouble(url) == "the connection is refused"


def test_a_network_without_a_way_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the system's words."""

    def fail(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", fail)
    assert trouble("http://127.0.0.1/") == "the connection fails: Network is unreachable"


def test_what_speaks_no_tls_is_told(receiver: Receiver) -> None:
    """As where https is written for http."""
    assert trouble(f"https://127.0.0.1:{receiver.port}/").startswith("TLS fails: ")


@pytest.fixture
def secured(receiver: Receiver, tmp_path: Path) -> Path:
    """Have the receiver speak TLS as localhost, and give its certificate."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    kind = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([str(OPENSSL), *kind, *named], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver.server.socket = context.wrap_socket(
        receiver.server.socket, server_side=True, do_handshake_on_connect=False
    )
    return certificate


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl here")
def test_a_certificate_is_verified_by_the_name(
    receiver: Receiver, secured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the connection goes to an address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(secured)
    monkeypatch.setattr("bot.posting._TLS", context)
    assert post(f"https://localhost:{receiver.port}/", b"{}", {}, allow_private=True).is_taken
    assert "not valid for '127.0.0.1'" in trouble(f"https://127.0.0.1:{receiver.port}/")


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl here")
def test_a_certificate_of_nobody_s_is_told(receiver: Receiver, secured: Path) -> None:
    """Nothing is sent to whoever has it."""
    assert secured.exists()
    assert trouble(f"https://localhost:{receiver.port}/").startswith("its certificate is not valid: ")
    assert receiver.received.empty()
