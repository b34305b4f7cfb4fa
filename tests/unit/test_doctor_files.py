"""The doctor on what is installed, what is saved, and what the environment says: each fault is a real one."""

import json
from pathlib import Path

import pytest

from quafu_runtime.account import Account
from quafu_runtime.doctor import Finding, Outcome, examine

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def found(check: str) -> Finding:
    (finding,) = [one for one in examine(Account("t", url=NOWHERE), timeout=5.0) if one.check == check]
    return finding


def saved(home: Path) -> Path:
    Account("the-saved-token", url=NOWHERE, profile="lab").save()
    return home / ".quafu" / "api"


def test_the_python_and_the_packages_are_told() -> None:
    assert found("python").message.startswith("Python 3.")
    packages = found("packages")
    assert packages.outcome is Outcome.OK
    assert "httpx " in packages.message
    assert "websockets " in packages.message
    assert found("local").outcome is Outcome.OK


def test_an_account_file_that_is_in_order_is_told_with_its_profiles(home: Path) -> None:
    path = saved(home)
    assert found("account file") == Finding(
        "account file", Outcome.OK, f"{path} is yours alone; saved profiles: lab.", None
    )
    assert found("folder").outcome is Outcome.OK


def test_no_account_file_is_no_fault(home: Path) -> None:
    assert found("account file").outcome is Outcome.OK
    assert list(home.iterdir()) == []


def test_an_account_file_that_others_may_read_fails_with_the_command_that_mends_it(home: Path) -> None:
    path = saved(home)
    path.chmod(0o644)
    finding = found("account file")
    assert (finding.outcome, finding.remedy) == (Outcome.FAIL, f"chmod 600 {path}")
    assert "mode 0644" in finding.message
    path.chmod(0o600)
    assert found("account file").outcome is Outcome.OK


def test_an_account_file_that_is_a_link_fails(home: Path, tmp_path: Path) -> None:
    path = saved(home)
    target = path.rename(tmp_path / "elsewhere")
    path.symlink_to(target)
    finding = found("account file")
    assert finding.outcome is Outcome.FAIL
    assert f"is a symbolic link to {target}" in finding.message


def test_an_account_file_that_is_broken_fails_without_showing_what_is_in_it(home: Path) -> None:
    path = saved(home)
    path.write_text('{"token": "the-saved-token", oops')
    finding = found("account file")
    assert finding.outcome is Outcome.FAIL
    assert "is broken: line 1" in finding.message
    assert "the-saved-token" not in str(finding)


def test_an_account_file_that_is_a_folder_fails(home: Path) -> None:
    (home / ".quafu" / "api").mkdir(parents=True)
    finding = found("account file")
    assert (finding.outcome, finding.remedy) == (Outcome.FAIL, "move it away")


@pytest.mark.parametrize(("mode", "outcome"), [(0o777, "fail"), (0o770, "fail"), (0o755, "warn"), (0o700, "ok")])
def test_a_folder_that_others_may_look_into_is_told_by_what_they_may_do(home: Path, mode: int, outcome: str) -> None:
    folder = saved(home).parent
    folder.chmod(mode)
    finding = found("folder")
    assert finding.outcome == outcome
    assert finding.remedy == (None if outcome == "ok" else f"chmod 700 {folder}")


def test_a_registry_that_others_may_read_fails(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("registry").outcome is Outcome.OK
    path = home / "jobs.db"
    path.write_bytes(b"")
    path.chmod(0o644)
    monkeypatch.setenv("QUAFU_RUNTIME_REGISTRY", str(path))
    assert (found("registry").outcome, found("registry").remedy) == (Outcome.FAIL, f"chmod 600 {path}")
    monkeypatch.setenv("QUAFU_RUNTIME_REGISTRY", "off")
    assert "not written down" in found("registry").message


def test_two_accounts_in_the_environment_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAFU_RUNTIME_API_TOKEN", "the-token-of-the-environment")
    assert found("environment").outcome is Outcome.OK
    monkeypatch.setenv("QUAFU_RUNTIME_PROFILE", "lab")
    finding = found("environment")
    assert finding.outcome is Outcome.WARN
    assert "the profile is not used" in finding.message
    assert "the-token-of-the-environment" not in str(finding)


def test_certificates_that_cannot_be_read_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    finding = found("certificates")
    assert finding.outcome is Outcome.FAIL
    assert f"SSL_CERT_FILE names {tmp_path}/missing.pem" in finding.message


def test_no_account_fails_with_the_command_that_saves_one() -> None:
    *_, last = examine(timeout=5.0)
    assert (last.check, last.outcome) == ("account", Outcome.FAIL)
    assert "quafu-runtime login" in str(last.remedy)


def test_a_finding_is_readable_as_a_text() -> None:
    assert str(Finding("token", Outcome.FAIL, "It is refused.", "log in")) == (
        "fail: token: It is refused. To mend it: log in"
    )
    assert json.dumps(Outcome.WARN) == '"warn"'
