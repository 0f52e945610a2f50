"""Reads a table with delta-rs and with Polars, and prints what each saw as one line of JSON."""

import json
import os
import sys

import deltalake
import polars

folder, key, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
table = deltalake.DeltaTable(folder)


def rows(frame):
    instants = [name for name, kind in frame.schema.items() if isinstance(kind, polars.Datetime)]
    zones = sorted({str(frame.schema[name].time_zone) for name in instants})
    frame = frame.with_columns(polars.col(name).dt.epoch("us").alias(name) for name in instants)
    days = [name for name, kind in frame.schema.items() if kind == polars.Date]
    frame = frame.with_columns(polars.col(name).cast(polars.String).alias(name) for name in days)
    return {"zones": zones, "rows": frame.sort("big").to_dicts()}


print(
    json.dumps(
        {
            "version": table.version(),
            "files": len(table.file_uris()),
            "progress": str(table.transaction_version(key)),
            "deltaRs": rows(polars.from_arrow(table.to_pyarrow_table())),
            "pruned": table.to_pyarrow_table(filters=[("hour", "=", 8)]).num_rows,
            "polars": rows(polars.read_delta(folder)),
            "first": deltalake.DeltaTable(folder, version=first).to_pyarrow_table().num_rows,
        }
    ),
    flush=True,
)
# The readers' thread pools sometimes abort the interpreter while it shuts down; all that counts has been printed.
os._exit(0)
