"""Forms and money: whose they are, which visit they are for, and what follows from them (rows 2.3, 2.4, M5)."""

from pipelines.paperwork.decide import PaperCounts
from pipelines.paperwork.stage import update_paperwork

__all__ = ["PaperCounts", "update_paperwork"]
