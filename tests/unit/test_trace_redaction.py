"""What a trace may show: the token in no spelling, no text of a program, no params, no result."""

import base64
import hashlib
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quafu_runtime._client.tracing.redaction import Redactor

TOKEN = 'tok/en+"<&\\=_secret~1'
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=12, max_size=60)


@pytest.mark.parametrize(
    "spelled",
    [
        TOKEN,
        TOKEN.upper(),
        json.dumps(TOKEN)[1:-1],
        json.dumps(json.dumps(TOKEN)),
        html.escape(TOKEN),
        quote(TOKEN, safe=""),
        quote(TOKEN, safe="").lower(),
        "".join(f"%{byte:02x}" for byte in TOKEN.encode()),
        TOKEN.encode().hex(),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("="),
    ],
)
def test_a_token_is_taken_out_in_each_of_its_spellings(spelled: str) -> None:
    shown = Redactor(TOKEN).text(f"before {spelled} after")
    assert "[token]" in shown
    assert spelled not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@given(VISIBLE, st.binary(max_size=7), st.binary(max_size=7))
def test_a_token_inside_something_in_base64_is_taken_out(token: str, before: bytes, after: bytes) -> None:
    shown = Redactor(token).text(base64.b64encode(before + token.encode() + after).decode())
    assert "[token]" in shown
    assert len(shown.replace("[token]", "")) <= (len(before) + len(after) + 6) * 4 / 3 + 8


@given(VISIBLE, st.integers(0, 40))
def test_a_token_is_taken_out_before_a_text_is_shortened(token: str, shift: int) -> None:
    shown = Redactor(token).text("-" * (2000 - shift) + token + "-" * 100)
    assert token[:6] not in shown.replace("[token]", "")


@given(VISIBLE, st.integers(0, 60))
def test_no_beginning_of_a_token_is_left_where_a_huge_text_is_cut(token: str, shift: int) -> None:
    huge = f"{'[token]'.join([''] * 4)}{'-' * (2**16 - shift)}{token}{token}"
    shown = Redactor(token).text(huge, longest=2**22)
    assert token[:6] not in shown


def test_without_a_token_nothing_is_taken_out() -> None:
    assert Redactor("").text("as it is") == "as it is"


def test_a_program_s_text_is_told_by_its_size_and_hash() -> None:
    source = b"def run(task, userpub, params):\n    return 'private'\n"
    body = json.dumps({"name": "vqe", "data": base64.b64encode(source).decode()}).encode()
    assert Redactor(TOKEN).body(body) == {
        "name": "vqe",
        "data": f"[source: {len(source)} bytes, sha256 {hashlib.sha256(source).hexdigest()}]",
    }


def test_params_results_and_logs_are_told_by_their_size_wherever_they_stand() -> None:
    answer = {
        "code": 200,
        "data": {"result": '"private"', "status": 2, "logs": "private", "list": [{"params": [1, 2]}]},
    }
    assert Redactor(TOKEN).body(json.dumps(answer).encode()) == {
        "code": 200,
        "data": {
            "result": "[left out: 9 characters]",
            "status": 2,
            "logs": "[left out: 7 characters]",
            "list": [{"params": "[left out: 6 characters]"}],
        },
    }


def test_a_field_that_is_null_is_shown_as_null() -> None:
    assert Redactor(TOKEN).body(b'{"result": null, "data": null}') == {"result": None, "data": None}


def test_a_body_that_is_no_json_is_shown_shortened_and_without_the_token() -> None:
    page = f"<title>Proxy</title>{TOKEN}{'x' * 5000}"
    shown = Redactor(TOKEN).body(page.encode())
    assert shown.startswith("<title>Proxy</title>[token]xxx")
    assert shown.endswith(f"... [{len(page)} characters]")
    assert len(shown) < 2100


def test_large_long_and_deep_bodies_are_bounded() -> None:
    redactor = Redactor(TOKEN)
    assert redactor.body(b'"' + b"x" * 2**20 + b'"') == f"[{2**20 + 2} bytes]"
    assert redactor.body(json.dumps(list(range(50))).encode())[-1] == "[30 more]"
    deep = b'{"a":' * 30 + b"1" + b"}" * 30
    assert "[deeper]" in json.dumps(redactor.body(deep))
    assert isinstance(redactor.body(b"[" * 200_000), str)
    assert redactor.body(b"") is None


def test_the_token_is_taken_out_of_names_too() -> None:
    assert Redactor("secret-token").body(b'{"secret-token": "secret-token"}') == {"[token]": "[token]"}


def test_only_header_fields_that_are_known_to_be_harmless_are_shown() -> None:
    headers = {
        "api_token": TOKEN,
        "authorization": "Basic x",
        "cookie": "c",
        "content-type": "a",
        "x-request-id": TOKEN,
    }
    shown = Redactor(TOKEN).headers(headers, "request")
    assert shown == {"content-type": "a", "x-request-id": "[token]", "api_token": "[token]"}
    assert Redactor(TOKEN).headers({"set-cookie": "c", "date": "d"}, "answer") == {"date": "d"}
