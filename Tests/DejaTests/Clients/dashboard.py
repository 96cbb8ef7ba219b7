"""Clicks through the dashboard in a headless Chromium, over the DevTools protocol on a pipe: Python's standard library only.

Usage: dashboard.py URL TOKEN FOLDER. The server holds 60 entries of namespace `open`, which may show prompts, tagged `even`
or `odd`, and one of `default`, which may not; some lookups have hit and some were refused. Screenshots go to FOLDER.
Prints what failed and ends with 1, or prints `ok`.
"""
import base64
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

URL, TOKEN, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])


class Browser:
    def __init__(self, profile):
        commands, self.output = os.pipe()
        self.input, events = os.pipe()
        # Chromium reads 3 and writes 4: out of the way of those first.
        commands, events = (fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (commands, events))

        def place():
            os.dup2(commands, 3)
            os.dup2(events, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=place, pass_fds=(3, 4), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(events)
        self.unread, self.number, self.session, self.complaints = b"", 0, None, []

    def message(self):
        while b"\0" not in self.unread:
            piece = os.read(self.input, 1 << 16)
            if not piece:
                raise RuntimeError("Chromium has ended")
            self.unread += piece
        text, self.unread = self.unread.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.output, json.dumps(request).encode() + b"\0")
        while True:
            reply = self.message()
            if reply.get("id") == self.number:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                return reply["result"]
            self.note(reply)

    def note(self, event):
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(event["params"]["exceptionDetails"].get("exception", {}).get("description", "?"))
        if event.get("method") == "Log.entryAdded":
            entry = event["params"]["entry"]
            # A refused request is the page's to show, and is asked for here: a wrong token, an invalidation of nothing.
            if entry["level"] == "error" and entry["source"] != "network":
                self.complaints.append(entry["text"])

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=url)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def until(self, expression, what):
        """Waits in the page until `expression` is true."""
        found = self.value(
            "new Promise((done) => { const end = Date.now() + 30000; const look = () => { let ok = false; "
            f"try {{ ok = Boolean({expression}); }} catch {{}} "
            "if (ok || Date.now() > end) done(ok); else setTimeout(look, 50); }; look(); })")
        if not found:
            raise AssertionError(f"waited in vain for {what}: {expression}")

    def key(self, key, code, text=None, modifiers=0):
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      modifiers=modifiers, **more)

    def tab(self):
        self.key("Tab", 9)

    def enter(self):
        self.key("Enter", 13, text="\r")

    def type(self, text):
        self.call("Input.insertText", text=text)

    def click(self, selector):
        self.value(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.value(
            f"(() => {{ const r = document.querySelector({json.dumps(selector)}).getBoundingClientRect(); "
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def shot(self, name, width, height, dark=False, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        image = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        (FOLDER / f"{name}.png").write_bytes(base64.b64decode(image["data"]))


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def text(browser, selector):
    return browser.value(f"document.querySelector({json.dumps(selector)}).textContent")


def log_in(browser):
    browser.until("!document.getElementById('login').hidden", "the question for a token")
    check(browser.value("document.activeElement.id") == "token", "the token's field has the focus")
    browser.type("not the token")
    browser.enter()
    browser.until("document.getElementById('login-problem').textContent !== ''", "the refusal of a wrong token")
    browser.value("document.getElementById('token').focus()")
    browser.type(TOKEN)
    browser.enter()
    browser.until("!document.getElementById('main').hidden", "the dashboard")
    check(browser.value("sessionStorage.length") == 1 and browser.value("localStorage.length") == 0,
          "the token is kept for this tab only")
    check(not browser.value("location.href.includes('token') || document.cookie !== ''"), "and nowhere else")


def overview(browser):
    browser.until("document.getElementById('hit-rate').textContent.includes('%')", "a hit rate")
    browser.until("document.getElementById('state').className.includes('ready')", "the state")
    browser.until("document.getElementById('avoided').textContent.startsWith('$')", "dollars avoided")
    browser.until("/[µm]s/.test(document.getElementById('latency').textContent)", "a latency")
    browser.until("document.querySelectorAll('#reasons li').length > 0", "reasons of misses")
    browser.until("document.querySelectorAll('#by-similarity rect').length > 0", "the histogram of similarities")
    browser.until("document.querySelectorAll('#by-probability .boundary').length === 1", "the decision boundary")


def recent(browser):
    rows = "[...document.querySelectorAll('#recent-table tbody tr')].map((row) => row.textContent)"
    browser.until(f"{rows}.some((row) => row.includes('guard:'))", "a refusal with its reason")
    all_rows = browser.value(rows)
    check(any("hit: exact" in row for row in all_rows), "a hit")
    check(not any("secret" in row for row in all_rows), "a prompt of a namespace that does not show text")
    check(any("reset the password" in row for row in all_rows), "a prompt of a namespace that shows text")
    browser.value("document.getElementById('recent-filter').value = 'refused'; "
                  "document.getElementById('recent-filter').dispatchEvent(new Event('change'))")
    check(all("guard:" in row or "unsure" in row for row in browser.value(rows)), "the filter")
    browser.until("document.querySelectorAll('#nearmisses tbody tr td.prompt').length > 0", "near-misses with their cost")
    browser.until("document.querySelectorAll('#saved tbody tr td.prompt').length > 0", "what was saved")


def entries(browser):
    browser.until("document.getElementById('entries-count').textContent.startsWith('61 entries')", "all entries")
    rows = "[...document.querySelectorAll('#entries-table tbody tr')].map((row) => row.cells[0].textContent)"
    first = browser.value(rows)
    check(len(first) == 25, "a page")
    check("secret" not in text(browser, "#entries-table"), "a prompt of a namespace that does not show text")
    browser.click("#next")
    browser.until(f"{rows}[0] !== {json.dumps(first[0])}", "the next page")
    browser.click("#first")
    browser.until(f"{rows}[0] === {json.dumps(first[0])}", "the first page again")
    browser.click("#search input[name=search]")
    browser.type("device 17")
    browser.enter()
    browser.until("document.getElementById('entries-count').textContent.startsWith('1 entry')", "the search")
    browser.until("document.querySelectorAll('#entries-table tbody tr').length === 1", "what it found")
    # By keyboard: to the button of the entry, into the dialog, and out of it.
    browser.value("document.querySelector('#entries-table tbody button').focus()")
    browser.enter()
    browser.until("document.getElementById('detail').open && document.getElementById('detail-fields').children.length > 4",
                  "the entry")
    check("Hold the button of 17" in text(browser, "#detail-response"), "its response")
    check("device 17" in text(browser, "#detail-fields"), "its prompt")
    browser.key("Escape", 27)
    browser.until("!document.getElementById('detail').open", "that Escape closes it")
    browser.click("#entries-table tbody button.danger")
    browser.until("document.activeElement.id === 'delete'", "the question whether to delete it")
    browser.enter()
    check("Really" in text(browser, "#delete"), "it is asked twice")
    browser.enter()
    browser.until("document.getElementById('detail-result').textContent === 'Deleted.'", "the deletion")
    browser.key("Escape", 27)
    browser.until("document.getElementById('entries-count').textContent.startsWith('0 entries')", "that it is gone")
    browser.value("document.querySelector('#search input[name=search]').value = ''")
    browser.click("#search button")
    browser.until("document.getElementById('entries-count').textContent.startsWith('60 entries')", "the others")


def invalidate(browser):
    browser.click("#invalidation input[name=tags]")
    browser.type("even")
    browser.enter()
    browser.until("document.getElementById('invalidation-result').textContent.startsWith('Would remove 30')", "a dry run")
    check(browser.value("fetch('/v1/stats', {headers: {Authorization: 'Bearer ' + sessionStorage.getItem('deja-token')}})"
                        ".then((r) => r.json()).then((s) => s.entries)") == 60, "that nothing is gone yet")
    browser.click("#remove")
    browser.until("document.getElementById('invalidation-result').textContent === 'Removed 30 of 30.'", "the removal")
    browser.until("document.getElementById('entries-count').textContent.startsWith('30 entries')", "that they are gone")
    # A condition that makes no sense is told by the server's own words.
    browser.value("document.querySelector('#invalidation').reset()")
    browser.click("#invalidation button")
    browser.until("document.getElementById('invalidation-result').textContent.includes('condition')", "the problem")


def report(browser):
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(FOLDER))
    browser.click("#report-form button")
    file = FOLDER / "deja-report-7d.html"
    deadline = time.monotonic() + 30
    while not file.exists():
        check(time.monotonic() < deadline, "the report's file")
        time.sleep(0.05)
    browser.until("document.getElementById('report-result').textContent === 'Downloaded.'", "the end of the download")
    check(file.read_text().startswith("<!doctype html>"), "the report's page")


def keyboard(browser):
    browser.value("document.activeElement.blur(); window.scrollTo(0, 0)")
    browser.call("Page.bringToFront")
    browser.tab()
    seen = []
    for _ in range(14):
        seen.append(browser.value("document.activeElement.id || document.activeElement.getAttribute('href') || "
                                  "document.activeElement.name || 'body'"))
        browser.tab()
    for wanted in ("#main", "namespace", "pause", "#entries", "recent-filter"):
        check(wanted in seen, f"{wanted} by the Tab key: {seen}")
    # A link of the navigation leads on: what follows is the section's first field.
    browser.value("document.querySelector('nav a[href=\"#entries\"]').focus()")
    browser.enter()
    browser.tab()
    browser.until("document.activeElement.name === 'search'", "the section's first field")


def screens(browser):
    browser.value("window.scrollTo(0, 0)")
    browser.shot("desktop", 1280, 2200)
    browser.shot("dark", 1280, 2200, dark=True)
    browser.shot("phone", 390, 3600, mobile=True)
    wide = browser.value("document.documentElement.scrollWidth - window.innerWidth")
    check(wide <= 0, f"the phone's page is {wide} pixels too wide")
    browser.shot("phone-dark", 390, 3600, dark=True, mobile=True)


def main():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            browser.open(URL)
            browser.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
            for step in (log_in, overview, recent, entries, screens, invalidate, report, keyboard):
                try:
                    step(browser)
                except AssertionError as problem:
                    browser.shot("failed", 1280, 1800)
                    print(f"{step.__name__}: {problem}")
                    return 1
            if browser.complaints:
                print("\n".join(browser.complaints))
                return 1
            print("ok")
            return 0
        finally:
            browser.process.kill()
            browser.process.wait()


sys.exit(main())
