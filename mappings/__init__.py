"""The translation: from a vendor's words to ours, as tables rather than code.

Six verbs and no expressions. The engine applies a table to a wire record and says, for every field it fills, where the
value came from; a field a vendor sends that no table mentions is a fault that coverage finds.
"""
