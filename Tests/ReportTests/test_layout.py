"""Every report can be read, wide and narrow, light and dark, on a screen and on paper."""

from __future__ import annotations

import base64

import pytest

PAGES = ["replay", "replay-hostile", "replay-empty", "difference", "difference-hostile"]
WIDTHS = [1280, 360]
SCHEMES = ["light", "dark"]

everywhere = pytest.mark.parametrize(
    ("page", "width", "scheme"),
    [(page, width, scheme) for page in PAGES for width in WIDTHS for scheme in SCHEMES])
everywhere_once = pytest.mark.parametrize(
    ("page", "width"), [(page, width) for page in PAGES for width in WIDTHS])


@everywhere_once
def test_a_page_loads_nothing_and_complains_of_nothing(browser, pages, page, width):
    file = pages / f"{page}.html"
    browser.open(file, width)
    assert browser.requests() == [file.as_uri()]
    assert browser.complaints() == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [1280, 1024, 641, 640, 481, 360, 320])
def test_a_page_does_not_scroll_sideways(browser, pages, page, width):
    browser.open(pages / f"{page}.html", width)
    scroll, client = browser.run(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]")
    assert client == width
    assert scroll <= client


@everywhere_once
def test_no_text_runs_out_of_its_cell(browser, pages, page, width):
    browser.open(pages / f"{page}.html", width)
    assert browser.run("""
        const wrong = [];
        document.querySelectorAll("details").forEach(details => details.open = true);
        for (const cell of document.querySelectorAll("td, th, .figures dt, .figures dd, li, p")) {
          const range = document.createRange();
          range.selectNodeContents(cell);
          const box = cell.getBoundingClientRect();
          for (const text of range.getClientRects())
            if (text.width && (text.left < box.left - 1 || text.right > box.right + 1))
              wrong.push(cell.textContent.slice(0, 60));
        }
        return wrong""") == []


@everywhere_once
def test_no_label_of_a_chart_covers_another_or_is_cut_off(browser, pages, page, width):
    browser.open(pages / f"{page}.html", width)
    wrong = browser.run("""
        const wrong = [];
        for (const chart of document.querySelectorAll("svg.chart")) {
          const frame = chart.getBoundingClientRect();
          if (frame.width == 0) continue;
          const labels = [...chart.querySelectorAll("text")]
            .map(label => [label.textContent, label.getBoundingClientRect()]);
          for (const [name, box] of labels) {
            if (box.height < 9) wrong.push(name + " is too small");
            if (box.left < frame.left - 1 || box.right > frame.right + 1
                || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
              wrong.push(name + " is cut off");
            for (const [other, place] of labels)
              if (box !== place && box.left < place.right && place.left < box.right
                  && box.top < place.bottom && place.top < box.bottom)
                wrong.push(name + " covers " + other);
          }
        }
        return wrong""")
    assert wrong == []


@everywhere
def test_text_and_bars_stand_out_from_the_page(browser, pages, page, width, scheme):
    """Source: WCAG 2.2, success criteria 1.4.3 and 1.4.11."""
    browser.open(pages / f"{page}.html", width, scheme)
    dark, wrong = browser.run("""
        const channels = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(Number);
        const luminance = colour => channels(colour)
          .map(value => value / 255)
          .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
          .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
        const page = luminance(getComputedStyle(document.body).backgroundColor);
        const contrast = colour => {
          const [low, high] = [page, luminance(colour)].sort((one, other) => one - other);
          return (high + 0.05) / (low + 0.05);
        };
        const wrong = [];
        for (const element of document.querySelectorAll("h1, h2, p, td, th, dt, dd, caption, code"))
          if (contrast(getComputedStyle(element).color) < 4.5) wrong.push(element.tagName);
        for (const label of document.querySelectorAll("svg text"))
          if (contrast(getComputedStyle(label).fill) < 4.5) wrong.push(label.textContent);
        for (const bar of document.querySelectorAll("rect"))
          if (contrast(getComputedStyle(bar).fill) < 3) wrong.push(bar.getAttribute("class"));
        return [page < 0.2, [...new Set(wrong)]]""")
    assert dark == (scheme == "dark")
    assert wrong == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_printed(browser, pages, page):
    browser.open(pages / f"{page}.html", 700, "dark", media="print")
    background = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    scroll = browser.run("return document.documentElement.scrollWidth")
    assert scroll <= 700
    printed = browser.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF-")
