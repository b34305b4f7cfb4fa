"""What runs around and inside a job's process: the supervisor, the warm parent, the runner and the program.

Four kinds of processes, each the parent of the next. The *supervisor* is small, and sees to it that nothing is left
behind. The *warm parent* has imported pyquafu and never uses it: it forks the others. A *runner* speaks for one job to
the service. A *program's process* holds the user's program, and nothing of the service.

Standard library, pyquafu (through `quafu_seam`) and the codec only. Nothing is imported here, so that the supervisor
stays small.
"""
