"""Which tables a migration file touches, with which locks, and whether it rewrites or reads them whole."""

from ..lock_modes import LockMode
from .catalog import Kind, Mention, Touched, touched
from .reading import read_impacts
from .uses import Ask, Impact, Question, Use, Via

__all__ = [
    "Ask",
    "Impact",
    "Kind",
    "LockMode",
    "Mention",
    "Question",
    "Touched",
    "Use",
    "Via",
    "read_impacts",
    "touched",
]
