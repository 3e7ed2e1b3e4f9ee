"""
The report in a real browser: Chromium, at the width of a phone and of a desk.

``make browser`` runs these; Debian has what they need as chromium and chromium-driver.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kursk_geo as kg

pytest.importorskip("selenium", reason="the extra kursk-geo[browser] is not installed")

from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)

Driver = webdriver.Chrome
Drive = Callable[..., Driver]


@pytest.fixture(scope="session")
def chromium() -> tuple[str, str]:
    """The browser and its driver."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip(
            "there is no chromium with its driver here: apt-get install chromium "
            "chromium-driver"
        )
    return browser, driver


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report on the drawn sample maps."""
    sample = kg.read_history(ROOT / "sample_data" / "deepstate")
    folder = kg.write_report(
        sample,
        tmp_path_factory.mktemp("reports") / "report",
        theatre="kursk",
        claims=kg.load_claims("bloomberg-2025-04-26"),
        places=kg.read_places(ROOT / "sample_data" / "places" / "places.csv"),
        start="2024-08-01",
        title="<script>document.title='broken'</script> & {{ 7 * 7 }}",
    )
    return (folder / "index.html").as_uri()


@pytest.fixture(scope="session")
def open_browser(
    chromium: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Drive]:
    """Open a browser of a size, with a profile of its own."""
    opened = []

    def start(size: str, *, script: bool = True) -> Driver:
        width, height = SIZES[size]
        options = webdriver.ChromeOptions()
        options.binary_location = chromium[0]
        profile = tmp_path_factory.mktemp("profile")
        for flag in (*QUIET, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        logs = {"browser": "ALL", "performance": "ALL"}
        options.set_capability("goog:loggingPrefs", logs)
        if not script:
            blocked = {"profile.managed_default_content_settings.javascript": 2}
            options.add_experimental_option("prefs", blocked)
        driver = webdriver.Chrome(options=options, service=Service(chromium[1]))
        opened.append(driver)
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1}
        metrics |= {"mobile": size == "phone"}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        if size == "phone":
            touch = {"enabled": True, "maxTouchPoints": 1}
            driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", touch)
        return driver

    yield start
    for driver in opened:
        driver.quit()


@pytest.fixture(scope="session", params=list(SIZES))
def browser(request: pytest.FixtureRequest, open_browser: Drive) -> Driver:
    return open_browser(request.param)


@pytest.fixture
def seen(browser: Driver, page: str) -> Driver:
    """The page, freshly opened."""
    browser.get(page)
    return browser


def slider(driver: Driver) -> WebElement:
    return driver.find_element("id", "moment")


def state(driver: Driver) -> dict[str, Any]:
    """What the page shows: date, figures, outlines, mark on the charts."""
    shown: dict[str, Any] = driver.execute_script(
        """
        const text = (e) => e.textContent;
        return {
          value: Number(document.getElementById("moment").value),
          spoken: document.getElementById("moment").getAttribute("aria-valuetext"),
          moment: text(document.querySelector(".moment")),
          figures: [...document.querySelectorAll(".now dd")].map(text),
          outlines: [...document.querySelectorAll("#shapes path")]
            .map((path) => path.getBoundingClientRect().width > 0),
          deepest: document.querySelector(".deepest[data-deepest]").getAttribute("d"),
          cursor: document.querySelector("[data-cursor]").getAttribute("x1"),
        };
        """
    )
    return shown


def row(driver: Driver, number: int) -> list[str]:
    cells: list[str] = driver.execute_script(
        "return [...document.querySelectorAll('#states tbody tr')[arguments[0]].cells]"
        ".map((cell) => cell.textContent);",
        number,
    )
    return cells


def test_nothing_goes_wrong_and_nothing_leaves_the_page(
    browser: Driver, page: str
) -> None:
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(page)
    slider(browser).send_keys(Keys.HOME)
    for details in browser.find_elements("tag name", "summary"):
        browser.execute_script("arguments[0].click()", details)
    assert browser.get_log("browser") == []
    messages = [
        json.loads(entry["message"])["message"]
        for entry in browser.get_log("performance")
    ]
    asked = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert page in asked
    assert {url for url in asked if not url.startswith("data:")} == {page}


def test_hostile_titles_are_shown_as_text(seen: Driver) -> None:
    title = "<script>document.title='broken'</script> & {{ 7 * 7 }}"
    assert seen.title == title
    assert seen.find_element("tag name", "h1").text == title


def test_the_policy_blocks_what_is_not_ours(seen: Driver) -> None:
    seen.execute_script(
        "const s = document.createElement('script');"
        "s.textContent = 'window.broken = true'; document.body.append(s);"
        "const i = new Image(); i.src = 'https://example.org/a.png';"
        "document.body.append(i);"
    )
    assert seen.execute_script("return window.broken === undefined")
    said = " ".join(entry["message"] for entry in seen.get_log("browser"))
    assert "script-src" in said
    assert "img-src" in said


def test_the_slider_moves_map_date_figures_and_charts(seen: Driver) -> None:
    last = state(seen)
    count = len(seen.find_elements("css selector", "#states tbody tr"))
    assert last["value"] == count - 1
    shown = {json.dumps(last["outlines"])}
    for number in range(count - 2, -1, -1):
        slider(seen).send_keys(Keys.ARROW_LEFT)
        now, cells = state(seen), row(seen, number)
        assert now["value"] == number
        assert now["figures"] == cells[1:7]
        following = row(seen, number + 1)[0]
        assert now["moment"] == f"Shown from {cells[0]} UTC, until {following} UTC"
        assert now["spoken"] == f"{cells[0]} UTC: held {cells[1]}"
        shown.add(json.dumps(now["outlines"]))
    assert not any(now["outlines"])
    assert now["cursor"] == "0.00%"
    assert len(shown) > count / 2


def test_the_keyboard_reaches_all_of_it(seen: Driver) -> None:
    slider(seen).send_keys(Keys.HOME)
    assert state(seen)["value"] == 0
    slider(seen).send_keys(Keys.ARROW_RIGHT)
    assert state(seen)["value"] == 1
    slider(seen).send_keys(Keys.END)
    assert state(seen)["moment"].endswith(", the last state")
    before = seen.find_element("id", "before")
    before.send_keys(Keys.ENTER)
    before.send_keys(Keys.SPACE)
    count = len(seen.find_elements("css selector", "#states tbody tr"))
    assert state(seen)["value"] == count - 3
    seen.find_element("id", "after").send_keys(Keys.ENTER)
    assert state(seen)["value"] == count - 2
    summary = seen.find_element("css selector", "#map summary")
    summary.send_keys(Keys.ENTER)
    assert seen.find_element("id", "states").is_displayed()


def test_a_finger_or_a_mouse_moves_the_slider(seen: Driver) -> None:
    control = slider(seen)
    seen.execute_script("arguments[0].scrollIntoView({block: 'center'})", control)
    where = control.rect
    box = seen.execute_script(
        "const b = arguments[0].getBoundingClientRect(); return [b.x, b.y];", control
    )
    x, y = box[0] + where["width"] / 4, box[1] + where["height"] / 2
    if seen.execute_script("return navigator.maxTouchPoints") > 0:
        for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchEnd", [])):
            event = {"type": kind, "touchPoints": points}
            seen.execute_cdp_cmd("Input.dispatchTouchEvent", event)
    else:
        offset = -int(where["width"] / 4)
        ActionChains(seen).move_to_element_with_offset(
            control, offset, 0
        ).click().perform()
    now = state(seen)
    assert 0 < now["value"] < int(str(control.get_attribute("max"))) / 2
    assert now["figures"] == row(seen, now["value"])[1:7]


def test_play_moves_on_and_stops(seen: Driver) -> None:
    slider(seen).send_keys(Keys.HOME)
    play = seen.find_element("id", "play")
    # Time is told by the page's own timer, called by hand.
    seen.execute_script(
        "window.setInterval = (f) => { window.tick = f; return 1; };"
        "window.clearInterval = () => { window.tick = null; };"
    )
    play.click()
    assert play.text == "Pause"
    seen.execute_script("window.tick(); window.tick();")
    assert state(seen)["value"] == 2
    play.click()
    assert play.text == "Play"
    assert seen.execute_script("return window.tick") is None


def test_no_words_are_cut_off(seen: Driver) -> None:
    width = seen.execute_script("return document.documentElement.scrollWidth")
    assert width <= seen.execute_script("return window.innerWidth")
    beyond = seen.execute_script(
        """
        const right = document.documentElement.clientWidth + 1;
        return [...document.querySelectorAll("h1, h2, h3, p, dd, dt, li, button, text")]
          .filter((e) => e.offsetParent !== null || e.tagName === "text")
          .filter((e) => !e.closest(".scroll") && !e.closest(".skip"))
          .filter((e) => e.getBoundingClientRect().right > right)
          .map((e) => e.textContent);
        """
    )
    assert beyond == []


def test_type_is_large_enough_to_read(seen: Driver) -> None:
    heights = seen.execute_script(
        "return [...document.querySelectorAll('.atlas text, .chart text')]"
        ".map((e) => [e.textContent, e.getBoundingClientRect().height])"
        ".filter(([words, height]) => words && height > 0);"
    )
    assert heights
    assert all(height >= 10 for _, height in heights), heights


def test_axe_finds_nothing_serious(seen: Driver) -> None:
    for summary in seen.find_elements("tag name", "summary"):
        seen.execute_script("arguments[0].parentElement.open = true", summary)
    result = Axe().run(seen)
    assert len(result["passes"]) > 20
    found = [
        (finding["id"], finding["impact"], [node["html"] for node in finding["nodes"]])
        for finding in result["violations"]
    ]
    assert found == []


def test_without_script_the_last_state_is_shown(open_browser: Drive, page: str) -> None:
    driver = open_browser("phone", script=False)
    driver.get(page)
    assert not slider(driver).is_displayed()
    told = driver.find_element("css selector", "noscript p")
    assert told.text.startswith("This is the last state.")
    shapes = driver.find_elements("css selector", "#shapes path:not([display])")
    assert shapes
    assert all(shape.is_displayed() for shape in shapes)
    driver.find_element("css selector", "#map summary").click()
    assert driver.find_element("id", "states").is_displayed()


def test_on_paper_controls_are_left_out(seen: Driver) -> None:
    seen.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not seen.find_element("id", "controls").is_displayed()
        assert seen.find_element("css selector", ".atlas").is_displayed()
        assert seen.find_element("id", "notable").is_displayed()
    finally:
        seen.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
