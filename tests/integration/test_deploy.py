"""What stands in deploy/ fits the program and its own tools, as far as these are here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from pipeline.health import pages
from pipeline.metrics import Pulse
from pipeline.office import opened
from pipeline.serve import SettingsWatch
from tests.daemon import school_due
from tests.installation import Installation, call

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ROOT = DEPLOY.parent
HERE = Path(sys.executable).with_name("weekbrief")
UNITS = sorted(path.name for path in DEPLOY.glob("weekbrief*.*") if path.suffix in (".service", ".timer"))
#: Where one of our commands is called or named to a person, and nothing else is.
_CALLED = re.compile(r"^(?:ExecStart=|CMD |[*0-9]\S* \S+ \S+ \S+ \S+ | +action: )(.*)$", re.M)
_COMMAND = re.compile(r"\bweekbrief(?:\", \"| )([a-z]+)\b")


def tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} (Debian: {package})")
    return found


def text(name: str) -> str:
    return (DEPLOY / name).read_text()


def commands(name: str) -> set[str]:
    return {word for line in _CALLED.findall(text(name)) for word in _COMMAND.findall(line)}


def test_every_command_named_there_is_one_of_ours() -> None:
    named = {path.name: commands(path.name) for path in sorted(DEPLOY.iterdir())}
    assert named["weekbrief.service"] == named["Containerfile"] == {"serve"}
    assert named["weekbrief-run.service"] == {"run"}
    assert named["weekbrief.crontab"] == {"run", "status"}
    for word in set().union(*named.values()):
        assert call(word, "--help").status == 0, word


def test_every_metric_in_the_alerts_is_one_that_we_export(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    with opened(Installation(folder=tmp_path, relay="file://mails").config, {}) as office:
        pages(office, SettingsWatch(office), Pulse(registry), registry)
        exported = set(re.findall(r"^# TYPE (\w+)", generate_latest(registry).decode(), re.M))
    expressions = re.findall(r"^ +expr: (.*)$", text("alerts.yml"), re.M)
    named = {name for line in expressions for name in re.findall(r"weekbrief_\w+", line)}
    assert len(expressions) >= 8
    assert named <= exported


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze", "systemd")
    for name in UNITS:
        installed = text(name).replace("/opt/weekbrief/.venv/bin/weekbrief", str(HERE))
        (tmp_path / name).write_text(installed)
    found = subprocess.run(
        [analyze, "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
    )
    ours = [line for line in found.stderr.splitlines() if "weekbrief" in line]
    assert (found.returncode, ours) == (0, []), found.stderr


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_systemd_calls_the_services_well_shut_in(name: str) -> None:
    analyze = tool("systemd-analyze", "systemd")
    most = 20  # tenths: 0 is shut in completely, 100 not at all
    command = [analyze, "security", "--offline=true", f"--threshold={most}", "--no-pager", DEPLOY / name]
    found = subprocess.run(command, capture_output=True, text=True)
    if "unrecognized option" in found.stderr:
        pytest.skip("this systemd-analyze cannot judge a unit file by itself (systemd 250 or newer)")
    assert found.returncode == 0, found.stdout[-200:] + found.stderr


def test_a_service_ends_as_it_should_and_does_not_start_again_on_bad_settings() -> None:
    service = text("weekbrief.service")
    for line in ("TimeoutStopSec=15", "Restart=on-failure", "RestartPreventExitStatus=2", "UMask=0077"):
        assert line in service.splitlines()
    assert "Persistent=true" in text("weekbrief-run.timer").splitlines()


def test_prometheus_takes_the_alerts_and_they_fire(tmp_path: Path) -> None:
    promtool = tool("promtool", "prometheus")
    (tmp_path / "alerts.yml").write_text(text("alerts.yml"))
    (tmp_path / "test.yml").write_text(FRIDAY)
    for words in (["check", "rules", "alerts.yml"], ["test", "rules", "test.yml"]):
        found = subprocess.run([promtool, *words], cwd=tmp_path, capture_output=True, text=True)
        assert found.returncode == 0, found.stdout + found.stderr


#: Time begins at Thursday 1 January 1970; the next day is a Friday, and 2,460 minutes later it is 17:00 UTC.
#: One school's newsletter closed that afternoon, the other's a week before.
FRIDAY = """\
rule_files: [alerts.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'weekbrief_newsletter_closed_timestamp_seconds{school="late"}'
        values: '0x2600'
      - series: 'weekbrief_newsletter_closed_timestamp_seconds{school="well"}'
        values: '140400x2600'
      - series: 'weekbrief_settings_refused'
        values: '1x2600'
      - series: 'weekbrief_ticks_total'
        values: '1x2600'
    alert_rule_test:
      - eval_time: 2380m
        alertname: WeekbriefNoNewsletterByFriday1700
      - eval_time: 2460m
        alertname: WeekbriefNoNewsletterByFriday1700
        exp_alerts:
          - exp_labels: {severity: page, school: late}
            exp_annotations:
              summary: "No newsletter of late went out today"
              action: "weekbrief status and weekbrief schedule say what it waits for"
      - eval_time: 10m
        alertname: WeekbriefSettingsRefused
        exp_alerts:
          - exp_labels: {severity: notice}
            exp_annotations:
              summary: "schedules.toml has mistakes; the daemon goes on with the last good one"
              action: "weekbrief schedule names each mistake with its line"
      - eval_time: 10m
        alertname: WeekbriefDaemonSilent
"""


def container() -> list[str]:
    """Its instructions, each on one line."""
    joined = text("Containerfile").replace("\\\n", " ")
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def test_the_container_copies_what_is_there_and_runs_as_nobody_special() -> None:
    copied = [line.split()[1:-1] for line in container() if line.startswith("COPY") and "--from" not in line]
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists(), name
    images = [line.split()[1] for line in container() if line.startswith("FROM")]
    assert len(images) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim", image) for image in images), "tagged, and no host named"
    assert [line for line in container() if line.startswith("USER")][-1] == "USER weekbrief"
    [check] = [line for line in container() if line.startswith("HEALTHCHECK")]
    assert "127.0.0.1:9464/health" in check
    assert container()[-1] == 'CMD ["weekbrief", "serve"]'


def test_the_line_for_cron_sends_what_is_due_and_then_says_nothing(tmp_path: Path) -> None:
    told = school_due(tmp_path / "school", 2, relay="file://mails")
    (told.folder / "secrets").write_text("export WEEKBRIEF_SMTP_PASSWORD=x\n")
    [line] = [line for line in text("weekbrief.crontab").splitlines() if line.startswith("*")]
    command = line.split(maxsplit=5)[5].replace("/var/lib/weekbrief", str(told.folder))
    command = command.replace("/opt/weekbrief/.venv/bin/weekbrief", str(HERE))
    found = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
    assert len(list((told.folder / "mails").glob("*.eml"))) == 2
    assert (told.folder / "run.log").stat().st_mode & 0o777 == 0o600
