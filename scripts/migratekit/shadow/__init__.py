"""A throw-away database that the files make, to hold another one against it."""

from .filling import shadow
from .model import Model, model_of

__all__ = ["Model", "model_of", "shadow"]
