"""Bulk reading: any number of pictures -> a table with one row per page, in runs that can be killed and resumed.

job           the steps of a run, its folder, its lock    settings    the settings of a run
sources       SOURCE -> inputs, in order                  inputs      one picture to be read
archives      tar shards, Parquet -> inputs, bytes        manifest    the state of each input, in SQLite
supervisor    batches, by a worker process per core       cluster     the same on Ray
batch_reader  a batch of inputs -> outcomes               rows        rows on disk; rows -> the table
report        figures of a run, doubtful pictures
"""
