from quafu_runtime.server.runner.confinement import Confinement, Sandbox


def test_a_confinement_goes_over_a_command_line_and_back() -> None:
    given = Confinement(Sandbox.LANDLOCK, network=False, memory=2**33, processes=64, folder=2**30, files=256)
    back = Confinement.from_json(given.to_json())
    assert back == given
    assert back.sandbox is Sandbox.LANDLOCK
