"""Programs that change Python itself, raise odd things, and return what cannot be sent."""

from tests.faults.programs.row import DONE, Row, program

WELL = ('{"well": [1, 2.5]}',)


def changed(body: str) -> str:
    """A program that changes something and returns a value."""
    return program(f"{body}\nreturn {{'well': [1, 2.5]}}")


ROWS = [
    Row(
        "builtins that it replaces",
        changed("for name in ('open', 'len', 'print', 'isinstance', 'type', 'str'): setattr(builtins, name, None)"),
        DONE,
        WELL,
    ),
    Row(
        "builtins that lie",
        changed("builtins.len = lambda value: 7\nbuiltins.isinstance = lambda value, kind: True"),
        DONE,
        WELL,
    ),
    Row("builtins that are gone", changed("vars(builtins).clear()"), DONE, WELL),
    Row(
        "a json of its own",
        changed("json.dumps = json.loads = lambda *a, **k: 'nothing'\nsys.modules['json'] = None"),
        DONE,
        WELL,
    ),
    Row("no modules", changed("sys.modules.clear()\nsys.path.clear()\nsys.meta_path.clear()"), DONE, WELL),
    Row("a way out that it closes", changed("os._exit = lambda code: None\nos.kill = os.fork = None"), DONE, WELL),
    Row(
        "a way out that it closes, and an error",
        program("os._exit = lambda code: None\nraise ValueError('odd')"),
        says=("ValueError: odd",),
    ),
    Row(
        "handlers of all signals",
        changed(
            """
def no(number, frame): raise RuntimeError("no")
for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPROF):
    signal.signal(number, no)
signal.setitimer(signal.ITIMER_REAL, 3, 0.001)
""".strip().replace("\n", "\n")
        ),
        DONE,
        WELL,
    ),
    Row(
        "a timer that raises",
        program("""
        def no(number, frame): raise RuntimeError("too late")
        signal.signal(signal.SIGALRM, no)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.001)
        time.sleep(60)
    """),
        says=("RuntimeError: too late",),
    ),
    Row(
        "a trace that raises",
        program("""
            def no(*args): raise RuntimeError("no")
            threading.settrace(no)
            sys.settrace(lambda *args: None)
            return {"well": [1, 2.5]}
        """),
        DONE,
        WELL,
    ),
    Row("a limit of recursion of its own", changed("sys.setrecursionlimit(60)"), DONE, WELL),
    Row(
        "no collection, and slow switches",
        changed("gc.disable()\ngc.set_threshold(0)\nsys.setswitchinterval(1000)"),
        DONE,
        WELL,
    ),
    Row(
        "a main module of its own",
        changed("import __main__\n__main__.__dict__.clear()\nsys.modules['__main__'] = None"),
        DONE,
        WELL,
    ),
    Row("params that it changes", program("params.append(params)\nparams.clear()\nreturn 'well'"), DONE, ('"well"',)),
    Row(
        "a hook for errors",
        program("sys.excepthook = lambda *args: os._exit(0)\nraise ValueError('hooked')"),
        says=("ValueError: hooked",),
    ),
    Row("a huge error", program("raise ValueError('x' * 50_000_000)"), says=("ValueError: xxx", "characters left out")),
    Row(
        "an error whose text fails",
        program("raise Odd", "class Odd(Exception):\n    def __str__(self): raise SystemExit"),
        says=("program.Odd: <exception str() failed>",),
    ),
    Row(
        "an error with causes in a circle",
        program("a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a"),
        says=("ValueError: a", "ValueError: b"),
    ),
    Row(
        "an error with thousands of causes",
        program("""
        error = ValueError("first")
        for number in range(3000):
            following = ValueError(str(number))
            following.__cause__ = error
            error = following
        raise error
    """),
        says=("ValueError",),
    ),
    Row(
        "an error that is no Exception",
        program("raise Odd('odd')", "class Odd(BaseException): pass"),
        says=("Odd: odd",),
    ),
    Row(
        "an error with a name of its own",
        program(
            "raise Odd",
            """
                class Meta(type):
                    __module__ = property(lambda self: 1 / 0)
                class Odd(Exception, metaclass=Meta): pass
            """,
        ),
        says=("Odd",),
    ),
    Row(
        "an exit whose code fails",
        program("raise SystemExit(Odd())", "class Odd:\n    def __repr__(self): raise ValueError('no')"),
        says=("The program raised SystemExit, of which no traceback can be written",),
    ),
    Row(
        "a group of errors",
        program("raise ExceptionGroup('many', [ValueError('one'), KeyError('two')])"),
        says=("ValueError: one", "KeyError: 'two'"),
    ),
    Row("a result that is a function", program("return lambda: 1"), says=("result", "function")),
    Row(
        "a result that is a generator", program("return (number for number in range(3))"), says=("result", "generator")
    ),
    Row("a result that is an object", program("return object()"), says=("result", "object")),
    Row("a result that is in itself", program("value = []\nvalue.append(value)\nreturn value"), says=("result",)),
    Row(
        "a result that is deep",
        program("value = []\nfor _ in range(100_000): value = [value]\nreturn value"),
        says=("result",),
    ),
    Row("a result that is no number", program("return {'a': float('nan'), 'b': [float('inf')]}"), DONE),
    Row(
        "a result with methods that fail",
        program("""
        class Odd(list):
            def __iter__(self): raise ValueError("no iteration")
            def __len__(self): raise ValueError("no length")
            def __eq__(self, other): raise ValueError("no comparison")
            __hash__ = None
        return Odd([1])
    """),
        says=("result",),
    ),
    Row(
        "a result whose methods do not end",
        program("""
            class Odd(dict):
                def items(self):
                    while True: pass
                __iter__ = keys = items
            return Odd(a=1)
        """),
        says=("max_execution_time of 2 seconds",),
        seconds=2,
    ),
    Row("a result of many kinds of keys", program("return {(1, 2): 1}"), DONE),
    Row("a result of a class of its own", program("class Odd:\n    __class__ = int\nreturn Odd()"), says=("result",)),
]
