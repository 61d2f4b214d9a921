"""Uploads for bulk writes: headers, zip rules, and what the files may hold (Zoho fact sheet §4.1)."""

from __future__ import annotations

import codecs

import pytest

HEADER = "key,name,company,mail,town\n"
ROW = "k1,Berg,Fjord,b@fjord.example,Oslo\n"


def test_a_zip_gets_a_file_id_of_digits_and_costs_no_credits(bulk, zip_of):
    used = bulk.vendor.meter.used
    answer = bulk.upload(zip_of(leads=HEADER + ROW), version="v8")
    assert (answer.status, answer.body["code"], answer.body["message"]) == (
        200,
        "FILE_UPLOAD_SUCCESS",
        "file uploaded.",
    )
    assert answer.body["details"]["file_id"].isdigit()
    assert answer.body["details"]["created_time"] == "2026-03-02T14:30:00+05:30"
    assert bulk.vendor.meter.used == used


@pytest.mark.parametrize("changed", [{"feature": ""}, {"x_crm_org": ""}, {"x_crm_org": "1"}])
def test_missing_or_foreign_headers_are_told_in_the_file_hosts_own_shape(bulk, zip_of, changed):
    answer = bulk.upload(zip_of(leads=HEADER), **changed)
    assert answer.status == 400
    assert answer.body == {
        "ERROR_CODE": 400,
        "ERROR_MESSAGE": "Bad Request",
        "x-error": "check if headers [feature, X-CRM-ORG] are present and valid",
    }


def test_a_bad_token_is_told_in_the_file_hosts_own_shape(bulk, zip_of):
    answer = bulk.upload(zip_of(leads=HEADER), authorization="Zoho-oauthtoken x")
    assert (answer.status, answer.body["ERROR_CODE"]) == (401, 401)


def test_an_upload_without_its_scope_is_a_scope_mismatch(open_bulk, zip_of):
    desk = open_bulk(missing_scopes=frozenset({"ZohoFiles.files.ALL"}))
    answer = desk.upload(zip_of(leads=HEADER))
    assert (answer.status, answer.body["code"]) == (401, "OAUTH_SCOPE_MISMATCH")


def test_only_zips_under_25_megabytes_of_the_right_feature_are_taken(bulk, form_of, zip_of):
    assert bulk.upload(b"a,b\n1,2\n").body["code"] == "INVALID_FILE_FORMAT"
    large = bulk.upload(b"0" * (25 * 1024 * 1024 + 1))
    assert (large.status, large.body["code"]) == (413, "FILE_TOO_LARGE")
    assert bulk.upload(zip_of(a=HEADER), feature="bulk-read").body["code"] == "NOT_SUPPORTED_FEATURE"
    other = bulk.upload(b"", body=form_of(zip_of(a=HEADER), name="content"))
    assert (other.status, other.body["code"]) == (400, "MANDATORY_NOT_FOUND")


def test_refused_uploads_may_answer_200_as_the_sample_collection_does(open_bulk):
    answer = open_bulk(upload_refusals_ok=True).upload(b"no zip")
    assert (answer.status, answer.body["code"]) == (200, "INVALID_FILE_FORMAT")


def test_a_job_takes_one_csv_of_at_most_25000_rows(bulk, zip_of):
    def code(content: bytes) -> str:
        body = bulk.job(HEADER + ROW)
        body["resource"][0]["file_id"] = bulk.upload(content).body["details"]["file_id"]
        answer = bulk.bulk("POST", "/write", body)
        return answer.body["code"]

    assert code(zip_of(a=HEADER + ROW, b=HEADER + ROW)) == "FILE_NOT_SUPPORTED"
    assert code(zip_of()) == "FILE_NOT_SUPPORTED"
    assert code(zip_of(a="")) == "FILE_NOT_SUPPORTED"
    assert code(zip_of(a=HEADER + ROW * 25_001)) == "FILE_NOT_SUPPORTED"
    assert code(zip_of(a=HEADER + ROW * 25_000)) == "SUCCESS"


@pytest.mark.parametrize("sign", [",", ";", ":", "|"])
def test_the_delimiter_is_found_in_the_header(bulk, sign):
    text = 'key,"na;:|me",company,mail,town\nk1,"Be,rg",Fjord,b@fjord.example,Oslo\n'
    text = text.replace(",", sign) if sign != "," else text
    ident = bulk.submit(text)
    assert bulk.counts(ident) == (1, 0, 0, 1)
    (record,) = bulk.vendor.organisation.tables["Leads"].matches("Leadflow_ID", "k1")
    assert record.values["Company"] == "Fjord"
    assert record.values["Last_Name"] == ("Be,rg" if sign == "," else f"Be{sign}rg")


@pytest.mark.parametrize(
    ("encode", "given", "told"),
    [
        (lambda text: codecs.BOM_UTF8 + text.encode(), None, "UTF-8"),
        (lambda text: text.encode("utf-16"), None, "UTF-16"),
        (lambda text: text.encode("cp1252"), None, "windows-1252"),
        (lambda text: text.encode("latin-1"), "ISO-8859-1", "ISO-8859-1"),
    ],
)
def test_the_encoding_is_told_or_found(bulk, zip_of, encode, given, told):
    body = bulk.job(HEADER, **({"character_encoding": given} if given else {}))
    raw = encode(HEADER + ROW.replace("Berg", "Bjørk"))
    body["resource"][0]["file_id"] = bulk.upload(zip_of(leads=raw)).body["details"]["file_id"]
    ident = bulk.bulk("POST", "/write", body).body["details"]["id"]
    bulk.wait(200)
    assert bulk.poll(ident)["character_encoding"] == told
    (record,) = bulk.vendor.organisation.tables["Leads"].matches("Leadflow_ID", "k1")
    assert record.values["Last_Name"] == "Bjørk"


def test_an_upload_is_forgotten_after_seven_days(bulk):
    body = bulk.job(HEADER + ROW)
    bulk.clock.advance(8)
    bulk.token = bulk.refresh().body["access_token"]
    assert bulk.bulk("POST", "/write", body).body["code"] == "FILE_NOT_FOUND"
