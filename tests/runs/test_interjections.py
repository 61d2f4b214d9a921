"""Opt-outs that come while a plan is being sent: between two batches, once, and never anything else with them."""

from __future__ import annotations

import pytest

from pipeline.errors import AnswerLost
from pipeline.planning.plans import group
from tests.runs.test_applier import House, Vendor, lead, optout, row


def intents(*rows):
    return [each.intent for each in group(rows, [0] * len(rows), "")]


class Mail:
    """Gives what came in after so many questions."""

    def __init__(self, *found, after):
        self.found, self.left = list(found), after

    def __call__(self):
        self.left -= 1
        return self.found if self.left < 0 else []


def build(folder, mail, **plan):
    house = House(folder, vendor=Vendor(batch=50), meanwhile=mail)
    house.vendor.plan = plan
    for number in range(1, 131):
        lead(house, str(number))
    lead(house, "9000")
    return house


def changes():
    return [row(f"k{n}", "update", "City", "Oslo", record_id=str(n)) for n in range(1, 131)]


@pytest.fixture
def mail():
    return Mail(*intents(optout("9000", "k9000")), after=1)


def kinds(house):
    return [call[0][0] for call in house.vendor.calls]


def waves(monkeypatch):
    monkeypatch.setattr("resources.sending.WAVE", 1)
    monkeypatch.setattr("resources.sending.CALLS", 1)


def test_an_opt_out_is_told_between_two_batches_and_once(tmp_path, monkeypatch, mail):
    waves(monkeypatch)
    house = build(tmp_path, mail)
    applied = house.apply(changes())
    assert kinds(house) == ["update", "set_optout", "update", "update"]
    assert applied.confirmed == 130
    assert house.vendor.records["9000"]["values"]["Email_Opt_Out"] is True
    house.ledger.close()


def test_one_whose_answer_was_lost_is_asked_about_and_nothing_else_stops(tmp_path, monkeypatch, mail):
    waves(monkeypatch)
    house = build(tmp_path, mail)
    house.vendor.plan = {1: "drop before"}
    applied = house.apply(changes())
    house.clock.sleep(600)
    house.applier.tell(mail.found)
    assert applied.confirmed == 130
    assert house.vendor.records["9000"]["values"]["Email_Opt_Out"] is True
    assert kinds(house).count("set_optout") == 2
    house.ledger.close()


def test_telling_again_sends_nothing_twice(tmp_path, mail):
    house = build(tmp_path, mail)
    house.applier.tell(mail.found)
    house.applier.tell(mail.found)
    assert kinds(house) == ["set_optout"]
    house.ledger.close()


def test_what_is_no_opt_out_is_not_sent_this_way(tmp_path, mail):
    house = build(tmp_path, mail)
    house.applier.tell(intents(*changes()[:3]))
    assert house.vendor.calls == []
    house.ledger.close()


def waiting_to_be_read(folder):
    """Return a house whose changes have landed, and an opt-out that comes with the first look after them."""
    mail = Mail(*intents(optout("9000", "k9000")), after=10_000)
    house = build(folder, mail)
    house.apply(changes())
    mail.left = 0
    return house


def test_an_opt_out_that_comes_while_what_landed_is_read_back_is_told(tmp_path):
    house = waiting_to_be_read(tmp_path)
    house.applier.read_back()
    assert kinds(house)[-1] == "set_optout"
    assert house.ledger.unread_count("zoho") == 0
    house.ledger.close()


def test_reading_back_goes_on_when_an_opt_out_cannot_be_told(tmp_path):
    house = waiting_to_be_read(tmp_path)
    house.vendor.plan = {3: AnswerLost("no answer", vendor="zoho")}
    house.applier.read_back()
    assert house.ledger.unread_count("zoho") == 0
    house.ledger.close()


def test_the_same_opt_out_in_the_plan_and_in_the_mail_is_sent_once(tmp_path, monkeypatch):
    waves(monkeypatch)
    both = [optout("9000", "k9000"), optout("1", "k1")]
    house = build(tmp_path, Mail(*intents(*both), after=0))
    applied = house.apply(both)
    assert applied.confirmed == 2
    sent = sorted(key for call in house.vendor.calls for _, key in call)
    assert sent == ["k1", "k9000"]
    house.ledger.close()
