"""May this action leave, now? One pure function: action, facts, policy and an instant in, a verdict out.

Every rule's answer is part of the verdict, so that a refusal can be explained years later. A rule that is not built
answers `not_built`, never `allow`.
"""
