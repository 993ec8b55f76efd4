"""Every page in a real browser: for those who see it, hear it, type, or turn scripts off."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest
from tests import browser
from tests.agent.dashboard.conftest import NOW, column, finished

from tokenward.dashboard.access import Access
from tokenward.dashboard.trend import SECONDS, Trend
from tokenward.monitor.port import Port
from tokenward.store.beside.alerts import Subject
from tokenward.telemetry import Telemetry
from tokenward.types import Decision, FiredRule, PolicyRef

TEXT = "so badly done, call 12345 now.\nYou idiot!"
PATHS = {
    "now": "",
    "decisions": "decisions",
    "none found": "decisions?source=hook",
    "decision": f"decisions/{10:032x}",
    "drift": "drift",
    "column": "drift/by-model/score.pii",
    "reports": "reports",
    "playground": "playground",
    "nothing": "nothing",
}
SCRIPT = """<!doctype html><html lang="en"><title>r</title><p id="told">no script</p><script>
const told = document.getElementById("told"); told.textContent = "script";
try { localStorage.a = 1; told.append(" stores"); } catch { told.append(" no-store"); }
fetch("/tokenward/api/now").then(() => told.append(" reached"), () => told.append(" cut-off"));
</script>"""


class Working:
    """Figures of a process that is at work."""

    def __init__(self):
        self.telemetry, self.trend, self.time = Telemetry(), Trend(), 0.0
        for _ in range(12):
            self.go_on()

    def go_on(self):
        rule = FiredRule("no-bad-words", "redact", "enforce", (), 1)
        for action, rules in (("allow", ()), ("redact", (rule,))):
            told = Decision("d", "output", action, None, rules, {}, PolicyRef("p", "r"))
            self.telemetry.decided("/v1", told)
            self.telemetry.ended("/v1", "answered")
        self.telemetry.guarded("output", 4e-4)
        self.telemetry.first_token.observe(0.2)
        self.telemetry.pressed({"streams": 0.85, "event_loop": 0.01}, {})
        self.trend.add(self.telemetry.text(), self.time)
        self.time += SECONDS

    def now(self):
        told = self.telemetry
        return {
            "uptime_seconds": 130, "open": 3, "connections": 4, "policies": [{"name": "sample", "revision": "3f9c"}],
            "reload": {"error": "", "time": NOW}, "degraded": {"rude": 1.0},
            "overload": {"pressure": {"streams": 0.85, "event_loop": 0.01}, "sheds": True, "refuses": None},
            "actions": told.totals(told.requests, "stage", "action"),
            "rules": told.totals(told.rules, "rule", "action", "mode"),
        }  # fmt: skip

    def metrics(self):
        return self.telemetry.text()

    def clock(self):
        return self.time


@pytest.fixture(scope="module")
def chromium():
    program = browser.chromium()
    if program is None:
        pytest.fail(f"no chromium is installed, or what drives it; {browser.REMEDY}", pytrace=False)
    from playwright.sync_api import sync_playwright  # may be missing where tests are left out

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=browser.FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def live():
    return Working()


@pytest.fixture
def url(make, full, live, tmp_path):
    """A port with a dashboard of everything."""
    out = tmp_path / "out"
    for report, parts in (("daily", [None]), ("by-model", [None, "language=de", "language=en"])):
        file = out / report / "20261118T093320Z" / "report.html"
        file.parent.mkdir(parents=True)
        file.write_text(SCRIPT)
        for at in range(6):
            rows = [
                column(name, 0.02 * at * (1 + (name[0] == "s")), part=part)
                for name in ("score.pii", "words")
                for part in parts
            ]
            rows.append(column("refusal", None, note="too few rows"))
            finished(full, report, at, rows, [str(file)])
    seen = {
        Subject("daily", "score.pii"): "drift",
        Subject("daily", "words", "language=de"): "drift",
    }
    full.alerts.take(seen, lambda changes: {"report": "daily", "changes": changes}, NOW)
    full.alerts.silence(Subject("by-model", "*"), 4e9, "Ann", "a test")
    site = make(full, live=live, out=out, cases=tmp_path)
    with Port(site.dashboard, Access(local=True), "127.0.0.1", 0) as port:
        yield port.url


@pytest.fixture
def visit(chromium, url):
    """Opens a page with some settings of the browser; nothing may be asked for elsewhere."""

    @contextmanager
    def opened(path="", **settings):
        context = chromium.new_context(**settings)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(url + path)
        yield page
        elsewhere = [one for one in page.asked if not one.startswith(url)]
        said = [one for one in page.said if "status of 404" not in one]
        context.close()
        assert elsewhere == [] == said

    return opened


def faults(page):
    """What a judge of accessibility finds on a page as it is now."""
    from axe_playwright_python.sync_playwright import Axe  # likewise

    found = Axe().run(page).response["violations"]
    return [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]]


def tried(page):
    page.fill("#text", TEXT)
    for name in ("sample", "lenient"):
        page.get_by_label(name, exact=True).set_checked(True)
    page.get_by_role("button", name="Try").click()
    page.wait_for_selector("#policy-2")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize("name", PATHS)
def test_every_page_is_for_everybody(visit, name):
    with visit(PATHS[name], color_scheme="light") as page:
        assert faults(page) == []
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.emulate_media(color_scheme="dark")
        assert faults(page) == []


def test_a_tried_text_is_for_everybody(visit):
    with visit("playground", color_scheme="dark") as page:
        tried(page)
        assert faults(page) == []
        page.emulate_media(color_scheme="light")
        assert faults(page) == []
        assert page.locator("#policy-1").inner_text().split() == ["sample:", "block"]
        assert page.locator("mark.redact").first.inner_text().startswith("badly")


def test_every_page_fits_a_small_screen(visit, url):
    with visit(viewport={"width": 320, "height": 640}) as page:
        wide = {}
        for name, path in PATHS.items():
            page.goto(url + path)
            wide[name] = page.evaluate("document.documentElement.scrollWidth")
        page.goto(f"{url}playground")
        tried(page)
        wide["tried"] = page.evaluate("document.documentElement.scrollWidth")
        assert {name: width for name, width in wide.items() if width > 320} == {}


def test_dark_and_light_follow_the_system_unless_one_is_chosen(visit):
    ground = "getComputedStyle(document.body).backgroundColor"
    with visit(color_scheme="dark") as page:
        dark = page.evaluate(ground)
        page.emulate_media(color_scheme="light")
        light = page.evaluate(ground)
        assert dark != light
        page.get_by_label("Theme").select_option("Dark")
        assert page.evaluate(ground) == dark
        page.get_by_role("link", name="Drift").click()
        page.wait_for_url("**/drift")
        page.wait_for_load_state()
        assert page.evaluate(ground) == dark
        assert page.get_by_label("Theme").input_value() == "dark"
        page.get_by_label("Theme").select_option("System")
        assert page.evaluate(ground) == light


def test_now_is_loaded_again_until_it_is_paused(visit, live):
    with visit() as page:
        page.clock.install()
        page.reload()
        figure = page.locator(".facts b").first
        before = figure.inner_text()
        live.go_on()
        page.clock.run_for(5_500)
        page.wait_for_function(
            "(told) => document.querySelector('.facts b').innerText !== told", arg=before
        )
        page.get_by_role("button", name="Pause").click()
        assert page.locator("#state").inner_text() == "paused"
        asked, shown = len(page.asked), figure.inner_text()
        live.go_on()
        page.clock.run_for(60_000)
        assert len(page.asked) == asked
        assert figure.inner_text() == shown
        page.get_by_role("button", name="Resume").click()
        page.clock.run_for(5_500)
        page.wait_for_function(
            "(told) => document.querySelector('.facts b').innerText !== told", arg=shown
        )


def test_what_somebody_reads_is_not_taken_away(visit, live):
    with visit() as page:
        page.clock.install()
        page.reload()
        page.locator("#live .scroll").first.focus()
        asked = len(page.asked)
        page.clock.run_for(30_000)
        assert len(page.asked) == asked


def test_without_scripts_all_of_it_works(visit):
    from playwright.sync_api import expect  # waits, as a reader does, until a page is there

    with visit(java_script_enabled=False) as page:
        assert not page.get_by_role("button", name="Pause").is_visible()
        page.get_by_role("link", name="Decisions").click()
        page.get_by_label("action").select_option("block")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        page.locator("tbody a").click()
        expect(page.locator("h1")).to_contain_text(f"{10:032x}")
        expect(page.locator("main")).to_contain_text("no-bad-words")
        page.get_by_role("link", name="Playground").click()
        page.fill("#text", TEXT)
        page.get_by_role("button", name="Try").click()
        expect(page.locator("#result")).to_contain_text("The text is blocked.")


def test_a_report_draws_and_reaches_nothing(visit):
    with visit("reports") as page:
        page.get_by_role("link", name=re.compile("report.html of daily")).first.click()
        page.wait_for_function("document.body.innerText.includes('cut-off')")
        assert page.inner_text("#told") == "script no-store cut-off"
        page.said.clear()  # that it was refused what it asked for
