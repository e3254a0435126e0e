"""Starting emulators inside a test, each on its own thread."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import TypeVar

from emulators.kit.emulator import Emulator

E = TypeVar("E", bound=Emulator)


@contextlib.contextmanager
def running(emulator: E) -> Iterator[E]:
    """Run an emulator on a thread of its own; inside the block its ports answer, after it they are closed."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name=f"emulator-{emulator.vendor}", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(emulator.start(), loop).result(timeout=30)
        yield emulator
    finally:
        asyncio.run_coroutine_threadsafe(_close(emulator), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()
        emulator.dispose()


async def _close(emulator: Emulator) -> None:
    await emulator.stop()
    await asyncio.get_running_loop().shutdown_default_executor()
