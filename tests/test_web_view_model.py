"""The page's view model: the cases that window and page must both pass, run in the browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from made_browser import browser, opened, served, why_no_browser

pytestmark = pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())
CASES = json.loads((Path(__file__).parent / "apps" / "view_model_cases.json").read_text(encoding="utf-8"))
RUN = """async ([{ readings, cases }]) => {
  const { ViewModel } = await import("/page/view_model.js");
  const { foundIn } = await import("/page/view_parts.js");
  const named = { choose_next: "chooseNext", take_back: "takeBack" };
  const found = (name) => foundIn(readings[name].reading, (_, i) => readings[name].inks[i]);
  const doing = {
    drew: (view, box) => view.drew({ bounds: box }),
    erased: (view, left) => view.erased(view.sheet.strokes.slice(0, left)),
    opened: (view, name) => view.opened({ name }, `opening ${name}`),
    read: (view, name) => view.read(found(name)),
    live: (view, on) => { view.live = on; },
  };
  const seeing = {
    panel: (view) => view.panel && Object.values(view.panel),
    values: (view) => view.lines.map((line) => line.map((part) => part.value)),
    message: (view) => view.message.text,
    current: (view) => view.isCurrent,
  };
  const see = (view, what) => (seeing[what] ? seeing[what](view) : view[what]);
  return cases.map(({ name, steps }) => {
    const view = new ViewModel();
    return { name, seen: steps.map(({ do: [act, ...given], then = {} }) => {
      if (doing[act]) doing[act](view, ...given);
      else view[named[act] ?? act](...given);
      return Object.fromEntries(Object.keys(then).map((what) => [what, see(view, what)]));
    }) };
  });
}"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with (
        served(tmp_path_factory.mktemp("kept") / "corrections") as address,
        browser() as started,
        opened(started, address) as page,
    ):
        found = page.evaluate(RUN, [CASES])
    text = json.dumps(found, ensure_ascii=False).replace("\u00a0", " ")
    return {case["name"]: case["seen"] for case in json.loads(text)}


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_the_page_does_what_window_and_page_must(case: dict[str, Any], seen: dict[str, Any]) -> None:
    for step, shown in zip(case["steps"], seen[case["name"]], strict=True):
        assert shown == step.get("then", {}), step["do"]
