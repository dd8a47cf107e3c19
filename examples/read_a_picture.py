"""Reads a picture with the library: what was read, how sure it is, where it is, and what was left unread.

Run it as ``python examples/read_a_picture.py [PICTURE]``.
"""

import sys
from pathlib import Path

import inkread

picture = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "phone-number.jpg"
reading = inkread.read(picture)

print(f"I read {reading.text!r} and am {reading.confidence:.0%} sure of all of it.")
for number, line in enumerate(reading.lines, start=1):
    print(f"\nLine {number}: {line.text}")
    for digit in line.digits:
        other = f", or else {digit.runners_up[0][0]}" if digit.doubtful and digit.runners_up else ""
        print(f"  {digit.value}  {digit.confidence:6.1%}  at {digit.box.to_list()}{other}")

if reading.rejected:
    reasons = sorted({rejected.reason for rejected in reading.rejected})
    print(f"\nLeft unread: {len(reading.rejected)} pieces of ink ({', '.join(reasons)}).")
