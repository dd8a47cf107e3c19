"""Bulk reading: any number of pictures -> a table with one row per page, in runs that can be killed and resumed.

    sources     SOURCE -> inputs                  batch_reader  a batch of inputs -> outcomes
    archives    tar shards, Parquet -> inputs     supervisor    batches, in a worker process
    inputs      one picture to be read            local         a worker process per core
    fetching    input -> bytes                    cluster       the same on Ray
    rows        reading -> row                    row_store     rows on disk, in parts
    outputs     rows -> Parquet, JSON lines, CSV  manifest      the state of each input, in SQLite
    settings    the settings of a run             run_folder    the folder of a run, and its lock
    job         the steps of a run                summary, review   figures of a run, doubtful pictures

These modules know neither terminals nor how a picture is read.
"""
