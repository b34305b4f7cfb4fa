"""Programs that want too much: each is bounded itself, should what is under test not stop it."""

from tests.faults.programs.row import DONE, Row, program

MEBIBYTE = 2**20

FORKS = """
    until = time.monotonic() + 30
    made = mmap.mmap(-1, 8)
    while time.monotonic() < until:
        count = struct.unpack("q", made[:8])[0] + 1
        made[:8] = struct.pack("q", count)
        if count > 3000:
            os._exit(0)
        try:
            pid = os.fork()
        except OSError:
            continue
        {child}
"""

PROCESSES = "processes and threads at once, and a job may have 100. Whoever runs the service can allow more processes"
MEMORY = "of memory, with all processes that it started, and a job may use 600 MiB."
FOLDER = "in files of its folder, and a job may keep 64 MiB there."

ROWS = [
    Row("a fork bomb", program(FORKS.format(child="pass")), says=(PROCESSES, "--job-processes")),
    Row(
        "a fork bomb of sessions",
        program(FORKS.format(child="if pid == 0: os.setsid()")),
        says=(PROCESSES,),
    ),
    Row(
        "a fork bomb of daemons",
        program(FORKS.format(child="if pid == 0: os.setsid()\n        elif count % 2: os._exit(0)")),
        says=("The program",),
    ),
    Row(
        "a bomb of threads",
        program("""
            threading.stack_size(1 << 16)
            for _ in range(1000):
                threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
            time.sleep(60)
        """),
        says=(PROCESSES,),
    ),
    Row(
        "memory in one process",
        program("kept = []\nfor _ in range(128): kept.append(b'x' * (16 << 20)); time.sleep(0.001)\ntime.sleep(60)"),
        says=("The program was stopped: it used ", MEMORY, "quafu-runtime serve --job-memory"),
    ),
    Row(
        "memory in many children",
        program("""
            for _ in range(16):
                if os.fork() == 0:
                    kept = b"x" * (64 << 20)
                    time.sleep(60)
                    os._exit(0)
            time.sleep(60)
        """),
        says=(MEMORY,),
    ),
    Row(
        "memory that is mapped by many",
        program("""
            kept = mmap.mmap(-1, 1 << 30)
            for place in range(0, 1 << 30, 4096):
                kept[place] = 1
            time.sleep(60)
        """),
        says=(MEMORY,),
    ),
    Row(
        "memory in files without a name",
        program("""
            for _ in range(24):
                os.posix_fallocate(os.memfd_create("kept"), 0, 60 << 20)
                time.sleep(0.05)
            time.sleep(60)
        """),
        says=(MEMORY,),
    ),
    Row(
        "more memory at once than there may be",
        program("numpy.ones(1 << 32)"),
        says=("MemoryError", "A job may use 600 MiB of memory. Whoever runs the service", "numpy.ones(1 << 32)"),
    ),
    Row(
        "memory that forked children share counts once",
        program("""
            kept = b"x" * (250 << 20)
            pids = []
            for _ in range(8):
                pids.append(os.fork())
                if pids[-1] == 0:
                    time.sleep(0.5)
                    os._exit(len(kept) >> 25)
            return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        """),
        DONE,
        ("[7, 7, 7, 7, 7, 7, 7, 7]",),
    ),
    Row(
        "one large file",
        program("with open('file', 'wb') as file:\n    for _ in range(300): file.write(b'x' * (1 << 20))"),
        says=("OSError: [Errno 27] File too large", "A file of a job may have 64 MiB.", "--job-folder"),
    ),
    Row(
        "many files",
        program("""
            for number in range(60):
                Path(str(number)).write_bytes(b"x" * (5 << 20))
            time.sleep(60)
        """),
        says=(FOLDER, "--job-folder"),
    ),
    Row(
        "many small files",
        program("""
            os.mkdir("folder")
            for number in range(40_000):
                open(f"folder/{number}", "w").close()
            time.sleep(60)
        """),
        says=(FOLDER,),
    ),
    Row(
        "files that are deleted and open",
        program("""
            kept = []
            for number in range(30):
                kept.append(open("file", "wb"))
                kept[-1].write(b"x" * (10 << 20))
                kept[-1].flush()
                os.remove("file")
            time.sleep(60)
        """),
        says=(FOLDER,),
    ),
    Row(
        "a file with holes counts what it holds",
        program("""
            with open("holes", "wb") as file:
                file.truncate(60 << 20)
            for number in range(4):
                os.link("holes", f"again{number}")
                os.symlink("/", f"elsewhere{number}")
            time.sleep(0.5)
            return "well"
        """),
        DONE,
        ('"well"',),
    ),
    Row(
        "folders within folders",
        program("""
            for _ in range(1500):
                os.mkdir("f" * 50)
                os.chdir("f" * 50)
            time.sleep(60)
        """),
        says=("it made folders within each other, deeper than a path can name",),
    ),
    Row(
        "open files",
        program("kept = [open('/dev/null') for _ in range(400)]"),
        says=("OSError: [Errno 24] Too many open files", "A process of a job may have 256 files open.", "--job-files"),
    ),
    Row(
        "limits that it takes from itself",
        program("""
            for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_DATA, resource.RLIMIT_NOFILE):
                try:
                    resource.setrlimit(kind, (1 << 40, 1 << 40))
                except (ValueError, OSError):
                    pass
            kept = []
            for _ in range(128):
                kept.append(b"x" * (16 << 20))
            time.sleep(60)
        """),
        says=("600 MiB",),
    ),
    Row(
        "a gigabyte of prints",
        program("""
            line = b"x" * 1023 + b"\\n"
            for _ in range(1024):
                os.write(1, line * 1024)
            return "printed"
        """),
        DONE,
        ('"printed"',),
        (
            "[What is printed after this is not kept: the log of a job holds 64 KiB.]",
            "[1,023.9 MiB that were printed are not kept.]",
        ),
    ),
    Row(
        "a million interim results",
        program("for number in range(1_000_000): userpub.publish(number)"),
        says=("it published more than the 512 KiB of interim results", "--job-published"),
    ),
    Row(
        "a large interim result",
        program("userpub.publish('x' * (1 << 20))"),
        says=("it published more than the 512 KiB of interim results",),
    ),
    Row(
        "a result of 200 MB",
        program("return 'x' * (200 << 20)"),
        says=("The result cannot be sent: 200.0 MiB once encoded, and the limit is 64 MiB.",),
    ),
]
