"""A report is sound HTML, can be read out, and shows any text of the logs as text."""

from __future__ import annotations

import base64
import hashlib
import re

import html5lib
import pytest

PAGES = ["replay", "replay-hostile", "replay-empty", "difference", "difference-hostile"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_valid_html(pages, page):
    html5lib.HTMLParser(strict=True).parse((pages / f"{page}.html").read_text())


@pytest.mark.parametrize("page", PAGES)
def test_the_policy_names_the_digest_of_the_style(pages, page):
    text = (pages / f"{page}.html").read_text()
    style = re.search("<style>(.*?)</style>", text, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert (f'content="default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;; '
            'base-uri &#39;none&#39;; form-action &#39;none&#39;"') in text


@pytest.mark.parametrize(("directive", "element"), [
    ("img-src", "const it = new Image(); it.src = 'http://127.0.0.1:9/x.png'"),
    ("script-src-elem", "const it = document.createElement('script'); it.textContent = '1'"),
    ("style-src-elem", "const it = document.createElement('style'); it.textContent = 'p{}'"),
    ("frame-src", "const it = document.createElement('iframe'); it.src = 'http://127.0.0.1:9/'"),
])
def test_the_policy_stops_whatever_would_load(browser, pages, directive, element):
    browser.open(pages / "replay.html")
    browser.driver.set_script_timeout(600)
    assert browser.driver.execute_async_script(f"""
        const done = arguments[0];
        document.addEventListener("securitypolicyviolation", it => done(it.effectiveDirective));
        {element};
        document.body.append(it)""") == directive


@pytest.mark.parametrize("page", ["replay-hostile", "difference-hostile"])
def test_hostile_texts_stay_text(browser, pages, page):
    browser.open(pages / f"{page}.html")
    names = browser.run(
        "return [...new Set([...document.querySelectorAll('body *')].map(it => it.localName))]")
    assert not {"script", "img", "style", "b", "a", "iframe"} & set(names)
    assert browser.run("return document.title").startswith(("Replay of ", "Difference "))
    attributes = browser.run("""
        return [...document.querySelectorAll("*")].flatMap(it => it.getAttributeNames())""")
    assert not [name for name in attributes if name.startswith("on") or name == "style"]
    text = browser.run("return document.body.textContent")
    for hostile in ["<script>document.title='owned'</script>", "\"><img src=x onerror=alert(1)>",
                    "&lt;b&gt; &amp; &#x3c;", "</title></table></body>"]:
        assert hostile in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028]", text)
    assert (pages / f"{page}.html").stat().st_size < 300_000


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_read_out(browser, pages, page):
    browser.open(pages / f"{page}.html")
    assert browser.run("return document.documentElement.lang") == "en"
    levels = browser.run(
        "return [...document.querySelectorAll('h1,h2,h3')].map(it => Number(it.localName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(levels, levels[1:], strict=False))
    assert browser.run("""
        const wrong = [];
        for (const table of document.querySelectorAll("table"))
          if (!table.caption || !table.caption.textContent) wrong.push("a table without a caption");
        for (const heading of document.querySelectorAll("th"))
          if (!["row", "col"].includes(heading.scope)) wrong.push(heading.textContent);
        for (const row of document.querySelectorAll("tbody tr"))
          if (row.querySelectorAll("th").length != 1) wrong.push(row.textContent.slice(0, 60));
        for (const chart of document.querySelectorAll("svg:not([aria-hidden])")) {
          const named = chart.getAttribute("aria-labelledby").split(" ")
            .map(id => document.getElementById(id));
          if (chart.getAttribute("role") != "img" || named.some(it => !it || !it.textContent))
            wrong.push("a chart without a title");
        }
        const ids = [...document.querySelectorAll("[id]")].map(it => it.id);
        if (new Set(ids).size != ids.length) wrong.push("an id twice");
        for (const part of document.querySelectorAll("section[aria-labelledby]"))
          if (!document.getElementById(part.getAttribute("aria-labelledby"))) wrong.push(part.id);
        return wrong""") == []
