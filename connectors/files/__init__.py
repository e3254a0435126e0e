"""A drop folder: CSV and JSONL that any tool can export. See README.md."""
