"""The XMP packet: the mark *made by a model*, and our own field where a format has no better place for it.

Format: XMP specification part 1 (ISO 16684-1), section 7; the mark is IPTC's *Digital Source Type* with a
value from https://cv.iptc.org/newscodes/digitalsourcetype/. Packets of others are edited as text, so that
nothing in them changes but what is added, and none is ever given to an XML parser.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Final

_OURS: Final = "http://ns.seedream-drafts.example/1.0/"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_BY_MODEL: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

_MARK: Final = f'<Iptc4xmpExt:DigitalSourceType xmlns:Iptc4xmpExt="{_IPTC}">{_BY_MODEL}</Iptc4xmpExt:DigitalSourceType>'
_START: Final = f'<rdf:Description rdf:about="" xmlns:seedream="{_OURS}">'
_END: Final = "</rdf:Description>\n"
_CLOSE: Final = "</rdf:RDF>"
_EMPTY: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    f"{_CLOSE}\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
)
# An element as we write it, or an attribute, as other programs may have made of it.
_FIELD: Final = re.compile(r"""seedream:draft(?:>([^<>]*)<|="([^"<]*)"|='([^'<]*)')""")


def with_ours(packet: bytes | None, draft: str | None, *, made_by_model: bool) -> bytes | None:
    """Give `packet` (or a new one) with our part, and with none that was written before.

    `draft` is JSON of `to_json`. A mark of another program stays the only one. None where the packet is
    none that can be added to, or where there would be nothing in a new one.
    """
    if packet is None and not draft and not made_by_model:
        return None
    try:
        text = _EMPTY if packet is None else _without_ours(packet.decode())
    except UnicodeDecodeError:
        return None
    end = text.rfind(_CLOSE)
    if end < 0:
        return None
    mark = made_by_model and "DigitalSourceType" not in text
    return (text[:end] + _description(draft, mark=mark) + text[end:]).encode()


def read_draft(packet: bytes) -> str | None:
    """Give the JSON of our field in `packet`, or None."""
    found = _FIELD.search(packet.decode("utf-8", "replace"))
    return unescape("".join(found.groups(""))) if found else None


def _without_ours(text: str) -> str:
    start = text.find(_START)
    end = text.find(_END, start)
    return text if start < 0 or end < 0 else text[:start] + text[end + len(_END) :]


def _description(draft: str | None, *, mark: bool) -> str:
    field = f"<seedream:draft>{escape(draft, quote=False)}</seedream:draft>" if draft else ""
    inner = field + (_MARK if mark else "")
    return f"{_START}{inner}{_END}" if inner else ""
