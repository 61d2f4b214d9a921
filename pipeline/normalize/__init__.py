"""Single values in their canonical form: pure functions from text to text (or None), one module per noun.

They are slow next to SQL, so callers apply them to distinct values and join the results back.
"""
