"""Each line is a mistake that a type checker finds."""

import inkread

inkread.read(5)
inkread.read(["a.jpg", "b.jpg"])
inkread.read(None)
inkread.read("a.jpg", order="GBR")
inkread.read("a.jpg", page="2")
inkread.read("a.jpg").txt
inkread.read_many([1, 2])
inkread.read_many(["a.jpg"], errors="ignore")
inkread.Reader(min_confidence="high")
inkread.Reader(limits=52)
inkread.annotate(3)
inkread.read("a.jpg").lines[0].digits[0].value.upper()
[each.text for each in inkread.read_many(["a.jpg"], errors="return")]
