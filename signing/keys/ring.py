"""Keys that follow one another: which one signs is a question of time, and old ones stay where they are."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from signing.errors import KeyAway, KeyUnusable
from signing.keys.files import STORE_ENDINGS
from signing.keys.opening import open_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from signing.keys.provider import KeyProvider, SigningKey

#: A file with this ending holds the `pkcs11:` URI of a key in a token.
URI_ENDING: Final = ".uri"


def _nothing(*_: object) -> None:
    pass


class KeyRing:
    """The first key, and those in a folder that follow it. The newest whose time has come signs.

    A key is in the folder as `NAME.crt` with `NAME.key`, as `NAME.p12`, or as `NAME.uri` (a `pkcs11:` URI, with
    `NAME.crt` when the token holds no certificate); `NAME.password` holds the password or PIN. Its time comes with
    the certificate's not-before, and goes with its not-after while another is in its time. The folder is looked at
    again every few seconds, so a running process takes a new key up by itself; a key that cannot be opened is told
    and passed over. Thread-safe.
    """

    def __init__(
        self,
        first: KeyProvider | None,
        folder: Path,
        *,
        named: Collection[str] = ("*",),
        look_every_seconds: float = 5,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_change: Callable[[SigningKey], None] = _nothing,
        on_unusable: Callable[[Path, KeyUnusable], None] = _nothing,
    ) -> None:
        """Open what is there. Raises KeyUnusable when that is no key at all.

        Of the folder only those count whose name without ending is `named`; there `*` stands for any part of one.
        """
        self._folder = folder
        self._named = named
        self._look_every_seconds = look_every_seconds
        self._clock = clock
        self._on_change = on_change
        self._on_unusable = on_unusable
        self._first = [] if first is None else [first]
        self._opened: dict[Path, tuple[object, KeyProvider | None]] = {}
        self._keys: tuple[SigningKey, ...] = ()
        self._last: SigningKey | None = None
        self._looking = threading.Lock()
        self._look()
        if not self._keys:
            message = f"{folder}: no key"
            raise KeyUnusable(message)

    def current(self) -> SigningKey:
        """Return the key to sign with now."""
        # One thread looks; the others go on with what is known.
        if time.monotonic() >= self._look_again and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        key = _newest(self._keys, self._clock())
        if key is not self._last:
            changed, self._last = self._last is not None, key
            if changed:
                self._on_change(key)
        return key

    def all_keys(self) -> tuple[SigningKey, ...]:
        """Return every key: former ones, the current one, and those whose time comes; oldest first."""
        with self._looking:
            self._look()
        return self._keys

    def _look(self) -> None:
        self._look_again = time.monotonic() + self._look_every_seconds
        found = {file: self._open(file) for file in sorted(self._files())}
        self._opened = found
        providers = [*self._first, *(provider for _, provider in found.values() if provider is not None)]
        keys = [provider.current() for provider in providers]
        self._keys = tuple(sorted(keys, key=lambda key: key.certificate.not_valid_before_utc))

    def _files(self) -> Iterator[Path]:
        """Yield the file that stands for each key of the folder, once what belongs to it is there too."""
        if not self._folder.is_dir():
            return
        for file in self._folder.iterdir():
            if not any(fnmatchcase(file.stem, name) for name in self._named):
                continue
            whole = file.suffix.lower() in STORE_ENDINGS or file.suffix == URI_ENDING
            if whole or (file.suffix == ".key" and file.with_suffix(".crt").exists()):
                yield file

    def _open(self, file: Path) -> tuple[object, KeyProvider | None]:
        """Return what stands in `file`, opened once for each state that the file is in."""
        certificate, password = file.with_suffix(".crt"), file.with_suffix(".password")
        state = tuple(part.stat().st_mtime_ns if part.exists() else 0 for part in (file, certificate, password))
        before = self._opened.get(file)
        if before is not None and before[0] == state:
            return before
        try:
            place = file.read_text(encoding="utf-8").strip() if file.suffix == URI_ENDING else file
            return state, open_key(place, certificate, password if password.exists() else None)
        except (OSError, UnicodeDecodeError, KeyUnusable) as error:
            self._on_unusable(file, error if isinstance(error, KeyUnusable) else KeyUnusable(str(error)))
            again = isinstance(error, KeyAway)  # a token that is away comes back without any file changing
            return None if again else state, before[1] if before else None


def _newest(keys: tuple[SigningKey, ...], now: datetime) -> SigningKey:
    """Return the newest key whose time has come, of those whose time has not gone if there are any."""
    begun = [key for key in keys if key.certificate.not_valid_before_utc <= now] or list(keys[:1])
    lasting = [key for key in begun if now <= key.certificate.not_valid_after_utc]
    return (lasting or begun)[-1]
