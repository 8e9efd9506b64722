"""The same libraries as people use them: a template filled, compiled and inlined for every parent.

Jinja2, then mjml-python, then premailer, then `email.message`, then aiosmtplib, each once per parent;
as many connections as told, kept open. Nothing is decided, stored or recorded. Prints the seconds
that its loop took, without starting up, so that the caller can scale a sample.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

import aiosmtplib
import mjml
import premailer
from jinja2 import Environment, Template

Parent = dict[str, Any]


def template() -> Template:
    source = Path(__file__).with_name("newsletter.mjml").read_text("utf-8")
    source = source.replace("<!-- post -->", "{% for post in posts %}").replace(
        "<!-- end -->", "{% endfor %}"
    )
    return Environment(autoescape=True).from_string(source)


def make_message(newsletter: Template, parent: Parent) -> EmailMessage:
    page = mjml.mjml2html(newsletter.render(parent, school="KBS de Regenboog"), fonts={})
    html = premailer.transform(
        page, allow_network=False, strip_important=False, cssutils_logging_level=logging.CRITICAL
    )
    message = EmailMessage()
    message["From"] = "KBS de Regenboog <nieuws@regenboog.example>"
    message["To"] = f'"{parent["name"]}" <{parent["address"]}>'
    message["Subject"] = "Nieuws van KBS de Regenboog"
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="regenboog.example")
    message.set_content("\n\n".join(f"{post['title']}\n{post['body']}" for post in parent["posts"]))
    message.add_alternative(html, subtype="html")
    return message


async def lane(parents: list[Parent], port: int, newsletter: Template) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as relay:
        while parents:
            await relay.send_message(make_message(newsletter, parents.pop()))


async def send_all(parents: list[Parent], port: int, connections: int) -> None:
    newsletter = template()
    await asyncio.gather(*(lane(parents, port, newsletter) for _ in range(connections)))


def main() -> None:
    file, port, connections, sample = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    parents = json.loads(file.read_text("utf-8"))[:sample]
    began = time.perf_counter()
    asyncio.run(send_all(parents, port, connections))
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
