"""Alerts over the wire: a real mail server and a real webhook on this machine, and the outbox between."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.alerts.facts import Message
from pipeline.alerts.settings import AlertRules, Smtp
from pipeline.errors import ConfigurationError
from resources.alerting.channels import channels
from resources.alerting.delivery import NotDelivered, PerhapsDelivered
from resources.alerting.mail import Mail
from resources.alerting.outbox import MOST_TRIES, Outbox
from resources.alerting.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
MESSAGE = Message(
    key="failed:daily", day="2026-11-24", title="leadflow (acme): the run failed: ää", lines=("line & <one>",)
)
PASSWORD = "correct-horse-battery"
SECRET_PATH = "/services/T000/B000/verysecrettoken"


class Inbox:
    """What the mail server took; `answers` tells how it answers the next mails."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answers: list[str] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "vanish":
            self.mails.append((None, envelope, session))
            server.transport.abort()
            return "250 never seen"
        if answer.startswith("250"):
            self.mails.append((message_from_bytes(envelope.content, policy=default), envelope, session))
        return answer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that signs itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    day = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(day - dt.timedelta(days=1))
        .not_valid_after(day + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def right(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    # Not handled: the server itself answers a wrong password.
    return AuthResult(success=data.password == PASSWORD.encode() and data.login == b"leadflow", handled=False)


@contextmanager
def mail_server(certificate: Path | None = None, *, is_ssl: bool = False) -> Iterator[tuple[Inbox, Smtp]]:
    inbox, port = Inbox(), free_port()
    tls = None
    how: dict[str, Any] = {}
    if certificate is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        how = {"authenticator": right, "auth_require_tls": not is_ssl}
        how |= {} if is_ssl else {"tls_context": tls, "require_starttls": True, "auth_required": True}
    controller = Controller(inbox, hostname="127.0.0.1", port=port, ssl_context=tls if is_ssl else None, **how)
    controller.start()
    security = "none" if tls is None else "ssl" if is_ssl else "starttls"
    settings = Smtp(
        host="127.0.0.1",
        port=port,
        security=security,
        user="leadflow" if tls else None,
        sender="leadflow@acme.example",
        recipients=("ops@acme.example", "boss@acme.example"),
    )
    try:
        yield inbox, settings
    finally:
        controller.stop()


@contextmanager
def hook(*answers: Any) -> Iterator[tuple[str, list[Any]]]:
    """Serve a webhook: `answers` are statuses, or "hang up"; the last one stays."""
    left, taken = list(answers), []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            taken.append((self.path, json.loads(self.rfile.read(length))))
            answer = left.pop(0) if len(left) > 1 else left[0]
            if answer == "hang up":
                self.connection.close()
                return
            self.send_response(answer)
            self.end_headers()
            self.wfile.write(b"ok" if answer == 200 else f"said by {SECRET_PATH}".encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{SECRET_PATH}", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def webhook(url: str) -> Webhook:
    return Webhook(url, variable="LEADFLOW_ALERT_WEBHOOK_URL", sleep=lambda _: None)


def test_a_mail_arrives_whole_at_every_recipient() -> None:
    with mail_server() as (inbox, settings):
        assert Mail(settings, now=lambda: NOW).send(MESSAGE) is None
    ((mail, envelope, _),) = inbox.mails
    assert envelope.rcpt_tos == ["ops@acme.example", "boss@acme.example"]
    assert mail["Subject"] == MESSAGE.title
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "line & <one>" in mail.get_content()


@pytest.mark.parametrize("is_ssl", [False, True], ids=["starttls", "ssl"])
def test_over_tls_we_log_in_and_the_certificate_is_verified(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, is_ssl: bool
) -> None:
    with mail_server(certificate, is_ssl=is_ssl) as (inbox, settings):
        with pytest.raises(NotDelivered, match=r"could not be used.*certificate"):
            Mail(settings, password=PASSWORD).send(MESSAGE)
        assert inbox.mails == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert Mail(settings, password=PASSWORD).send(MESSAGE) is None
    ((_, _, session),) = inbox.mails
    assert session.authenticated
    assert session.ssl is not None or is_ssl


def test_a_wrong_password_is_told_without_the_password(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate) as (inbox, settings), pytest.raises(NotDelivered) as error:
        Mail(settings, password="wrong-horse-battery").send(MESSAGE)
    assert inbox.mails == []
    assert "wrong-horse" not in str(error.value)
    assert "535" in str(error.value)


def test_a_server_without_starttls_is_not_talked_to_in_the_clear() -> None:
    with mail_server() as (inbox, settings):
        asked = settings.model_copy(update={"security": "starttls"})
        with pytest.raises(NotDelivered, match="STARTTLS"):
            Mail(asked).send(MESSAGE)
    assert inbox.mails == []


def test_plain_text_to_another_machine_is_refused_before_any_call() -> None:
    settings = Smtp(host="mail.acme.example", security="none", sender="a@b.example", recipients=("c@d.example",))
    with pytest.raises(ConfigurationError, match="plain text is for this machine only; allowed: starttls, ssl"):
        Mail(settings)


def test_a_refused_recipient_is_told_masked_while_the_others_get_the_mail() -> None:
    with mail_server() as (inbox, settings):
        inbox.refused = {"boss@acme.example"}
        note = Mail(settings).send(MESSAGE)
    assert note is not None
    assert "refused 1 of its recipients" in note
    assert "boss@acme.example" not in note
    assert len(inbox.mails) == 1


def test_a_refused_mail_was_not_delivered_and_a_lost_answer_may_have_been() -> None:
    with mail_server() as (inbox, settings):
        inbox.answers = ["451 try later", "vanish"]
        with pytest.raises(NotDelivered, match="451"):
            Mail(settings).send(MESSAGE)
        with pytest.raises(PerhapsDelivered, match="may have arrived"):
            Mail(settings).send(MESSAGE)


def test_nobody_listening_is_not_delivered() -> None:
    settings = Smtp(
        host="127.0.0.1", port=free_port(), security="none", sender="a@b.example", recipients=("c@d.example",)
    )
    with pytest.raises(NotDelivered, match="could not be used"):
        Mail(settings).send(MESSAGE)


def test_a_webhook_gets_text_and_blocks_as_slack_reads_them() -> None:
    with hook(200) as (url, taken):
        assert webhook(url).send(MESSAGE) is None
    ((path, told),) = taken
    assert path == SECRET_PATH
    assert told["text"] == "leadflow (acme): the run failed: ää\nline &amp; &lt;one&gt;"
    assert [block["type"] for block in told["blocks"]] == ["section", "section"]


def test_a_webhook_that_asks_for_a_pause_is_asked_again() -> None:
    with hook(429, 200) as (url, taken):
        assert webhook(url).send(MESSAGE) is None
    assert len(taken) == 2


@pytest.mark.parametrize("status", [302, 400, 403, 404, 500])
def test_an_answer_that_is_no_success_was_not_delivered_and_keeps_the_address_secret(status: int) -> None:
    with hook(status) as (url, taken), pytest.raises(NotDelivered) as error:
        webhook(url).send(MESSAGE)
    assert len(taken) == 1, "only what was never executed is repeated"
    assert str(status) in str(error.value)
    for secret in ("verysecrettoken", "T000/B000"):
        assert secret not in str(error.value)


def test_a_lost_answer_of_a_webhook_may_have_been_delivered() -> None:
    with hook("hang up") as (url, taken), pytest.raises(PerhapsDelivered) as error:
        webhook(url).send(MESSAGE)
    assert len(taken) == 1
    assert "verysecret" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["http://hooks.example/secretpart", "ftp://x/secretpart", "secretpart", "https://u:secretpart@h/x"]
)
def test_an_address_that_is_not_allowed_is_named_by_its_variable_never_by_its_value(url: str) -> None:
    with pytest.raises(ConfigurationError, match="LEADFLOW_ALERT_WEBHOOK_URL") as error:
        webhook(url)
    assert "secretpart" not in str(error.value)


def test_no_channel_is_on_until_one_is_configured() -> None:
    assert channels(AlertRules(), {}) == []


def test_the_environment_is_enough_for_both_channels() -> None:
    found = channels(
        AlertRules(),
        {
            "LEADFLOW_ALERT_WEBHOOK_URL": "https://hooks.example/x",
            "LEADFLOW_ALERT_SMTP_HOST": "mail.example",
            "LEADFLOW_ALERT_SMTP_FROM": "a@b.example",
            "LEADFLOW_ALERT_SMTP_TO": "c@d.example, e@f.example",
        },
    )
    assert [channel.name for channel in found] == ["webhook", "smtp"]


@pytest.mark.parametrize(
    ("text", "variables", "named"),
    [
        ({"webhook": {"url_variable": "MY_HOOK"}}, {}, "MY_HOOK, not set"),
        ({}, {"LEADFLOW_ALERT_SMTP_HOST": "mail.example"}, "no sender and recipients"),
        ({}, {"LEADFLOW_ALERT_SMTP_PORT": "many"}, "LEADFLOW_ALERT_SMTP_PORT"),
        (
            {"smtp": {"host": "m.example", "user": "u", "sender": "a@b.example", "recipients": ["c@d.example"]}},
            {},
            "LEADFLOW_ALERT_SMTP_PASSWORD is not set",
        ),
    ],
)
def test_a_channel_that_is_half_configured_is_an_error_that_names_the_variable(
    text: dict[str, Any], variables: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        channels(AlertRules.model_validate(text), variables)


class Way:
    """A channel that does what it is told to do."""

    name = "way"

    def __init__(self, *answers: Exception | str | None) -> None:
        self.answers, self.sent = list(answers), []

    def send(self, message: Message) -> str | None:
        self.sent.append(message.title)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        pass


def alert(key: str = "failed:daily", day: str = "2026-11-24", title: str = "it failed") -> Message:
    return Message(key=key, day=day, title=title, lines=("why",), kind="failed")


def test_the_same_alert_is_told_once_a_day_and_again_the_next(tmp_path: Path) -> None:
    box, way = Outbox(tmp_path / "alerts.json"), Way()
    box.post([alert()], [way], now=NOW)
    told = Outbox(tmp_path / "alerts.json").post([alert(title="it failed again")], [way], now=NOW)
    assert (told.delivered, way.sent) == (0, ["it failed"])
    assert box.post([alert(day="2026-11-25", title="a day later")], [way], now=NOW).delivered == 1


def test_what_was_not_delivered_is_tried_again_and_then_once(tmp_path: Path) -> None:
    box, way = Outbox(tmp_path / "alerts.json"), Way(NotDelivered("nobody there"))
    first = box.post([alert()], [way], now=NOW)
    assert (first.delivered, first.waiting, first.problems) == (0, 1, ["way: nobody there"])
    assert box.waiting() == [{"channel": "way", "title": "it failed", "problem": "nobody there"}]
    assert box.post([], [way], now=NOW).delivered == 1
    assert box.post([alert()], [way], now=NOW).delivered == 0
    assert way.sent == ["it failed", "it failed"]


def test_one_channel_that_fails_holds_no_other_back(tmp_path: Path) -> None:
    box, broken, fine = Outbox(tmp_path / "alerts.json"), Way(NotDelivered("no")), Way()
    fine.name = "fine"
    told = box.post([alert()], [broken, fine], now=NOW)
    assert (told.delivered, told.waiting) == (1, 1)
    box.post([alert()], [broken, fine], now=NOW)
    assert (len(broken.sent), len(fine.sent)) == (2, 1)


def test_a_lost_answer_is_not_sent_again_but_told_as_doubtful_until_it_was_mentioned(tmp_path: Path) -> None:
    box, way = Outbox(tmp_path / "alerts.json"), Way(PerhapsDelivered("no answer"))
    box.post([alert()], [way], now=NOW)
    assert box.post([alert()], [way], now=NOW).delivered == 0
    assert box.doubts() == ["it failed"]
    box.mention(["it failed"])
    assert box.doubts() == []


def test_a_process_killed_while_sending_leaves_a_doubt_and_no_second_message(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "alerts.json")
    with pytest.raises(KeyboardInterrupt):
        box.post([alert()], [Way(KeyboardInterrupt())], now=NOW)  # type: ignore[arg-type]
    again, way = Outbox(tmp_path / "alerts.json"), Way()
    assert again.post([alert()], [way], now=NOW).delivered == 0
    assert way.sent == []
    assert again.doubts() == ["it failed"]


def test_what_never_gets_through_is_given_up_after_a_bounded_number_of_tries(tmp_path: Path) -> None:
    box, way = Outbox(tmp_path / "alerts.json"), Way(*[NotDelivered("no")] * 50)
    told = box.post([alert()], [way], now=NOW)
    for _ in range(MOST_TRIES + 3):
        told = box.post([], [way], now=NOW) if box.waiting() else told
    assert len(way.sent) == MOST_TRIES
    assert "given up after" in told.problems[0]
    assert told.waiting == 0
    assert box.doubts() == ["it failed"], "the next digest names it"


def test_a_file_that_cannot_be_read_is_kept_aside_and_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "alerts.json").write_text("{cut")
    assert Outbox(tmp_path / "alerts.json").post([alert()], [Way()], now=NOW).delivered == 1
    assert (tmp_path / "alerts.unreadable").read_text() == "{cut"


def test_what_was_delivered_leaves_no_text_behind_and_nobody_else_can_read_the_file(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "alerts.json")
    box.post([alert()], [Way()], now=NOW)
    assert "why" not in (tmp_path / "alerts.json").read_text()
    assert (tmp_path / "alerts.json").stat().st_mode & 0o777 == 0o600
