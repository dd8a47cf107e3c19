"""How long does the page of `inkread serve` take from pen up to the result? Prints a table; judges nothing.

    python benchmarks/page.py                  20 numbers of four digits, drawn in Chromium
    python benchmarks/page.py --numbers 5      fewer

Each stroke is drawn with the mouse, and is read when it ends. The time runs from the browser's pointerup to the frame
after the result is shown. The server's part is what it logs for the same requests. Needs Playwright and Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WATCH = """() => {
  const answer = document.querySelector("#answer");
  window.taken = [];
  let lifted = null;
  addEventListener("pointerup", () => { lifted = performance.now(); }, true);
  new MutationObserver(() => {
    if (lifted === null || !["read", "doubtful", "unread"].includes(answer.dataset.state)) return;
    const since = lifted;
    lifted = null;
    requestAnimationFrame(() => window.taken.push(performance.now() - since));
  }).observe(answer, { attributes: true, attributeFilter: ["data-state", "aria-busy"] });
}"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--numbers", type=int, default=20, help="how many are drawn (20)")
    options = parser.parse_args()
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    print(f"{platform.machine()}, {os.cpu_count()} cores{load}\n\n| what | figure |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        taken = drawn(Path(folder) / "kept", options.numbers)
        lines = (Path(folder) / "serve.log").read_text(encoding="utf-8").splitlines()
    logged = [line for line in map(json.loads, lines) if line.get("route") == "/v1/read/strokes"]
    for what, values in (
        (f"pen up to the result shown, {len(taken)} strokes", taken),
        (f"– of which the server, {len(logged)} readings", [line["ms"] for line in logged]),
    ):
        high = statistics.quantiles(values, n=20)[-1]
        print(f"| {what} | median {statistics.median(values):.0f} ms, 95th percentile {high:.0f} ms |")
    return 0


def drawn(folder: Path, numbers: int) -> list[float]:
    """Milliseconds for each stroke whose result was shown before the next one began."""
    sys.path.insert(0, str(ROOT / "tests"))
    from made_browser import browser, draw, opened, served

    with served(folder) as address, browser() as started, opened(started, address) as page:
        draw(page, "1")
        page.locator("#answer[data-state=read]").wait_for()  # the reader is loaded
        page.evaluate(WATCH)
        for seed in range(numbers):
            page.get_by_role("button", name="Clear", exact=True).click()
            for at, digit in enumerate(str(1000 + 7919 * (seed + 1))[-4:]):
                draw(page, digit, seed=seed, at=(0.2 + 0.2 * at, 0.5))
                page.locator(
                    "#answer:is([data-state=read], [data-state=doubtful])[aria-busy=false]"
                ).wait_for()
        return [float(each) for each in page.evaluate("window.taken")]


if __name__ == "__main__":
    sys.exit(main())
