"""Where a job's time went, which circuits it ran, and all of it in one file."""

import tempfile
from pathlib import Path

from quafu_runtime import RuntimeService, load_bundle

PROGRAM = Path(__file__).parents[1] / "program_source" / "bell.py"


def main() -> None:
    """Run it."""
    with tempfile.TemporaryDirectory() as folder, RuntimeService.local() as service:
        job = service.run(PROGRAM, seed=5)
        result = job.result()
        print(job.ledger())
        bundle = load_bundle(job.bundle(Path(folder) / "run.zip"))
        print("kept:", bundle.result == result, bundle.versions)
        again = bundle.rerun(service, seed=bundle.info.seed)
        print("the same again:", again.result() == result)


if __name__ == "__main__":
    main()
