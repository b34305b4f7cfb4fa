"""The generated client is what the contract generates, wherever that is done; the contract is all that is changed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from openapi.document import DOCUMENT, load
from openapi.generate import PACKAGE, GenerationError, differences, generate, main

ROOT = DOCUMENT.parent.parent
SCRIPT = DOCUMENT.parent / "generate.py"


def run(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what was generated."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "quafu_runtime_api", ignore=shutil.ignore_patterns("__pycache__")))


def test_what_is_committed_is_what_the_contract_generates(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_any_difference_fails_the_check_and_is_named(copy: Path, tmp_path: Path) -> None:
    (copy / "models" / "left_over.py").write_text("", "utf-8")
    (copy / "models" / "failure.py").write_text("edited = True\n", "utf-8")
    (copy / "py.typed").unlink()
    done = run("--check", "--output", copy, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{copy} is not what the document generates. Run `make generate`.",
        "missing: py.typed",
        "stale: models/left_over.py",
        "different: models/failure.py",
    ]
    assert (copy / "models" / "left_over.py").exists()


def test_generating_leaves_nothing_stale_and_nothing_edited(copy: Path, tmp_path: Path) -> None:
    (copy / "api" / "jobs" / "job_pause.py").write_text("", "utf-8")
    (copy / "client.py").unlink()
    assert run("--output", copy, cwd=tmp_path).returncode == 0
    assert list(differences(copy, PACKAGE)) == []


def test_the_output_is_the_same_from_a_folder_with_settings_of_its_own_and_without_ruff_on_the_path(
    tmp_path: Path,
) -> None:
    elsewhere = tmp_path / "build"
    elsewhere.mkdir()
    (elsewhere / "pyproject.toml").write_text('[tool.ruff]\nline-length = 60\nexclude = ["*.py"]\n', "utf-8")
    (elsewhere / ".gitignore").write_text("*\n", "utf-8")
    (elsewhere / ".git").mkdir()
    done = run("--output", "made", cwd=elsewhere, PATH="/nowhere", TMPDIR=str(elsewhere))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(differences(elsewhere / "made", PACKAGE)) == []


def test_what_the_generator_leaves_out_is_an_error(tmp_path: Path) -> None:
    document = load(DOCUMENT)
    document["components"]["schemas"]["JobLogs"]["properties"]["lines"] = {"type": "array"}
    (tmp_path / "document.yaml").write_text(yaml.safe_dump(document), "utf-8")
    with pytest.raises(GenerationError, match="type array must have items"):
        generate(tmp_path / "document.yaml", tmp_path / "made")
    done = run("--document", tmp_path / "document.yaml", "--output", tmp_path / "made", cwd=tmp_path)
    assert done.returncode == 1
    assert "type array must have items" in done.stderr


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a client generated from the contract with one more field and one more operation."""
    folder = tmp_path_factory.mktemp("extended")
    document = load(DOCUMENT)
    schemas = document["components"]["schemas"]
    schemas["RunRequest"]["properties"]["priority"] = {"type": "integer", "description": "Higher goes first."}
    schemas["JobsPage"] = {
        "type": "object",
        "description": "Jobs.",
        "required": ["jobs"],
        "properties": {"jobs": {"type": "array", "items": {"$ref": "#/components/schemas/JobInfo"}}},
    }
    schemas["JobsSuccess"] = yaml.safe_load(json.dumps(schemas["JobInfoSuccess"]).replace("/JobInfo", "/JobsPage"))
    document["paths"]["/runtime/jobs/{owner}"] = {"get": jobs_of_an_owner()}
    (folder / "document.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    done = run("--document", "document.yaml", "--output", "quafu_runtime_api", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def jobs_of_an_owner() -> dict[str, Any]:
    answer = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("JobsSuccess", "Failure")]}
    return {
        "operationId": "jobs",
        "tags": ["jobs"],
        "summary": "List jobs.",
        "description": "All of them.",
        "security": [{"api_token": []}],
        "parameters": [
            {"name": "owner", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "after", "in": "header", "schema": {"type": "integer"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer"}},
        ],
        "responses": {"200": {"description": "Jobs.", "content": {"application/json": {"schema": answer}}}},
    }


USE = """\
from quafu_runtime_api import SPEC_VERSION
from quafu_runtime_api.api.jobs import jobs, programs_run_deploy
from quafu_runtime_api.models import Failure, JobsSuccess, RunRequest

request = RunRequest(program_id="p", priority=3)
assert programs_run_deploy.build(body=request)["json"] == {"program_id": "p", "priority": 3}
assert RunRequest.from_dict({"priority": 3}).priority == 3
built = jobs.build(owner="a/b", after=4, limit=5)
assert built["url"] == "/runtime/jobs/a%2Fb", built
assert built["params"] == {"limit": 5}, built
assert built["headers"] == {"Content-Type": "application/json;charset=UTF-8", "after": "4"}, built
success = jobs.parse({"code": 200, "data": {"jobs": [{"job_id": "j", "status": 2}]}})
assert isinstance(success, JobsSuccess)
assert success.data.jobs[0].job_id == "j"
assert isinstance(jobs.parse({"code": 404}), Failure)
"""


def test_a_new_field_and_a_new_operation_need_nothing_but_the_document(extended: Path) -> None:
    (extended / "use.py").write_text(USE, "utf-8")
    env = {**os.environ, "PYTHONPATH": str(extended)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "use.py"], cwd=extended, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_is_generated_passes_mypy_strict(extended: Path) -> None:
    (extended / "use.py").write_text(USE, "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(extended / "cache"), "."]
    done = subprocess.run(command, cwd=extended, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_package_carries_its_contract_and_its_version() -> None:
    document = load(DOCUMENT)
    assert json.loads((PACKAGE / "openapi.json").read_text("utf-8")) == document
    assert (PACKAGE / "py.typed").exists()
    code = "import quafu_runtime_api; print(quafu_runtime_api.SPEC_VERSION)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == document["info"]["version"]


def test_every_overridden_template_says_why() -> None:
    templates = sorted((DOCUMENT.parent / "templates").iterdir())
    assert templates
    for template in templates:
        first = template.read_text("utf-8").splitlines()[0]
        assert first.startswith("{# Overridden: "), template
        assert first.endswith("#}"), template
