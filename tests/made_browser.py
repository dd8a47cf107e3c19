"""A browser on the page: Debian's Chromium, driven by Playwright, without a screen."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from made import Style, write_page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 60_000
"""How long is waited for what must come: long, since machines are busy; no test passes by waiting."""
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def why_no_browser() -> str:
    """Why the page cannot be tested here; "" if it can."""
    if os.environ.get("INKREAD_BROWSER"):
        return ""  # it is said to be there: a skip would be a fault
    missing = [
        name
        for name in ("playwright", "axe_playwright_python", "fastapi")
        if not importlib.util.find_spec(name)
    ]
    if missing:
        return f'needs {" and ".join(missing)}: pip install -e ".[web]" --group test'
    return "" if CHROMIUM else "needs Chromium: apt-get install chromium"


@contextlib.contextmanager
def served(folder: Path, *options: str, scheme: str = "http") -> Iterator[str]:
    """The address of ``inkread serve`` in a process of its own, as it says it; corrections go to ``folder``."""
    command = [sys.executable, "-m", "inkread", "serve", "--port", "0", "--workers", "1", *options]
    env = {**os.environ, "INKREAD_CORRECTIONS": str(folder)}
    with (
        (folder.parent / "serve.log").open("wb") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=env, encoding="utf-8"
        ) as process,
    ):
        try:
            assert process.stdout is not None
            address = re.search(rf"{scheme}://\S+", process.stdout.readline())
            assert address, (folder.parent / "serve.log").read_text(encoding="utf-8")
            yield address[0]
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield started
        finally:
            started.close()


@contextlib.contextmanager
def opened(started: Any, address: str, **options: Any) -> Iterator[Any]:
    """A page; at its end, it must have asked nobody but its server, and met no error."""
    # A service worker would answer for the server, and hide requests from the routes of a test.
    usual = {"viewport": {"width": 1100, "height": 800}, "service_workers": "block"}
    context = started.new_context(locale="en-GB", **(usual | options))
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None
    )
    try:
        page.goto(address)
        yield page
        own = address.partition("#")[0]
        assert [url for url in asked if not url.startswith((own, f"blob:{own}"))] == []
        assert errors == []
    finally:
        context.close()


@contextlib.contextmanager
def text_at(percent: int, started: Any, address: str, **options: Any) -> Iterator[Any]:
    """The page in a browser whose user has set text to so many per cent."""
    arguments = [*ARGUMENTS, f"--blink-settings=defaultFontSize={16 * percent // 100}"]
    large = started.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    try:
        with opened(large, address, **options) as page:
            yield page
    finally:
        large.close()


def do(page: Any, name: str) -> None:
    """Presses the button of this name."""
    page.get_by_role("button", name=name, exact=True).click()


def draw(
    page: Any, text: str, *, seed: int = 1, at: tuple[float, float] = (0.5, 0.5), share: float = 0.4
) -> None:
    """Draws a number on the sheet with the mouse; ``at`` is its middle, ``share`` its height, of the sheet's."""
    sheet = page.locator("#stage").bounding_box()
    size = min(sheet["height"] * share, sheet["width"] / (0.95 * len(text) + 1))
    written = write_page([text], Style(size=size, jitter=0.6), seed)
    edges = np.array([each.bounds for each in written])
    middle = (edges[:, :2].min(axis=0) + edges[:, 2:].max(axis=0)) / 2
    goal = np.array([sheet["x"] + at[0] * sheet["width"], sheet["y"] + at[1] * sheet["height"]])
    for character in written:
        for path in character.paths:
            stroke(page, path + goal - middle)


def stroke(page: Any, path: Sequence[Any]) -> None:
    points = [*path[::4], path[-1]]
    page.mouse.move(*map(float, points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*map(float, point))
    page.mouse.up()


def violations(page: Any) -> list[str]:
    """What axe finds wrong on the page as it is."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}})
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]
