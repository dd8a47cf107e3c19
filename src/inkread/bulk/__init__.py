"""Bulk reading: any number of pictures -> a table with one row per page, in runs that can be killed and resumed.

sources     SOURCE -> inputs, in order        batch_reader  a batch of inputs -> outcomes
archives    tar shards, Parquet -> inputs     supervisor    batches, by a worker process per core
inputs      one picture to be read            cluster       the same on Ray
fetching    input -> bytes                    rows          reading -> row; rows on disk, in parts
outputs     rows -> Parquet, JSON lines, CSV  manifest      the state of each input, in SQLite
settings    the settings of a run             run_folder    the folder of a run, and its lock
job         the steps of a run                summary, review   figures of a run, doubtful pictures
"""
