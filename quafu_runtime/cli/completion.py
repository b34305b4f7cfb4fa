"""`quafu-runtime completion`: what makes a shell complete the command's words."""

import click
from click.shell_completion import CompletionItem, get_completion_class

from quafu_runtime.errors import QuafuRuntimeError

PROGRAM = "quafu-runtime"
VARIABLE = "_QUAFU_RUNTIME_COMPLETE"

SUGGESTIONS = 100
"""Jobs among which a shell looks for the one that is typed: the newest."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete commands, options, profiles and ids of jobs.

    \b
    Example:
        quafu-runtime completion bash >> ~/.bashrc
        quafu-runtime completion zsh >> ~/.zshrc
        quafu-runtime completion fish > ~/.config/fish/completions/quafu-runtime.fish
    """
    found = get_completion_class(shell)
    if found is None:
        message = f"There is no completion for {shell}."
        raise click.UsageError(message)
    click.echo(found(context.find_root().command, {}, PROGRAM, VARIABLE).source())


def profiles(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the saved profiles that begin so."""
    from quafu_runtime.account import Account

    try:
        return [CompletionItem(name) for name in Account.profiles() if name.startswith(incomplete)]
    except QuafuRuntimeError:
        return []


def job_ids(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids that begin so, of jobs that were submitted from here."""
    from quafu_runtime.registry import JobRegistry

    try:
        found = JobRegistry().jobs(limit=SUGGESTIONS)
    except QuafuRuntimeError:
        return []
    return [
        CompletionItem(one.job_id, help=one.program_name or "") for one in found if one.job_id.startswith(incomplete)
    ]
