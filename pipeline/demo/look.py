"""Caught mails as pages for a browser; the pictures they share stand in one folder beside them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from pipeline.preview import parts


def write_pages(folder: Path) -> None:
    """``NAME.html`` beside every ``NAME.eml``."""
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    kept: set[str] = set()

    def keep(kind: str, data: bytes) -> str:
        name = f"{sha256(data).hexdigest()[:16]}.{kind.partition('/')[2]}"
        if name not in kept:
            (pictures / name).write_bytes(data)
            kept.add(name)
        return f"pictures/{name}"

    for mail in sorted(folder.glob("*.eml")):
        html, _ = parts(mail.read_bytes(), keep)
        mail.with_suffix(".html").write_text(html, "utf-8")
