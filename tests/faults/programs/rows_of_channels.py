"""Programs that do odd things with what they print, publish and find open."""

from tests.faults.programs.row import DONE, Row, program

CHANNEL = "channel = userpub._line._channel.fileno()"
WROTE = "The program wrote to the runtime's own channel: a frame "

ROWS = [
    Row("a closed standard output", program("sys.stdout.close()\nos.close(1)\nreturn 'well'"), DONE, ('"well"',)),
    Row(
        "printing to a closed standard output",
        program("sys.stdout.close()\nprint('x')"),
        says=("ValueError: I/O operation on closed file",),
    ),
    Row(
        "a standard output that is gone",
        program("sys.stdout = sys.stderr = sys.__stdout__ = None\nprint('x')\nreturn 'well'"),
        DONE,
        ('"well"',),
    ),
    Row(
        "a standard output of its own",
        program("""
            class Odd:
                def write(self, text): raise RuntimeError("no")
                def flush(self): raise RuntimeError("no")
            sys.stdout = Odd()
            return "well"
        """),
        DONE,
        ('"well"',),
    ),
    Row(
        "closed descriptors",
        program("os.closerange(0, 300)\nreturn 'well'"),
        says=("The program closed the runtime's own channel",),
    ),
    Row(
        "garbage in every descriptor",
        program("""
            for number in range(300):
                try:
                    os.write(number, b"\\xff\\x00garbage" * 100)
                except OSError:
                    pass
            return "well"
        """),
        says=(WROTE,),
    ),
    Row(
        "a forged result",
        program(f"{CHANNEL}\nos.write(channel, struct.pack('!BII', 2, 2, 12) + b'42[null, null]')\ntime.sleep(60)"),
        DONE,
        ("42",),
    ),
    Row(
        "half a frame and a hang",
        program(f"{CHANNEL}\nos.write(channel, struct.pack('!BII', 2, 100, 12) + b'4')\ntime.sleep(60)"),
        says=("max_execution_time of 2 seconds",),
        seconds=2,
    ),
    Row(
        "half a frame and an end",
        program(f"{CHANNEL}\nos.write(channel, struct.pack('!BII', 2, 100_000, 12))\nreturn 1"),
        says=(WROTE + "that is not complete",),
    ),
    Row(
        "the length of a giant frame",
        program(f"{CHANNEL}\nos.write(channel, struct.pack('!BII', 2, 2**32 - 1, 12))\ntime.sleep(60)"),
        says=(WROTE + "of 4,294,967,307 bytes",),
    ),
    Row(
        "a frame of types without end",
        program(f"{CHANNEL}\nos.write(channel, struct.pack('!BII', 2, 0, 40_000) + b'[' * 40_000)\ntime.sleep(60)"),
        says=(WROTE + "that cannot be read",),
    ),
    Row(
        "reading what the runner answers",
        program(f"""
            {CHANNEL}
            threading.Thread(target=lambda: [os.read(channel, 1) for _ in range(50)], daemon=True).start()
            for number in range(100):
                userpub.publish(number)
        """),
        says=("max_execution_time of 2 seconds",),
        seconds=2,
    ),
    Row(
        "publishing from many threads",
        program("""
            threads = [threading.Thread(target=lambda: [userpub.publish(n) for n in range(50)]) for _ in range(8)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            return "well"
        """),
        DONE,
        ('"well"',),
    ),
    Row(
        "publishing after the end",
        program("""
            def publish():
                while True:
                    userpub.publish(b"late")
            threading.Thread(target=publish).start()
            return "well"
        """),
        DONE,
        ('"well"',),
    ),
    Row(
        "printing after the end",
        program("threading.Thread(target=lambda: [print('y') for _ in iter(int, 1)]).start()\nreturn 'well'"),
        DONE,
        ('"well"',),
    ),
    Row(
        "halves of characters that it prints",
        program("print('a\\ud800b')\nreturn 'well'"),
        DONE,
        ('"well"',),
        ("a\\ud800b\n",),
    ),
    Row(
        "halves of characters that it publishes",
        program("userpub.publish('\\ud800')\nreturn 'well'"),
        DONE,
        ('"well"',),
    ),
    Row(
        "halves of characters that it returns",
        program("return '\\ud800'"),
        DONE,
    ),
    Row("halves of characters in keys", program("return {'\\ud800': 1}"), DONE),
    Row("halves of characters that it raises", program("raise ValueError('\\ud800')"), says=("ValueError: \\ud800",)),
    Row(
        "zero bytes and escapes that it prints",
        program("os.write(1, b'\\x00\\x1b[31m\\xff\\n')\nreturn 'well'"),
        DONE,
        ('"well"',),
        ("\x00\x1b[31m\ufffd",),
    ),
    Row("something that cannot be published", program("userpub.publish(object())"), says=("TypeError", "message")),
    Row(
        "looking for the service",
        program("""
            found = Path("/proc/self/environ").read_bytes() + json.dumps(dict(os.environ)).encode()
            found += b"".join(Path(f"/proc/self/{name}").read_bytes() for name in ("cmdline", "maps"))
            numbers = sorted(int(number) for number in os.listdir("/proc/self/fd"))
            numbers = [number for number in numbers if os.path.exists(f"/proc/self/fd/{number}")]
            kinds = [os.readlink(f"/proc/self/fd/{number}").partition(":")[0] for number in numbers]
            sockets = [number for number in numbers if os.readlink(f"/proc/self/fd/{number}").startswith("socket")]
            sockets = [socket.socket(fileno=os.dup(number)) for number in sockets]
            families = [each.family == socket.AF_UNIX for each in sockets]
            secrets = [b"owner.token", b"attempt_token", b"api_token", b"runtime.db"]
            return [families, sorted(set(kinds)), [secret in found for secret in secrets]]
        """),
        DONE,
        ('[[true], ["/dev/null", "/memfd", "pipe", "socket"], [false, false, false, false]]',),
    ),
]
