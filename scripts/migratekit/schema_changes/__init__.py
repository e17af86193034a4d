"""From a schema that is there and one that is wanted to pairs of migration files."""

from .columns import Casts
from .enums import with_ways_down
from .holding import Held
from .models import build_models, read_models
from .pairs import Author, Pair, pairs_of
from .plan import Plan, plan
from .proof import line_of, needs_using, run_scripts, unlike
from .renames import Rename, apply_renames, found_renames, given_rename
from .scope import as_models_can_tell, told, with_owners
from .trial import first_failure, tried_down

__all__ = [
    "Author",
    "Casts",
    "Held",
    "Pair",
    "Plan",
    "Rename",
    "apply_renames",
    "as_models_can_tell",
    "build_models",
    "first_failure",
    "found_renames",
    "given_rename",
    "line_of",
    "needs_using",
    "pairs_of",
    "plan",
    "read_models",
    "run_scripts",
    "told",
    "tried_down",
    "unlike",
    "with_owners",
    "with_ways_down",
]
