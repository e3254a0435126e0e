"""Public reviews: kept for the measures, and a task for whoever answers them (row 7.4, M4). Never matched to a person."""

from pipelines.reputation.stage import ReviewCounts, update_reviews

__all__ = ["ReviewCounts", "update_reviews"]
