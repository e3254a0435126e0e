"""The one configuration all canonical models share."""

from pydantic import BaseModel, ConfigDict


class Noun(BaseModel):
    """A frozen value object. Unknown fields are refused; validation errors never quote the input."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)
