"""Tests of the pages: what they tell people to type works, and prints what they say."""
