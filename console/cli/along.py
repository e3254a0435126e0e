"""`python -m console.cli.along`: what `glowline run along` does, for a program that talks to it line by line."""

from console.cli.running import run_along

if __name__ == "__main__":
    run_along()
