"""A real browser for the pages: headless Chromium, driven by selenium."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A running Chromium with its driver."""
    webdriver = pytest.importorskip("selenium.webdriver")
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("no Chromium with chromedriver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


@pytest.fixture
def browse(chromium) -> Callable:
    """Return a function that opens a page at a width, in a scheme, and returns the browser."""

    def open_page(page: Path, width: int = 1400, scheme: str = "light", media: str = "screen"):
        chromium.get("about:blank")
        for log in ("browser", "performance"):
            chromium.get_log(log)  # forgets what was before
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},  # a click hits nothing that is still gliding by
        ]
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        chromium.get(page.as_uri())
        return chromium

    return open_page


@pytest.fixture(scope="session")
def axe(tmp_path_factory) -> str:
    """The source of axe-core, the accessibility checker, installed from npm as package-lock.json pins it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm to install axe-core with")
    # In a directory of its own: suites that run side by side must not install into the same one.
    directory = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, directory)
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install axe-core: {done.stderr.strip()[-200:]}")
    return (directory / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
