"""Record what caniemail finds now, as what the tests accept: ``python -m tests.mail_checks.record``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.mail_checks import known, tools
from tests.mail_checks.samples import templates_in_all_languages


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = tools.validate(Path(folder), templates_in_all_languages())
    known.SUPPORT.write_text(json.dumps(told["support"], indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{len(told['support'])} features in {known.SUPPORT.name}; git diff tells what changed")


if __name__ == "__main__":
    main()
