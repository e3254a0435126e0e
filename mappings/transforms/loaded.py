"""All transforms, because importing a module of transforms is what registers them."""

from mappings.transforms import contacts, messages, times, words
from mappings.transforms.registry import TRANSFORMS, Transform, Unreadable

MODULES = (contacts, messages, times, words)

__all__ = ["MODULES", "TRANSFORMS", "Transform", "Unreadable"]
