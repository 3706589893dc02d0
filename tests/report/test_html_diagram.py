"""A sequence diagram is an image that says by shape and word what happened, not by colour."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from chaim_conformance.events import Message
from chaim_conformance.report.html.diagram import diagram
from tests.report.made_up_runs import MESSAGES, huge

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*messages: Message) -> ElementTree.Element:
    return ElementTree.fromstring(diagram(messages, name="H10", title="What happened"))


def of(image: ElementTree.Element, tag: str, kind: str) -> list[ElementTree.Element]:
    return [e for e in image.iter(SVG + tag) if kind in (e.get("class") or "").split()]


def words(image: ElementTree.Element, kind: str) -> list[str]:
    return [str(e.text) for e in of(image, "text", kind)]


def arrow(source: str, target: str, text: str = "one") -> Message:
    return Message(chapter="1. Create", source=source, target=target, text=text)


def test_parties_stand_in_the_order_of_their_work() -> None:
    image = drawn(
        arrow("handler", "bucket"),
        arrow("handler", "somebody"),
        arrow("handler", "presign"),
        arrow("CloudFormation", "handler"),
        arrow("handler", "Secrets Manager"),
    )
    order = ["CloudFormation", "handler", "Secrets Manager", "presign", "bucket", "somebody"]
    assert words(image, "party") == order
    binder = drawn(
        arrow("binder", "cloud assembly"), arrow("binder", "disk"), arrow("app", "binder")
    )
    assert words(binder, "party") == ["app", "binder", "disk", "cloud assembly"]


def test_the_guilty_message_is_marked_by_a_frame_and_a_word() -> None:
    image = drawn(*MESSAGES)
    assert words(image, "flag") == ["here"]
    (frame,) = of(image, "rect", "frame")
    top, height = float(frame.get("y", "")), float(frame.get("height", ""))
    inside = [e for e in of(image, "text", "label") if top < float(e.get("y", "")) < top + height]
    assert [e.text for e in inside] == ["POST /ingest/presign"]
    assert not of(drawn(MESSAGES[0]), "rect", "frame")


def test_what_brought_no_success_is_dashed_and_crossed() -> None:
    image = drawn(*MESSAGES)
    assert len(of(image, "line", "failed")) == len(of(image, "path", "cross")) == 1
    assert len(of(image, "line", "went")) == 2


def test_chapters_part_the_attempts() -> None:
    later = replace(MESSAGES[0], chapter="2. Update, cold")
    assert words(drawn(*MESSAGES, later, later), "chapter") == ["1. Create", "2. Update, cold"]


def test_it_is_told_to_those_who_do_not_see_it() -> None:
    image = drawn(*MESSAGES)
    assert image.get("role") == "img"
    parts = {e.get("id"): e.text for e in image if e.get("id")}
    assert image.get("aria-labelledby") == " ".join(map(str, parts))
    assert parts["H10-title"] == "What happened"
    told = str(parts["H10-desc"])
    assert "CloudFormation to handler: Create; handler to presign: POST" in told
    assert "the violation is here; presign to handler: 503, scripted: 503, no success" in told


def test_long_words_stay_within_the_image() -> None:
    image = drawn(*huge().messages, arrow("handler", "handler", "to itself"))
    width, height = float(image.get("width", "")), float(image.get("height", ""))
    for text in image.iter(SVG + "text"):
        begin = float(text.get("x", ""))
        if text.get("class") in ("label", "note"):
            assert begin + len(str(text.text)) * 6 <= width
        assert 0 < float(text.get("y", "")) <= height
    assert len(words(image, "label")) > len(huge().messages)


def test_what_is_written_in_it_is_no_markup() -> None:
    image = drawn(arrow("handler", "<b>", "<script>alert(1)</script> & more"))
    assert not list(image.iter(SVG + "script"))
    assert "".join(words(image, "label")).startswith("<script>alert(1)</script>")
