"""Replays access logs on a Spark cluster: maxmind-acl replay on each partition, merge on what these print.

    spark-submit --files maxmind-acl,maxmind.yaml,GeoLite2-Country.mmdb replay.py \\
      --output summary.json 'hdfs:///logs/access.log*' -- \\
      --config maxmind.yaml --format combined --base-url http://www.example.com

The options after -- go to maxmind-acl replay. docs/spark.md lists the requirements of the executors.
"""

import argparse
import json
import os
import subprocess
import sys

import pyarrow
import pyarrow.compute
from pyspark import SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, concat, lit


def start(*arguments):
    """Starts the tool on an executor, among the files of --files. Its messages go to the executor's log."""
    directory = SparkFiles.getRootDirectory()
    return subprocess.Popen(
        [os.path.join(directory, "maxmind-acl"), *arguments],
        cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def printed(tool):
    """The output of the tool. If there is none, the task fails, and Spark repeats it."""
    output, _ = tool.communicate()
    # A part without requests has an exit status other than 0, but counts.
    if not output:
        raise RuntimeError(f"{' '.join(tool.args)}: exit status {tool.returncode}")
    return output


def replay(options):
    """A function from the lines of a partition to its summary."""

    def summary(batches):
        tool = None
        for batch in batches:
            tool = tool or start("replay", "--json", "--threads", "1", *options)
            # The buffer of a batch has its lines one after the other. They are passed unchanged.
            lines = batch.column(0)
            length = pyarrow.compute.sum(pyarrow.compute.binary_length(lines)).as_py() or 0
            try:
                tool.stdin.write(memoryview(lines.buffers()[2])[:length])
            except BrokenPipeError:
                break
        if tool:
            yield pyarrow.RecordBatch.from_pydict({"part": [printed(tool)]})

    return summary


def merge(one, other=b""):
    tool = start("merge", "--json", "-")
    tool.stdin.write(one + other)
    return printed(tool)


def named(files):
    """The summary with the names of the logs: each part came from standard input."""

    def with_names(whole):
        summary = json.loads(whole)
        summary["coverage"]["files"] = files
        summary["coverage"]["formats"] = ["-"] * len(files)
        return merge(json.dumps(summary).encode())

    return with_names


def arguments():
    position = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    parser = argparse.ArgumentParser(
        description="Replay access logs on a Spark cluster.",
        epilog="The options after -- go to maxmind-acl replay.")
    parser.add_argument("logs", nargs="+", help="files, directories or patterns, of any file system of Spark's")
    parser.add_argument("--output", required=True, help="the file for the summary, where the driver runs")
    return parser.parse_args(sys.argv[1:position]), sys.argv[position + 1:]


def main():
    own, options = arguments()
    spark = SparkSession.builder.appName("maxmind-acl replay").getOrCreate()
    # Only a line feed ends a line. Its bytes stay unchanged, in UTF-8 or not.
    logs = spark.read.text(own.logs, lineSep="\n")
    lines = logs.select(concat(col("value").cast("binary"), lit(b"\n")))
    parts = lines.mapInArrow(replay(options), "part binary").rdd.map(lambda row: bytes(row.part))
    whole = parts.treeReduce(merge)
    summary = spark.sparkContext.parallelize([whole], 1).map(named(sorted(logs.inputFiles()))).first()
    with open(own.output, "wb") as output:
        output.write(summary)
    failures = json.loads(summary)["coverage"]["failures"]
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
