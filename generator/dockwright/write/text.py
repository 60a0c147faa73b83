"""Text as its owner has it: line ends, byte order mark and undecodable bytes survive."""

import hashlib

from dockwright.model.record import record

_MARK = "\ufeff"


@record
class Text:
    """A file's lines without their ends, and the ends ("\\n", "\\r\\n" or "" for a last line without one)."""

    lines: tuple[str, ...]
    ends: tuple[str, ...]
    mark: str = ""

    @property
    def end(self) -> str:
        """The line end that most lines have."""
        return "\r\n" if self.ends.count("\r\n") > self.ends.count("\n") else "\n"

    @property
    def digest(self) -> str:
        """The SHA-256 of the lines, the same with any line ends."""
        return hashlib.sha256("\n".join(self.lines).encode("utf-8", "surrogateescape")).hexdigest()

    def encode(self) -> bytes:
        """Return the bytes of the file."""
        body = "".join(line + end for line, end in zip(self.lines, self.ends, strict=True))
        return (self.mark + body).encode("utf-8", "surrogateescape")


def parse(data: bytes) -> Text:
    """Return the text of a file; bytes that are not UTF-8 are kept as they are."""
    decoded = data.decode("utf-8", "surrogateescape")
    mark = _MARK if decoded.startswith(_MARK) else ""
    pieces = decoded.removeprefix(mark).split("\n")
    whole = [
        (piece[:-1], "\r\n") if piece.endswith("\r") else (piece, "\n") for piece in pieces[:-1]
    ]
    if pieces[-1]:
        whole.append((pieces[-1], ""))
    return Text(
        lines=tuple(line for line, _ in whole), ends=tuple(end for _, end in whole), mark=mark
    )


def assemble(pairs: list[tuple[str, str]], like: Text) -> Text:
    """Return lines put together, in the manner of `like`: an empty end is `like`'s own, except at the very end of the file."""
    ends = [end or like.end for _, end in pairs]
    if pairs and like.ends and not like.ends[-1] and not pairs[-1][1]:
        ends[-1] = ""
    return Text(lines=tuple(line for line, _ in pairs), ends=tuple(ends), mark=like.mark)


def in_the_manner_of(text: Text, like: Text) -> Text:
    """Return `text` with the line ends and the byte order mark of `like`; a last line without an end stays without."""
    return Text(lines=text.lines, ends=tuple(end and like.end for end in text.ends), mark=like.mark)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of exactly these bytes."""
    return hashlib.sha256(data).hexdigest()
