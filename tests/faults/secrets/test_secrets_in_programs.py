"""A program that holds something like a token is not sent, and neither are params, labels and metadata with a token."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import SecretFoundError, program
from quafu_runtime.account import Account
from quafu_runtime.check.leaks import Leak, leaks_in_source
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, call

ROOT = Path(__file__).parents[3]
MAIN = "from quafu_runtime.cli import main; main()"
OWN = "the token of your account"
HALF = len(TOKEN) // 2
ENCODED = base64.b64encode(f"{{'token': '{TOKEN}'}}".encode()).decode()
ESCAPED = "".join(f"\\x{ord(one):02x}" for one in TOKEN)
PLAIN = "def run(task, userpub, params):\n    return params\n"
RANDOM = "q7Rz0vKfT2mWc9LxB4hN"
LETTERS = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
HEADER = base64.urlsafe_b64encode(b'{"typ":"JWT","alg":"HS256"}').decode().rstrip("=")
WEB_TOKEN = f"{HEADER}.{HEADER.replace('9', '0')}.{RANDOM}"


def holding(text: str) -> str:
    """A program with this in its third line."""
    return f"def run(task, userpub, params):\n    value = params\n    {text}\n"


@pytest.mark.parametrize(
    "text",
    [
        f"return '{TOKEN}'",
        f"pass  # for tests: {TOKEN}",
        f"return '{TOKEN[:HALF]}' '{TOKEN[HALF:]}'",
        f"return '{TOKEN[:5]}' + '{TOKEN[5:9]}' + '{TOKEN[9:]}'",
        f"return f'{TOKEN[:HALF]}{{\"{TOKEN[HALF:]}\"}}'",
        f"return ''.join(['{TOKEN[:HALF]}', '{TOKEN[HALF:]}'])",
        f"return b'{TOKEN}'",
        f"return '{ESCAPED}'",
        f"return '''{TOKEN[:HALF]}\n{TOKEN[HALF:]}'''",
        f"return '{ENCODED}'",
        f"return '{TOKEN.encode().hex()}'",
    ],
)
def test_the_accounts_own_token_is_found_however_it_is_written(text: str) -> None:
    found = leaks_in_source(holding(text), {OWN: TOKEN})

    assert found == [Leak(3, OWN)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"api_token = '{RANDOM}'", "a secret, as 'api_token'"),
        (f"self.apiToken = '{RANDOM}'", "a secret, as 'apiToken'"),
        (f"API_KEY: str = '{RANDOM}'", "a secret, as 'API_KEY'"),
        (f"headers = {{'Authorization': 'Bearer {RANDOM}'}}", "a secret, as 'Authorization'"),
        (f"connect(password='{RANDOM}')", "a secret, as 'password'"),
        (f"user.save_apitoken('{RANDOM}')", "a secret, as 'token'"),
        (f"def inner(secret_key='{RANDOM}'): pass", "a secret, as 'secret_key'"),
        (f"key = 'AKIA{LETTERS[-16:].upper()}'", "an access key of AWS"),
        (f"key = 'ghp_{LETTERS}'", "a token of GitHub"),
        (f"key = 'glpat-{LETTERS}'", "a token of GitLab"),
        (f"key = '{WEB_TOKEN}'", "an API token"),
        (f"key = '{WEB_TOKEN[::-1]}'", "an API token"),
        ("key = '-----BEGIN OPENSSH PRIVATE KEY-----'", "a private key"),
        (f"pass  # {WEB_TOKEN}", "an API token"),
    ],
)
def test_what_looks_like_a_secret_is_found(text: str, what: str) -> None:
    (leak,) = leaks_in_source(holding(text), {})

    assert (leak.line, leak.what) == (3, f"what looks like {what}")


@pytest.mark.parametrize(
    "text",
    [
        "token = None",
        "token = ''",
        "api_token = 'your-api-token-goes-here-1'",
        "api_token = '<your quafu api token 12345>'",
        "token_length = 'q7Rz0vKfT2mWc9LxB4hN'",
        "password = 'correct horse battery staple 1'",
        "secret = os.environ['QUAFU_RUNTIME_API_TOKEN_V2']",
        "token = 'QUAFU_RUNTIME_API_TOKEN_2'",
        f"bits = '{'0110' * 200}'",
        f"token = '{'0110' * 200}'",
        "pauli = 'XXYZIIZZXYXYZZIIXXYZIIZZ'",
        "observables = {'XZYI' * 20: 0.5}",
        "sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'",
        "pass  # sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "qasm = 'OPENQASM 2.0;\\ninclude \"qelib1.inc\";\\nqreg q[4];\\nrz(0.123456789012345678) q[0];'",
        f"number = {3**400}",
        "job_id = '0123456789abcdef0123456789abcdef'",
        "token = 'https://example.org/v1/where/it/is'",
        "tokens = 'q7Rz0vKfT2mWc9LxB4hN'.split()",
        "passwords = 1234567890123456789",
    ],
)
def test_what_is_no_secret_is_let_through(text: str) -> None:
    assert leaks_in_source(holding(text), {OWN: TOKEN}) == []


@pytest.mark.parametrize("path", sorted([*ROOT.glob("examples/**/*.py"), *ROOT.glob("tests/e2e/guide_programs/*.py")]))
def test_all_example_programs_pass(path: Path) -> None:
    assert leaks_in_source(path.read_text(), {OWN: TOKEN}) == []


def test_a_program_that_is_nested_deep_or_is_none_is_looked_at_as_a_text() -> None:
    for text in (f"x = {'+'.join(['1'] * 5000)}", "(" * 3000, "def run(:", f"x = {'-' * 5000}1"):
        assert leaks_in_source(f"{text}\n# {TOKEN}\n", {OWN: TOKEN}) == [Leak(2, OWN)]


def source_of(tmp_path: Path) -> Path:
    path = tmp_path / "leaky.py"
    path.write_text(f"{PLAIN}# {TOKEN}\n")
    return path


@program
def leaky(task: object, userpub: object, params: object) -> str:  # noqa: ARG001 - the form of a program
    return "a-token-of-the-fake"


SENT: dict[str, Callable[..., Any]] = {
    "upload": lambda client, path, **options: client.upload_program(path, name="leaky", **options),
    "upload text": lambda client, path, **options: client.upload_program(path.read_text(), name="leaky", **options),
    "update": lambda client, path, **options: client.update_program("a" * 32, path, **options),
    "metadata": lambda client, _, **options: client.upload_program(PLAIN, name="q", description=TOKEN, **options),
    "only metadata": lambda client, _, **options: client.update_program("a" * 32, description=f"x{TOKEN}", **options),
    "run file": lambda client, path, **options: client.run(path, **options),
    "run function": lambda client, _, **options: client.run(leaky, **options),
    "params": lambda client, _, **options: client.run("p", {"deep": [{"token": f"Bearer {TOKEN}"}]}, **options),
    "names in params": lambda client, _, **options: client.run("p", {TOKEN: 1}, **options),
    "label": lambda client, _, **options: client.run("p", label=TOKEN, **options),
    "tags": lambda client, _, **options: client.run("p", tags=["a", TOKEN], **options),
}


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("how", SENT)
def test_nothing_that_holds_the_token_is_sent_without_being_asked_for(
    service: FakeService, account: Account, tmp_path: Path, face: str, how: str
) -> None:
    service.programs["a" * 32] = service.programs.pop(service.add_program("p")) | {"program_id": "a" * 32}
    path = source_of(tmp_path)

    with pytest.raises(SecretFoundError) as caught:
        call(face, account, lambda client: SENT[how](client, path))

    message = str(caught.value)
    assert OWN in message
    assert "allow_secrets=True" in message
    assert "A program needs no token" in message
    assert TOKEN not in message
    assert TOKEN[:8] not in message
    assert service.requests == []

    call(face, account, lambda client: SENT[how](client, path, allow_secrets=True))
    assert service.requests != []


def test_a_message_names_the_lines_and_the_place_in_the_params(account: Account, tmp_path: Path) -> None:
    with pytest.raises(SecretFoundError, match=r"leaky\.py was not sent.*\n  line 3: the token of your account\n"):
        call("sync", account, lambda client: client.run(source_of(tmp_path)))
    with pytest.raises(SecretFoundError, match=r"the params at /deep/0/token: the token of your account"):
        call("sync", account, lambda client: SENT["params"](client, None))
    with pytest.raises(SecretFoundError, match=r"the params at /\[token\]/0: the token of your account"):
        call("sync", account, lambda client: client.run("p", {TOKEN: [TOKEN]}))


@pytest.mark.parametrize("face", FACES)
def test_a_map_and_a_sweep_hold_a_program_back_too(
    service: FakeService, account: Account, tmp_path: Path, face: str
) -> None:
    path = source_of(tmp_path)
    with pytest.raises(SecretFoundError):
        call(face, account, lambda client: first_of(client.map(path, [1])))
    with pytest.raises(SecretFoundError):
        call(face, account, lambda client: client.sweep(tmp_path / "sweep.db", path, [1], progress=False))
    assert service.sent("programs_upload") == []

    call(face, account, lambda client: first_of(client.map(path, [TOKEN], allow_secrets=True)))
    assert len(service.sent("programs_run_deploy")) == 1


def first_of(jobs: Any) -> Any:
    if hasattr(jobs, "__next__"):
        return next(jobs)

    async def first() -> Any:
        return await anext(jobs)

    return first()


def test_a_token_of_another_profile_or_of_the_environment_is_held_back_too(
    service: FakeService, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    Account("token-of-the-laboratory", url="http://127.0.0.1:1", profile="lab").save()
    monkeypatch.setenv("QUAFU_RUNTIME_API_TOKEN", "token-of-the-environment")
    for token, what in (
        ("token-of-the-laboratory", 'the token of the profile "lab"'),
        ("token-of-the-environment", "the token of the environment variable QUAFU_RUNTIME_API_TOKEN"),
    ):
        with pytest.raises(SecretFoundError, match=what):
            call("sync", account, upload(holding(f"return '{token}'")))
    assert service.requests == []


def upload(source: str) -> Callable[[Any], Any]:
    return lambda client: client.upload_program(source, name="x")


def test_a_broken_account_file_stands_in_nobodys_way(service: FakeService, account: Account, home: Path) -> None:
    (home / ".quafu").mkdir()
    (home / ".quafu" / "api").write_text("{")

    call("sync", account, upload(PLAIN))

    assert len(service.sent("programs_upload")) == 1


def test_a_token_that_is_shorter_than_a_word_is_not_looked_for() -> None:
    assert leaks_in_source(holding("return 'params'"), {OWN: "params"}) == []


def test_the_command_line_holds_it_back_and_has_an_option(service: FakeService, tmp_path: Path) -> None:
    path = source_of(tmp_path)
    for command in (["program", "upload", str(path)], ["run", str(path), "--detach"]):
        refused = cli(service, *command)
        assert refused.returncode == 2, refused.stderr
        assert "line 3: the token of your account" in refused.stderr
        assert "--allow-secrets" in refused.stderr
        assert TOKEN not in refused.stderr + refused.stdout
        assert service.requests == []
    sent = cli(service, "run", str(path), "--detach", "--allow-secrets", "--json")
    assert sent.returncode == 0, sent.stderr
    assert len(json.loads(sent.stdout)["job_id"]) == 32


def cli(service: FakeService, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "QUAFU_RUNTIME_API_TOKEN": TOKEN, "QUAFU_RUNTIME_URL": service.url}
    return subprocess.run(
        [sys.executable, "-c", MAIN, *command],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
