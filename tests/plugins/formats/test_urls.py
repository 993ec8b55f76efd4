"""Links: where they begin and end, hosts and lists, look-alikes, any chunking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.testing import assert_chunking_law, check_detector
from tokenward.types import ScanContext
from tokenward_plugins import formats
from tokenward_plugins.formats.settings import UrlSettings
from tokenward_plugins.formats.urls import URLS, UrlDetector, url_count

PLUGIN = {one.name: one for one in formats.register_detectors()}["urls"]
COUNT = {one.name: one for one in formats.register_features()}["urls"]


def found(text, chunks=None, types=None, **settings):
    detector = UrlDetector(UrlSettings(**settings))
    scan = detector.open(ScanContext("x", "output", types or detector.types))
    out = []
    for chunk in chunks or [text]:
        out += scan.feed(chunk)[0]
    return [*out, *scan.finish()]


def links(text, **settings):
    return [text[one.start : one.end] for one in found(text, **settings) if one.type == "url"]


def types(url, **settings):
    return {one.type for one in found(f"See {url} now", **settings)} - {"url"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://example.com/a?b=c#d.", ["https://example.com/a?b=c#d"]),
        ("(http://a.org/b_(c)), and", ["http://a.org/b_(c)"]),
        ("[x](https://a.org/p) ![y](https://b.org/i.png?q=1)", ["https://a.org/p", "https://b.org/i.png?q=1"]),
        ('<a href="HTTP://A.org/x">', ["HTTP://A.org/x"]),
        ("www.example.com, or wwww.x", ["www.example.com"]),
        ("mail me@www.example.com or foohttp://x", []),
        ("http:// https://", []),
        ("bit.ly/abc and notbit.ly/abc", ["bit.ly/abc"]),
        ("see https://例え.jp/パス。次", ["https://例え.jp/パス"]),
        ("file.py, e.g. version 3.11 a.b", []),
    ],
)  # fmt: skip
def test_a_link_is_found_from_its_beginning_to_its_end(text, expected):
    assert expected == links(text)


@pytest.mark.parametrize(
    ("url", "settings", "expected"),
    [
        ("https://docs.example.com/x", {"allow": ["example.com"]}, set()),
        ("https://badexample.com/x", {"allow": ["example.com"]}, {"unlisted"}),
        ("https://x.evil.org", {"deny": ["*.evil.org"]}, {"denied"}),
        ("evil.org/x", {"deny": ["evil.org"]}, {"denied"}),
        ("https://xn--pypal-4ve.com/login", {}, {"look_alike"}),
        ("https://paypa1.com", {}, {"look_alike"}),
        ("https://rnicrosoft.com", {}, {"look_alike"}),
        ("https://www.g00gle.com", {}, {"look_alike"}),
        ("https://paypal.com.login.io/x", {}, {"look_alike"}),
        ("https://www.paypal.com/x", {}, set()),
        ("https://acme-corp.eu", {"protect": ["acme-corp.eu"]}, set()),
        ("https://acrne-corp.eu", {"protect": ["acme-corp.eu"]}, {"look_alike"}),
        ("https://пример.рф/a", {}, set()),
        ("https://müller.de/a", {}, set()),
        ("http://192.168.0.1:8080/a", {}, {"ip_host"}),
        ("http://3232235521/a", {}, {"ip_host"}),
        ("http://0x7f.1/a", {}, {"ip_host"}),
        ("http://[::1]/a", {}, {"ip_host"}),
        ("https://t.co/x", {}, {"shortener"}),
        ("https://google.com@1.2.3.4/x", {}, {"ip_host", "credentials"}),
        ("https://example.org/a@b", {}, set()),
        ("https://xn--99999999999/x", {}, set()),
    ],
)
def test_a_host_is_judged(url, settings, expected):
    assert expected == types(url, **settings)


def test_only_the_types_that_are_asked_for_are_told():
    assert {"shortener"} == {
        one.type for one in found("http://t.co/a http://a.org", types=frozenset({"shortener"}))
    }


def test_a_link_longer_than_is_held_back_is_found_cut():
    [one] = [one for one in found("http://a.org/" + "x" * 5000) if one.type == "url"]

    assert 2048 == one.end - one.start


@given(
    st.lists(
        st.sampled_from(["http://", "https://a.org", "www.", "bit.ly/x", ".", " ", "(", ")", "h", "ht", "w", "é", "@", "t.co/", "x", "HTTP:/", "/", "ſ"]),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_any_chunking_finds_the_same(parts, rng):
    text = "".join(parts)
    chunks, at = [], 0
    while at < len(text):
        size = rng.randint(1, 5)
        chunks.append(text[at : at + size])
        at += size

    assert found(text) == found(text, chunks)


def test_the_feature_counts_links():
    assert [0.0, 2.0] == [COUNT.take("none."), COUNT.take("http://a.org and www.b.org.")]


def test_it_keeps_the_contract():
    samples = [
        "See https://example.com/a_(b)). And www.evil.org/x, http://192.168.0.1:80/a?b=c",
        "visit evil.org/x now or bit.ly/abc!",
        "http://paypa1.com http://user:pw@paypal.com.evil.io/ ",
    ]

    assert check_detector(PLUGIN, samples, {"allow": ["example.com"], "deny": ["evil.org"]}).passed
    assert assert_chunking_law(PLUGIN, samples[:2], settings={"deny": ["evil.org"]}).passed


@given(st.text("htps:/w.WſſHTPS aſ-@1\n", max_size=40) | st.text(max_size=40))
def test_links_are_counted_as_a_search_counts_them(text):
    assert url_count(text) == len(URLS.findall(text))
