"""What visitors write is text, wherever it lands: in a real browser."""
import time
import urllib.parse

import pytest

import chromium

ATTACKS = [
    "<script>window.hacked = 1</script>", "</title><script>window.hacked = 1</script>", '"><img src=x onerror=window.hacked=1>',
    "' onmouseover='window.hacked=1' x='", "x onmouseover=window.hacked=1", "javascript:window.hacked=1", " JaVaScRiPt:window.hacked=1",
    "data:text/html,<script>parent.hacked=1</script>", "');window.hacked=1;('", "\\');window.hacked=1;//", "</script><script>window.hacked=1</script>",
    "${window.hacked=1}", "`+(window.hacked=1)+`", "*/window.hacked=1;/*", "\nwindow.hacked=1//", "\u2028window.hacked=1//",
    "red;background:url(javascript:window.hacked=1)", "}</style><script>window.hacked=1</script>", "expression(window.hacked=1)",
    "--><script>window.hacked=1</script>", "</textarea><script>window.hacked=1</script>", "onclick", "src", "{{ 1 }}{% end %}", "\0<script>window.hacked=1</script>",
]


@pytest.fixture(scope="module")
def browser():
    driver = chromium.start()
    yield driver
    driver.quit()


@chromium.needed
@pytest.mark.parametrize("attack", ATTACKS)
def test_injection(site, browser, attack):
    browser.get(f"http://127.0.0.1:{site.port}/escape?x={urllib.parse.quote(attack)}")
    for id in ("text", "attribute", "picture", "style"):
        browser.execute_script(f"document.getElementById('{id}').dispatchEvent(new MouseEvent('mouseover', {{ bubbles: true }}))")
    browser.execute_script("document.getElementById('handler').click()")
    assert browser.execute_script("return [window.heard, window.hacked ?? null]") == [attack, None]
    browser.execute_script("document.getElementById('address').click()")
    time.sleep(0.05)
    assert browser.execute_script("return window.hacked ?? null") is None
    browser.get(f"http://127.0.0.1:{site.port}/escape?x={urllib.parse.quote(attack)}")
    assert browser.execute_script("return window.hacked ?? null") is None
    shown = attack.replace("\0", "\ufffd")
    assert browser.execute_script("return document.getElementById('text').textContent") == shown.replace("\r", "\n")
    assert browser.execute_script("return window.value") == attack
    assert browser.execute_script("return window.text") == attack
    assert browser.execute_script("return window.template") == attack
    assert browser.execute_script("return JSON.parse(document.getElementById('data').textContent).x") == attack
    assert browser.execute_script("return document.scripts.length") == 2
    assert not browser.execute_script("return document.getElementById('address').href").startswith("javascript")


CORNERS = [
    "javascript:window.hacked=1", "script:window.hacked=1", "window.hacked=1", "');window.hacked=1;('", "img src=x onerror=window.hacked=1", "script",
    "<img src=x onerror=parent.hacked=1>", "<script>parent.hacked=1</script>", "${window.hacked=1}", "`+(window.hacked=1)+`", "/,window.hacked=1//",
    "]/,window.hacked=1//", "data:text/html,<script>opener.hacked=1</script>", "parent.hacked=1", "vbscript:x", "\tjavascript:window.hacked=1",
]


@chromium.needed
@pytest.mark.parametrize("attack", CORNERS)
def test_corners(site, browser, attack):
    """Places that are easily taken for others."""
    browser.get(f"http://127.0.0.1:{site.port}/corners?x={urllib.parse.quote(attack)}")
    assert browser.execute_script("return document.getElementById('there').textContent") == attack
    assert browser.execute_script("return window.scriptsRun") is True
    assert browser.execute_script("return window.scriptsRunBehind") is True
    # both scripts of the hidden end tag are one for the browser
    assert browser.execute_script("return [y, z]") == [attack, attack]
    assert browser.execute_script("return JSON.parse(document.getElementById('ld').textContent).name") == attack
    browser.execute_script("""
        for (const link of document.querySelectorAll(".link")) { const url = link.href; if (/^(javascript|vbscript|data):/i.test(url) && !/^javascript:f\\(/.test(url)) window.hacked = url }
        for (const form of document.querySelectorAll(".send")) if (/^javascript:/i.test(form.action)) window.hacked = form.action
        document.querySelector(".press").click()
        for (const link of document.querySelectorAll(".link")) if (/^javascript:f/.test(link.href)) link.click()
    """)
    time.sleep(0.2)
    assert browser.execute_script("return window.hacked ?? null") is None
