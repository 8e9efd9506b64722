"""Our verdict on e-mail addresses, against lists of addresses that others collected."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline.intake.fields import Addresses, by_library


@pytest.mark.parametrize(
    "given_address, wanted",
    [
        ("Jan.Jansen@EXAMPLE.com", "Jan.Jansen@example.com"),
        ("jan@x.test", "jan@x.test"),
        ("jan@X.Invalid", "jan@x.invalid"),
        ("jan@localhost", "jan@localhost"),
        ("jan@mail.localhost", "jan@mail.localhost"),
        ("jan@bücher.invalid", "jan@bücher.invalid"),
        ("jan@xn--bcher-kva.example", "jan@bücher.example"),
        ("jan@bücher.example", "jan@bücher.example"),
        ("用户@例子.测试", "用户@例子.测试"),
        ("o'neill+school@x.example", "o'neill+school@x.example"),
        ("=jan@x.example", "=jan@x.example"),
    ],
)
def test_an_address_keeps_its_local_part_and_gets_its_domain_normalised(
    given_address: str, wanted: str
) -> None:
    assert Addresses().check(given_address) == (wanted, "")


@pytest.mark.parametrize(
    "malformed, hint",
    [
        ("Jan <jan@x.nl>", "without a name"),
        ("mailto:jan@x.nl", "mailto"),
        ("jan@x.nl; els@x.nl", "one address"),
        ("jan@x.nl,els@x.nl", "one address"),
        ("jan@x.nl els@x.nl", "one address"),
        ("jan@x.nl>\r\nRCPT TO:<z@z", "without a name"),
        ("jan", "@"),
        ("jan@", ""),
        ("@x.nl", ""),
        ("jan@gmail", "period"),
        ("jan@.invalid", ""),
        ("jan@invalid", ""),
        ("jan..jansen@x.nl", ""),
        ('"jan jansen"@x.nl', "Quoting"),
        ("jan@[127.0.0.1]", "bracketed"),
        ("x" * 65 + "@x.nl", "long"),
        ("jan@" + "x" * 64 + ".nl", ""),
        ("j" * 60 + "@" + ".".join(["x" * 60] * 4) + ".nl", "long"),
        ("jan@x\u202e.nl", ""),
    ],
)
def test_a_malformed_address_is_refused_with_a_reason(malformed: str, hint: str) -> None:
    address, why = Addresses().check(malformed)
    assert address is None
    assert hint in why


@given(st.from_regex(r"[A-Za-z0-9_+-]{1,70}(\.[a-z]{1,5})?@(xn--)?[A-Za-z0-9.-]{1,60}", fullmatch=True))
def test_the_short_way_for_plain_addresses_gives_the_librarys_verdict(address: str) -> None:
    quick, full = Addresses().check(address)[0], by_library(address)[0]
    assert (quick or "").lower() == (full or "").lower()


#: Where our verdict differs from what SMTP allows, and why.
EXCEPTIONS = {
    "quoted": "quoted local parts: no family has one, and all that follows would have to escape them",
    "literal": "IP addresses in brackets: as above",
    "dotless": "domains of one label cannot be delivered to over the internet (ICANN 2013)",
    "reserved": "domains with two letters and two hyphens are reserved (RFC 5891 4.2.3.1)",
    "tld": "no top-level domain ends in a digit",
}


def exception(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if '"' in local:
        return "quoted"
    if domain.startswith("["):
        return "literal"
    if "." not in domain:
        return "dotless"
    if any(label[2:4] == "--" for label in domain.split(".")):
        return "reserved"
    return "tld" if domain[-1:].isdigit() else ""


@pytest.mark.parametrize("name", ["isemail_tests.xml", "isemail_tests-original.xml"])
def test_our_verdict_on_addresses_is_that_of_smtp_but_for_the_named_exceptions(
    shared_data: Path, name: str
) -> None:
    tree = ET.parse(shared_data / "strings/email_addresses" / name)
    addresses, wrong, checked = Addresses(), [], 0
    for test in tree.iter("test"):
        address = "".join(
            chr(ord(c) - 0x2400) if 0x2400 <= ord(c) < 0x2421 else c for c in test.findtext("address") or ""
        )
        category = test.findtext("category")
        valid = category in ("ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN", "ISEMAIL_RFC5321")
        if address != address.strip() or category is None:
            continue  # cells are trimmed before they are looked at
        checked += 1
        taken = addresses.check(address)[0] is not None
        if taken != valid and not (valid and exception(address) in EXCEPTIONS):
            wrong.append((test.get("id"), address, category, taken))
    assert wrong == []
    assert checked > 100


def test_addresses_that_the_library_lists_as_valid_or_invalid_are_so_for_us(shared_data: Path) -> None:
    source = (shared_data / "strings/email_addresses/python-email-validator_test_syntax.py.txt").read_text()
    valid = re.findall(r"^ +normalized='([^'\\]+)',$", source, re.MULTILINE)
    assert len(valid) > 20
    refused_ones = [each for each in valid if Addresses().check(each)[0] is None and not exception(each)]
    assert refused_ones == []


def test_the_short_way_is_worth_its_lines() -> None:
    addresses = [f"jan.{number}@school{number % 20}.example" for number in range(1000)]
    began = time.process_time()
    slow = [by_library(address) for address in addresses]
    middle = time.process_time()
    checker = Addresses()
    assert [checker.check(address) for address in addresses] == slow
    assert (time.process_time() - middle) * 5 < middle - began
