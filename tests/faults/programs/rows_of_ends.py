"""Programs that end in an odd way, or do not end."""

from tests.faults.programs.row import DONE, Row, program

TIME = "The program was stopped: it ran longer than its max_execution_time of 2 seconds."
BLOCKED = """
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True: pass
"""
STRAY = """
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(3600)
            os._exit(0)
    subprocess.Popen(["sleep", "3600"], start_new_session=True)
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,)).start()
    return "left"
"""

ROWS = [
    Row("an endless loop", program("while True: pass"), says=(TIME,), seconds=2),
    Row("an endless loop with all signals blocked", program(BLOCKED), says=(TIME,), seconds=2),
    Row(
        "an endless loop when it is imported",
        "while True: pass\ndef run(task, userpub, params): pass\n",
        says=(TIME,),
        seconds=2,
    ),
    Row("one that stops itself", program("os.kill(os.getpid(), signal.SIGSTOP)"), says=(TIME,), seconds=2),
    Row(
        "an exit that hangs",
        program("import atexit; atexit.register(time.sleep, 3600)\nreturn 'well'"),
        DONE,
        ('"well"',),
    ),
    Row(
        "threads that never end",
        program("""
            for _ in range(20):
                threading.Thread(target=time.sleep, args=(3600,)).start()
            return "well"
        """),
        DONE,
        ('"well"',),
    ),
    Row("children that outlive it", program(STRAY), DONE, ('"left"',)),
    Row("os._exit(0)", program("os._exit(0)"), says=("ended its process with exit code 0 before run returned",)),
    Row("os._exit(7)", program("os._exit(7)"), says=("ended its process with exit code 7 before run returned",)),
    Row(
        "os._exit of a thread",
        program("threading.Thread(target=os._exit, args=(3,)).start()\ntime.sleep(60)"),
        says=("exit code 3",),
    ),
    Row("a segmentation fault", program("ctypes.string_at(0)"), says=("SIGSEGV", "ctypes.string_at(0)")),
    Row(
        "a segmentation fault without a word",
        program("faulthandler.disable()\nctypes.string_at(0)"),
        says=("The program's process was killed by SIGSEGV (Segmentation fault).",),
    ),
    Row("an abort", program("os.abort()"), says=("SIGABRT", "os.abort()")),
    Row(
        "a stack that overflows",
        program(
            "sys.setrecursionlimit(10**9)\nvalue = []\nfor _ in range(10**6): value = [value]\nrepr(value)",
        ),
        says=("SIGSEGV", "repr(value)"),
    ),
    Row(
        "endless recursion",
        program("return run(task, userpub, params)"),
        says=("RecursionError: maximum recursion depth",),
    ),
    Row("sys.exit()", program("sys.exit()"), says=("The program called sys.exit(None) before run returned a result.",)),
    Row("sys.exit(text)", program("sys.exit('enough')"), says=("The program called sys.exit('enough')",)),
    Row("KeyboardInterrupt", program("raise KeyboardInterrupt"), says=("KeyboardInterrupt",)),
    Row(
        "an interrupt of its own",
        program("os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)"),
        says=("KeyboardInterrupt",),
    ),
    Row(
        "an end of its own",
        program("os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(60)"),
        says=("SIGTERM (Terminated)",),
    ),
    Row("a kill of its own group", program("os.killpg(0, signal.SIGKILL)\ntime.sleep(60)"), says=("SIGKILL",)),
    Row(
        "an exit when it is imported",
        "import sys\nsys.exit(1)\ndef run(task, userpub, params): pass\n",
        says=("sys.exit(1)",),
    ),
    Row(
        "a failure when it is imported",
        "import no_such_module\ndef run(task, userpub, params): pass\n",
        says=("ModuleNotFoundError", "no_such_module"),
    ),
    Row("a syntax error of what it executes", program("exec('def')"), says=("SyntaxError", "exec('def')")),
    Row(
        "no entry point",
        "def run(task, userpub, params): pass\nglobals().update(run=7)\n",
        says=("run is of type int",),
    ),
    Row(
        "a fork that returns as well",
        program("pid = os.fork()\nreturn 'child' if pid == 0 else 'parent'"),
        DONE,
        ('"parent"',),
    ),
    Row(
        "a fork that raises as well",
        program("if os.fork() == 0: raise ValueError\nreturn 'parent'"),
        DONE,
        ('"parent"',),
    ),
    Row(
        "processes of multiprocessing",
        program("""
            with multiprocessing.get_context("fork").Pool(4) as pool:
                return sum(pool.map(abs, range(-100, 0)))
        """),
        DONE,
        ("5050",),
    ),
    Row(
        "a folder that it deletes",
        program("import shutil\nshutil.rmtree(os.getcwd())\nos.chdir('/')\nreturn 'gone'"),
        DONE,
        ('"gone"',),
    ),
    Row(
        "a folder that it closes",
        program("Path('a/b').mkdir(parents=True)\nos.chmod('a', 0)\nos.chmod('.', 0)\nreturn 'closed'"),
        DONE,
        ('"closed"',),
    ),
    Row(
        "a deep folder that it leaves",
        program("for _ in range(1500): os.mkdir('f'); os.chdir('f')\nreturn 'deep'"),
        DONE,
        ('"deep"',),
    ),
]
