"""The wire itself: the endpoints that are generated from the contract."""

from quafu_runtime_api.api.jobs import jobs
from quafu_runtime_api.api.programs import capabilities
from quafu_runtime_api.models import CapabilitiesSuccess, JobsSuccess

from quafu_runtime import RuntimeService


def main() -> None:
    """Run it."""
    with RuntimeService.local() as service:
        answer = capabilities.sync(client=service.api)
        if isinstance(answer, CapabilitiesSuccess):
            print("contract", answer.data.version, "with", ", ".join(answer.data.features))
        page = jobs.sync(client=service.api, limit=2)
        if isinstance(page, JobsSuccess):
            print(page.data.count, "jobs")


if __name__ == "__main__":
    main()
