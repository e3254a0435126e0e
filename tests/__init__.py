"""The suite. `make test` runs it; `make soak` runs the long half."""
