"""Headless Chromium, for pages that have to be seen by a browser."""

import shutil

import pytest
from selenium import webdriver

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
# `scripts/packages.sh test` installs both where there are packages of them; on macOS there are none.
needed = pytest.mark.skipif(not PROGRAM or not DRIVER, reason="Chromium and its driver are not here")


def start(*arguments):
    """A driver; who starts it quits it."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", *arguments):
        options.add_argument(argument)
    options.binary_location = PROGRAM
    return webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
