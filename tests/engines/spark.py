"""`leastwise check --records` under Apache Spark: two workers, one of them killed on the way. The findings have to be those
of a single process, line for line.

    python tests/engines/spark.py LEASTWISE FOLDER [RECORDS]
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from pyspark import SparkConf, SparkContext

from corpus import records


def children(of_command):
    """Process ids of what runs with this in its command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if of_command in command and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


def context(workers):
    conf = (
        SparkConf()
        .setMaster(f"local-cluster[{workers},1,1024]")
        .setAppName("leastwise")
        .set("spark.executor.memory", "1g")
        .set("spark.ui.enabled", "false")
        .set("spark.ui.showConsoleProgress", "false")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.driver.bindAddress", "127.0.0.1")
    )
    spark = SparkContext(conf=conf)
    spark.setLogLevel("ERROR")
    return spark


def piped(spark, command, folder, source, name):
    """The recipe of docs/engines.md. `checkCode`: a process that ends badly fails its task, and Spark runs it again."""
    out = folder / name
    spark.textFile(str(source), minPartitions=16).pipe(command, checkCode=True).saveAsTextFile(str(out))
    parts = sorted(out.glob("part-*"))
    return "".join(part.read_text(encoding="utf-8") for part in parts)


class Killer(threading.Thread):
    """Kills one executor, once both are at work."""

    def __init__(self, command):
        super().__init__(daemon=True)
        self.command = command
        self.killed = None

    def run(self):
        until = time.monotonic() + 120
        while time.monotonic() < until:
            executors = children("CoarseGrainedExecutorBackend")
            if len(executors) >= 2 and len(children(self.command)) >= 2:
                self.killed = executors[0]
                os.kill(self.killed, signal.SIGKILL)
                return
            time.sleep(0.01)


def main():
    binary, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 60_000
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "records.ndjson"
    with source.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in records(count))
    arguments = ["check", "--records", "--fail-on", "none", "--today", "2026-11-21"]
    started = time.monotonic()
    with source.open("rb") as records_in:
        single = subprocess.run([binary, *arguments], stdin=records_in, stdout=subprocess.PIPE, check=True).stdout.decode()
    alone = time.monotonic() - started
    command = " ".join([str(binary), *arguments])
    findings = single.count('"rule":"exposed-token"')
    errors = single.count('"error":')
    print(f"one process: {count} records, {source.stat().st_size / 1e6:.0f} MB, {findings} findings, {errors} bad records, {alone:.1f} s")
    if findings < count // 4 or errors != count // 100:
        sys.exit("the corpus is not what this test thinks it is")

    times = {}
    for workers in (1, 2):
        spark = context(workers)
        # The first job pays for the start of the executors.
        spark.parallelize(range(workers * 2), workers * 2).map(lambda x: x).count()
        started = time.monotonic()
        answer = piped(spark, command, folder, source, f"workers-{workers}")
        times[workers] = time.monotonic() - started
        spark.stop()
        if answer != single:
            sys.exit(f"{workers} workers: the findings differ from those of one process")
    print(f"Spark, one worker {times[1]:.1f} s, two workers {times[2]:.1f} s: {times[1] / times[2]:.2f} times as fast, the same findings line for line")

    spark = context(2)
    spark.parallelize(range(4), 4).map(lambda x: x).count()
    killer = Killer(command.split(" --")[0])
    killer.start()
    answer = piped(spark, command, folder, source, "killed")
    killer.join(timeout=1)
    spark.stop()
    if killer.killed is None:
        sys.exit("no executor was killed: the run was over before both were at work; give more records")
    if answer != single:
        sys.exit("after a worker was killed the findings differ from those of one process")
    print(f"a worker killed on the way (process {killer.killed}): the same findings line for line, none lost, none doubled")


if __name__ == "__main__":
    main()
