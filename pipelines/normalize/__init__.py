"""Raw to canonical versions: `translation` says what rows mean, with no ledger open; `stage` reads, translates, writes."""

from pipelines.normalize.stage import Normalized, coverage, normalize, renormalize, replay
from pipelines.normalize.translation import STAGE, StreamCounts

__all__ = ["STAGE", "Normalized", "StreamCounts", "coverage", "normalize", "renormalize", "replay"]
