"""examples/newsroom, as its visitors use it: in a browser with scripts, in one without, and by those who mean it no good."""
import time
import urllib.parse
import xml.etree.ElementTree

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By

import chromium
from conftest import HERE, Site

EXAMPLE = HERE.parent.parent / "examples" / "newsroom"
PEOPLE = {name: (f"{name}@example.com", f"newsroom-{name}") for name in ("reader", "editor", "admin")}


@pytest.fixture(scope="module")
def newsroom():
    with Site("--pagesDir", str(EXAMPLE / "pages"), "--migrationsDir", str(EXAMPLE / "pb_migrations"),
              "--hooksDir", str(EXAMPLE / "pb_hooks"), "--automigrate=false", pages=None) as site:
        yield site


@pytest.fixture(params=["with scripts", "without scripts"])
def browser(request, newsroom):
    driver = chromium.start(*([] if request.param == "with scripts" else ["--blink-settings=scriptEnabled=false"]))
    driver.implicitly_wait(5)
    driver.has_scripts = request.param == "with scripts"
    driver.go = lambda path: driver.get(f"http://127.0.0.1:{newsroom.port}{path}")
    yield driver
    driver.quit()


def sign_in(visitor, name):
    email, password = PEOPLE[name]
    page = visitor.submit("/sign-in", {"email": email, "password": password})
    assert page.status == 303, page.text
    return visitor


def fill(browser, **fields):
    for name, text in fields.items():
        field = browser.find_element(By.CSS_SELECTOR, f"main [name={name}]")
        field.clear()
        field.send_keys(text)


def press(browser, text):
    browser.find_element(By.XPATH, f"//main//button[normalize-space()='{text}']").click()


def shows(browser, text, patience=8):
    end = time.time() + patience
    while time.time() < end:
        try:
            if text in browser.find_element(By.TAG_NAME, "body").text:
                return True
        except StaleElementReferenceException:      # the next page has come meanwhile
            pass
        time.sleep(0.05)
    return False


def first_article(newsroom):
    return "/articles/" + newsroom.su("GET", "/api/collections/articles/records?perPage=1&sort=-published&filter=published!=''")["items"][0]["slug"]


# MARK: in a browser

@chromium.needed
def test_a_reader(browser, newsroom):
    """Signs up, comments with a mistake first, deletes the comment, and leaves."""
    email = f"new{time.time_ns()}@example.com"
    browser.go("/sign-up")
    fill(browser, name="Una Newcomer", email=email, password="long enough", passwordConfirm="something else")
    press(browser, "Sign up")
    assert shows(browser, "Values don't match.")
    assert browser.find_element(By.NAME, "email").get_attribute("value") == email
    assert browser.find_element(By.NAME, "password").get_attribute("value") == ""
    fill(browser, password="long enough", passwordConfirm="long enough")
    press(browser, "Sign up")
    assert shows(browser, "Una Newcomer")
    path = first_article(newsroom)
    browser.go(path)
    fill(browser, text="x")
    press(browser, "Send")
    assert shows(browser, "at least 2 character")
    fill(browser, text="A <b>fine</b> article & more")
    press(browser, "Send")
    assert shows(browser, "A <b>fine</b> article & more") and shows(browser, "Thank you for your comment.")
    browser.find_element(By.XPATH, "//button[normalize-space()='Delete']").click()
    assert shows(browser, "The comment is gone.")
    assert "A <b>fine</b> article" not in browser.find_element(By.TAG_NAME, "body").text


@chromium.needed
def test_reading(browser, newsroom):
    browser.go("/")
    assert len(browser.find_elements(By.CSS_SELECTOR, "main article")) > 5
    browser.find_element(By.CSS_SELECTOR, "main article a").click()
    assert "/articles/" in browser.current_url and browser.find_element(By.TAG_NAME, "h1").text
    browser.go("/archive")
    browser.find_element(By.CSS_SELECTOR, "main a[href*='/archive/2026']").click()
    assert browser.find_elements(By.CSS_SELECTOR, "main a[href*='/articles/']")
    browser.go("/authors")
    browser.find_element(By.CSS_SELECTOR, "main a[href*='/authors/']").click()
    assert browser.find_elements(By.CSS_SELECTOR, "main a[href*='/articles/']")
    browser.go("/nothing/here")
    assert browser.find_elements(By.CSS_SELECTOR, "header") and "404" not in browser.title


@chromium.needed
def test_searching(browser, newsroom):
    word = newsroom.su("GET", first_article(newsroom).replace("/articles/", "/api/collections/articles/records?filter=slug='") + "'")["items"][0]["title"].split()[-1]
    browser.go("/search")
    fill(browser, q=word)
    press(browser, "Search")
    assert shows(browser, f"for “{word}”") and shows(browser, word) and browser.find_elements(By.CSS_SELECTOR, "main mark")
    for query in ('"', "a* AND (", "<script>alert(1)</script>", "' OR 1=1 --", "NEAR(", "title:x"):
        browser.go("/search?q=" + urllib.parse.quote(query))
        assert browser.find_elements(By.NAME, "q"), query


@chromium.needed
def test_an_editor(browser, newsroom, tmp_path):
    browser.go("/sign-in")
    email, password = PEOPLE["editor"]
    fill(browser, email=email, password=password)
    press(browser, "Sign in")
    assert shows(browser, "Sign out")       # going elsewhere before the answer has come would give the sign-in up
    browser.go("/editors/new")
    title = f"A new bench {time.time_ns()}"
    picture = next((EXAMPLE / "content").rglob("*.png"))
    fill(browser, title=title, summary="It stands by the river.", body="First.\n\nSecond <script>alert(1)</script>.")
    browser.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(picture))
    press(browser, "Save")
    assert shows(browser, "Saved as a draft.")
    [record] = newsroom.su("GET", f"/api/collections/articles/records?filter=title='{title}'".replace(" ", "%20"))["items"]
    assert record["image"].endswith(".png")
    guest = newsroom.visitor()
    assert guest.get(f"/articles/{record['slug']}").status == (200 if record["published"] else 404)


@chromium.needed
def test_comments_come_while_one_reads(newsroom):
    path = first_article(newsroom)
    driver = chromium.start()
    try:
        driver.get(f"http://127.0.0.1:{newsroom.port}{path}")
        time.sleep(1)
        text = f"Written elsewhere {time.time_ns()}"
        assert sign_in(newsroom.visitor(), "reader").submit(path, {"text": text}).status == 303
        assert shows(driver, text)
    finally:
        driver.quit()


# MARK: for some people only

@pytest.mark.parametrize("path,allowed", [
    ("/editors", {"editor", "admin"}), ("/editors/new", {"editor", "admin"}), ("/admin/statistics", {"admin"}), ("/", {"guest", "reader", "editor", "admin"})])
@pytest.mark.parametrize("who", ["guest", "reader", "editor", "admin"])
def test_who_may_see(newsroom, path, allowed, who):
    visitor = newsroom.visitor() if who == "guest" else sign_in(newsroom.visitor(), who)
    page = visitor.get(path)
    assert (page.status == 200) == (who in allowed), page.text
    assert page.status in (200, 303, 403)


@pytest.mark.parametrize("who", ["guest", "reader"])
def test_what_readers_cannot_do(newsroom, who):
    visitor = newsroom.visitor() if who == "guest" else sign_in(newsroom.visitor(), who)
    token = visitor.get("/sign-in").token or visitor.get(first_article(newsroom)).token
    before = newsroom.su("GET", "/api/collections/articles/records?perPage=1")["totalItems"]
    page = visitor.post("/editors/new", {"_csrf": token, "title": "Mine", "summary": "x", "body": "x"})
    assert page.status in (303, 403)
    assert newsroom.su("GET", "/api/collections/articles/records?perPage=1")["totalItems"] == before
    user = newsroom.su("GET", "/api/collections/users/records?filter=email='reader@example.com'")["items"][0]
    assert user["role"] == "reader"


def test_nobody_makes_themselves_an_editor(newsroom):
    visitor, email = newsroom.visitor(), f"climber{time.time_ns()}@example.com"
    visitor.submit("/sign-up", {"name": "Climber", "email": email, "password": "long enough", "passwordConfirm": "long enough", "role": "admin"})
    found = newsroom.su("GET", f"/api/collections/users/records?filter=email='{email}'")["items"]
    assert [user["role"] for user in found] in ([], ["reader"], [""])


# MARK: forged and hostile

@pytest.mark.parametrize("path,fields", [
    ("ARTICLE", {"text": "forged"}), ("/sign-out", {}), ("/sign-in", {"email": "reader@example.com", "password": "newsroom-reader"}),
    ("/editors/new", {"title": "forged", "summary": "x", "body": "x"})])
@pytest.mark.parametrize("how", ["without a token", "with another's token", "from elsewhere"])
def test_forged(newsroom, path, fields, how):
    path = path.replace("ARTICLE", first_article(newsroom))
    victim = sign_in(newsroom.visitor(), "editor")
    headers = {}
    if how == "with another's token":
        attacker = sign_in(newsroom.visitor(), "reader")
        fields = {**fields, "_csrf": attacker.get(first_article(newsroom)).token}
    elif how == "from elsewhere":
        fields = {**fields, "_csrf": victim.get(first_article(newsroom)).token}
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert victim.post(path, fields, headers).status == 403
    assert "martlet_session" in victim.cookies and victim.get("/editors").status == 200, "still signed in"
    assert newsroom.su("GET", "/api/collections/comments/records?filter=text='forged'")["items"] == []


HOSTILE = ["<script>window.hacked=1</script>", '"><img src=x onerror=window.hacked=1>', "javascript:window.hacked=1", "{{ 1 + 1 }}{% end %}",
           "</textarea><script>window.hacked=1</script>"]


@chromium.needed
def test_hostile_words(newsroom):
    """In every field that somebody else is shown."""
    editor, path = sign_in(newsroom.visitor(), "editor"), first_article(newsroom)
    slugs = []
    for index, text in enumerate(HOSTILE):
        assert editor.submit(path, {"text": f"{index} {text}"}).status == 303
        made = editor.submit("/editors/new", {"title": f"{text} {index}", "summary": text, "body": text, "alt": text})
        assert made.status == 303, made.text
    for article in newsroom.su("GET", "/api/collections/articles/records?perPage=500")["items"]:
        if any(text in article["title"] for text in HOSTILE):
            newsroom.su("PATCH", f"/api/collections/articles/records/{article['id']}", {"published": "2026-07-01 00:00:00.000Z"})
            slugs.append(article["slug"])
    assert slugs
    driver = chromium.start()
    try:
        hostile = urllib.parse.quote(HOSTILE[0])
        for page in (path, "/", "/search?q=window", f"/search?q={hostile}", f"/sign-in?next={hostile}", f"/tags/{hostile}", f"/authors/{hostile}",
                     *(f"/articles/{slug}" for slug in slugs)):
            driver.get(f"http://127.0.0.1:{newsroom.port}{page}")
            assert driver.execute_script("return window.hacked ?? null") is None, page
    finally:
        driver.quit()
    feed = newsroom.visitor().get("/feed.xml")
    titles = [item.findtext("title") for item in xml.etree.ElementTree.fromstring(feed.body).iter("item")]
    assert any(text in title for title in titles for text in HOSTILE)


@pytest.mark.parametrize("next", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example"])
def test_sign_in_leads_nowhere_else(newsroom, next):
    email, password = PEOPLE["reader"]
    visitor = newsroom.visitor()
    page = visitor.submit("/sign-in?next=" + urllib.parse.quote(next), {"email": email, "password": password, "next": next})
    assert page.status == 303 and page.headers["Location"].startswith("/") and "evil" not in page.headers["Location"]
