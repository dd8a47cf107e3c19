"""Any number of pictures -> a table with one row for each, in a run that may be killed and goes on.

    sources     what SOURCE names -> items        batches     a batch -> rows             local   one process per core
    archives    tar shards, Parquet -> items      supervisor  batches, in a worker        cluster the same on Ray
    fetching    item -> bytes                     manifest    what is done, in SQLite     job     the whole story
    rows        reading -> row                    parts       rows, on the disk for good
    outputs     rows -> Parquet, JSON lines, CSV  summary, review   what it came to, and what to look at

This room knows neither terminals nor how a picture is read.
"""
