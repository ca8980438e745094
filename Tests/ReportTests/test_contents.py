"""The charts and figures of a report match its summary."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(params=[1280, 360])
def replay(request, browser, pages):
    """The summary of the replay whose page is open."""
    browser.open(pages / "replay.html", request.param)
    return json.loads((pages / "replay.json").read_text())


def visible_text(browser) -> str:
    return browser.run("return document.body.innerText")


def test_the_figures_can_be_seen(browser, replay):
    text = visible_text(browser)
    for count in [replay["coverage"]["requests"], replay["decisions"]["allow"],
                  replay["decisions"]["deny"], replay["unmapped"]]:
        assert f"{count:,}" in text
    configuration = replay["configurations"][0]
    assert configuration["file"] in text
    assert configuration["databaseType"] in text
    assert "2026-09-01 00:00 to 2026-09-02 00:00 UTC" in text


def test_one_time_line_can_be_seen_and_adds_up(browser, replay):
    charts = browser.run("""
        return [...document.querySelectorAll("svg.chart")]
          .filter(chart => chart.getBoundingClientRect().height > 100)
          .map(chart => [...chart.querySelectorAll("g.bar")].map(bar => ({
            title: bar.querySelector("title").textContent,
            boxes: Object.fromEntries([...bar.querySelectorAll("rect")].map(box => {
              const {left, width, height, bottom} = box.getBoundingClientRect();
              return [box.getAttribute("class"), {left, width, height, bottom}];
            })),
          })))""")
    assert len(charts) == 1
    bars = charts[0]
    counts = [[int(word.replace(",", "")) for word in bar["title"].split("UTC: ")[1].split()
               if word.replace(",", "").isdigit()] for bar in bars]
    assert sum(allowed for allowed, _ in counts) == replay["decisions"]["allow"]
    assert sum(denied for _, denied in counts) == replay["decisions"]["deny"]

    tallest = max(range(len(bars)), key=lambda index: counts[index][0])
    unit = bars[tallest]["boxes"]["allowed"]["height"] / counts[tallest][0]
    assert bars[tallest]["boxes"]["allowed"]["height"] > 60
    for bar, (allowed, denied) in zip(bars, counts, strict=True):
        assert bar["boxes"]["allowed"]["height"] == pytest.approx(allowed * unit, abs=0.1)
        assert bar["boxes"]["denied"]["height"] == pytest.approx(denied * unit, abs=0.1)
        bottom_of_allowed = bar["boxes"]["allowed"]["bottom"]
        assert bottom_of_allowed == pytest.approx(
            bar["boxes"]["denied"]["bottom"] - denied * unit, abs=0.1)

    lefts = [bar["boxes"]["allowed"]["left"] for bar in bars]
    steps = [later - earlier for earlier, later in zip(lefts, lefts[1:], strict=False)]
    # The day has two hours without a line in the logs.
    assert max(steps) > 4 * min(steps)


def test_the_bars_of_countries_are_in_proportion(browser, replay):
    rows = browser.run("""
        const table = document.querySelector("section[aria-labelledby=countries] table");
        return [...table.querySelectorAll("tbody tr:not(.rest)")].map(row => ({
          name: row.querySelector("th").textContent,
          widths: Object.fromEntries([...row.querySelectorAll("rect")]
            .map(box => [box.getAttribute("class"), box.getBoundingClientRect().width])),
        }))""")
    assert len(rows) == 20
    largest = max(count["allow"] + count["deny"] for count in replay["countries"].values())
    full = sum(rows[0]["widths"].values())
    assert full > 50
    for row in rows:
        count = replay["countries"][row["name"].split(" ")[0]]  # the code, before the name
        for verdict, name in [("allow", "allowed"), ("deny", "denied")]:
            assert row["widths"].get(name, 0) == pytest.approx(
                count[verdict] / largest * full, abs=0.1)


def test_rules_show_their_lines_and_hits_and_those_that_never_hit_are_listed(browser, replay):
    browser.run('document.querySelectorAll("details").forEach(details => details.open = true)')

    def rows(section: str) -> list[list[str]]:
        return browser.run(f"""
            return [...document.querySelectorAll("section[aria-labelledby={section}] tbody tr")]
              .map(row => [...row.children].map(cell => cell.textContent))""")

    rules = replay["configurations"][0]["rules"]
    places = {row[5]: row for row in rows("rules")}
    never = {row[5]: row for row in rows("never-hit")}
    assert len(places) + len(never) == len(rules) == 200
    for rule in rules:
        place = f"maxmind.yaml:{rule['line']}"
        row = places[place] if rule["hits"] else never[place]
        assert row[0] == (f"{rule['hits']:,}" if rule["hits"] else "never")
        assert row[2:5] == ["deny", rule["kind"], rule["text"]]


def test_a_difference_says_first_how_many_flip(browser, pages):
    browser.open(pages / "difference.html", 360)
    summary = json.loads((pages / "difference.json").read_text())
    text = visible_text(browser)
    assert [line for line in text.split("\n") if line][:2] == [
        "Difference between two sets of rules",
        "Newly denied 1,234 of 5,000,000 requests (0.025\u00a0%), newly allowed 400 (0.008\u00a0%).",
    ]
    for flips in [summary["newlyDenied"], summary["newlyAllowed"]]:
        for example in flips["examples"]:
            assert example["url"] in text
            assert f"{example['file']}:{example['line']}" in text
