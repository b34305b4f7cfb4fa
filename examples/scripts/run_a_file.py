"""Run a program out of a file, follow it, and find its job again."""

from pathlib import Path

from quafu_runtime import RuntimeService

PROGRAM = Path(__file__).parents[1] / "program_source" / "vqe-h2.py"


def main() -> None:
    """Run it."""
    with RuntimeService.local() as service:
        job = service.run(PROGRAM, params={"steps": 5}, seed=7, label="a first try", tags=["examples"])
        for event in job.events():
            print(event.kind, event.data)
        print("energy", job.result()["energies"][-1])
        print(service.jobs(tag="examples", limit=3))


if __name__ == "__main__":
    main()
