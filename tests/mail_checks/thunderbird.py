"""A newsletter in a real Thunderbird, as a picture: ``make thunderbird``.

It needs Debian's packages thunderbird, xvfb, xdotool and scrot. A fresh profile, no account, no network: the
program is given a file, as when a parent opens a saved mail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from PIL import Image

from pipeline.multipart import leaves
from tests.mail_checks.gallery import GALLERY
from tests.mail_checks.samples import samples
from tests.newsletter import ZONE

NEEDED = ("thunderbird", "Xvfb", "xdotool", "scrot")
SCREEN = (1000, 2300)
#: Seconds to wait for a window, and between looks at it.
_PATIENCE, _PAUSE = 90, 1.5
_TITLE = "Weekbrief van Basisschool"

#: No first-run pages, no updates, nothing sent, and a proxy that is not there for whatever still tries.
PREFERENCES: Mapping[str, object] = {
    "app.donation.eoy.version.viewed": 999,
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "mail.inappnotifications.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.type": 1,
}


def main() -> int:
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        packages = "thunderbird xvfb xdotool scrot"
        print(f"not here: {', '.join(missing)}; on Debian: apt-get install {packages}", file=sys.stderr)
        return 2
    target = GALLERY / "thunderbird.png"
    with tempfile.TemporaryDirectory() as folder:
        shot = photograph(Path(folder), newsletter())
        picture = Image.open(shot).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.name}: {target.stat().st_size // 1000} kB")
    return 0


def newsletter() -> bytes:
    """The gallery's, as the relay gets it: with its pictures and its agenda.ics."""
    [sample] = samples(["newsletter"], ["nl"])
    assert any(leaf.kind == "text/calendar" for leaf in leaves(sample.message)), "no calendar file in it"
    return sample.message


def photograph(folder: Path, message: bytes) -> Path:
    """The window of a Thunderbird that shows ``message``, as a PNG in ``folder``."""
    mail, profile, shot = folder / "mail.eml", folder / "profile", folder / "shot.png"
    mail.write_bytes(message)
    profile.mkdir()
    lines = (f'user_pref("{name}", {_script(value)});\n' for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines))
    with ExitStack() as stack:
        environ = stack.enter_context(_screen(folder))
        command = ["thunderbird", "--no-remote", "--profile", str(profile), str(mail)]
        stack.enter_context(_running(command, environ))
        window = _window(environ)
        width, height = map(str, SCREEN)
        _do(environ, "xdotool", "windowsize", "--sync", window, width, height)
        _do(environ, "xdotool", "windowmove", window, "0", "0")
        _do(environ, "xdotool", "windowraise", window)
        _until_still(shot, environ)
    return shot


def _script(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


@contextmanager
def _screen(folder: Path) -> Iterator[Mapping[str, str]]:
    """A screen of its own, and the environment for programs on it."""
    reading, writing = os.pipe()
    size = f"{SCREEN[0]}x{SCREEN[1]}x24"
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"]
    with _running(command, os.environ, writing), os.fdopen(reading) as told:
        os.close(writing)
        own = {"DISPLAY": f":{told.readline().strip()}", "HOME": str(folder), "TZ": ZONE.key}
        yield {**os.environ, **own, "LIBGL_ALWAYS_SOFTWARE": "1"}


@contextmanager
def _running(command: list[str], environ: Mapping[str, str], *files: int) -> Iterator[None]:
    silent = subprocess.DEVNULL
    with subprocess.Popen(
        command, env=environ, pass_fds=files, stdin=silent, stdout=silent, stderr=silent
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def _window(environ: Mapping[str, str]) -> str:
    """The number of the window with the mail, once it is there."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = _do(environ, "xdotool", "search", "--onlyvisible", "--name", _TITLE).split()
        if found:
            return found[0]
        time.sleep(_PAUSE)
    raise TimeoutError(f"Thunderbird showed no mail in {_PATIENCE} s")


def _until_still(shot: Path, environ: Mapping[str, str]) -> None:
    """Take pictures until two are alike: then everything has been drawn."""
    seen = b""
    for _ in range(20):
        time.sleep(_PAUSE)
        _do(environ, "scrot", "--overwrite", str(shot))
        now = Image.open(shot).tobytes()
        if now == seen:
            return
        seen = now


def _do(environ: Mapping[str, str], *command: str) -> str:
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60).stdout


if __name__ == "__main__":
    sys.exit(main())
