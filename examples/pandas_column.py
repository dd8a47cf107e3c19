"""Adds what is written on the pictures of a table's column to the table.

pip install pandas inkread; python examples/pandas_column.py pictures.csv
"""

import sys

import pandas as pd

import inkread


def with_readings(table: pd.DataFrame, column: str = "picture") -> pd.DataFrame:
    """The table with columns ``text`` (a string: zeros in front stay), ``confidence``, ``doubtful`` and ``error``."""
    found = list(inkread.read_many(table[column], errors="return"))
    read = [each if isinstance(each, inkread.Reading) else None for each in found]
    return table.assign(
        text=pd.array([None if each is None else each.text for each in read], dtype="string"),
        confidence=[None if each is None else each.confidence for each in read],
        doubtful=pd.array([None if each is None else each.doubtful for each in read], dtype="boolean"),
        error=pd.array(
            [None if isinstance(each, inkread.Reading) else str(each) for each in found], dtype="string"
        ),
    )


if __name__ == "__main__":
    print(with_readings(pd.read_csv(sys.argv[1])).to_string())
