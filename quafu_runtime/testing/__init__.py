"""Fixtures for pytest: a real runtime service of your own, in tests of your programs.

They are there as soon as the package and pytest are installed, with nothing to import:

| fixture | scope | what it is |
|---|---|---|
| `local_runtime` | session | a `LocalRuntime` in a folder of its own, which ends with the session |
| `runtime_service` | test | a `RuntimeService` on it, closed after the test |

The service runs your program as it is, on the simulator, in a process of its own. Both need the extra `local`.

Example:
    ```python
    def test_bell_pairs_are_even(runtime_service):
        counts = runtime_service.run("bell.py", {"shots": 1000}, seed=1).result()
        assert set(counts) <= {"00", "11"}
    ```
"""

from quafu_runtime.testing.plugin import local_runtime, runtime_service

__all__ = ["local_runtime", "runtime_service"]
