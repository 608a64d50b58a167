"""The event stream in a real browser: a page with EventSource in headless Chromium."""

import chromium
from conftest import OPEN
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from servers import Server

pytestmark = chromium.needed

PAGE = """<!doctype html><meta charset="utf-8"><title>Events</title><p role="status"></p><ol></ol>
<script>
const source = new EventSource("/api/realtime");
source.addEventListener("PB_CONNECT", async (event) => {
  const body = JSON.stringify({ clientId: event.lastEventId, subscriptions: ["notes/*"] });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/realtime", { method: "POST", headers, body });
  document.querySelector("[role=status]").textContent = answer.status;
});
source.addEventListener("notes/*", (event) => {
  const { action, record } = JSON.parse(event.data);
  const line = document.createElement("li");
  line.textContent = `${action} ${record.text}`;
  document.querySelector("ol").append(line);
});
</script>"""


def test_a_page_is_told(tmp_path):
    with Server(folder=tmp_path) as server:
        (tmp_path / "public" / "index.html").write_text(PAGE)
        server.must("POST", "/api/collections", {"name": "notes", "type": "base", "fields": [{"name": "text", "type": "text"}], **OPEN})
        driver = chromium.start()
        try:
            driver.get(f"http://localhost:{server.port}/")
            WebDriverWait(driver, 15).until(lambda d: d.find_element(By.CSS_SELECTOR, "[role=status]").text == "204")
            record = server.must("POST", "/api/collections/notes/records", {"text": "Vögel"})
            path = f"/api/collections/notes/records/{record['id']}"
            server.must("PATCH", path, {"text": "Eulen"})
            server.must("DELETE", path)
            WebDriverWait(driver, 15).until(lambda d: len(d.find_elements(By.TAG_NAME, "li")) == 3)
            assert [item.text for item in driver.find_elements(By.TAG_NAME, "li")] == ["create Vögel", "update Eulen", "delete Eulen"]
        finally:
            driver.quit()
