"""What the whole must show, from vendor bytes to vendor journal, judged by the vendors' side."""
