#!/usr/bin/env bash
# Install the Debian servers that tests start, and node for clients of vendors that we did not write, where they are missing. Tests start and stop them themselves
# (tests/servers.py), as an unprivileged user, on loopback; nothing is enabled or left running here.
set -euo pipefail

# What a test looks for                  and the Debian package that brings it.
declare -A needed=(
  ["/usr/lib/postgresql/*/bin/initdb"]="postgresql"
)

missing=()
for pattern in "${!needed[@]}"; do
  compgen -G "$pattern" >/dev/null || missing+=("${needed[$pattern]}")
done
for program in node npm; do
  command -v "$program" >/dev/null || missing+=("${program/%node/nodejs}")
done
if ((${#missing[@]} == 0)); then
  exit 0
fi

echo "Missing Debian packages: ${missing[*]}" >&2
if ! command -v apt-get >/dev/null; then
  echo "This is not a Debian machine. Install them its way and run again; `pytest` alone skips what needs them." >&2
  exit 1
fi
if ((EUID != 0)); then
  echo "Installing needs root:  sudo apt-get update && sudo apt-get install ${missing[*]}" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
install=(apt-get install --yes --quiet --no-install-recommends "${missing[@]}")
# Debian's package would start a cluster of its own; a policy of 101 tells it not to, and is taken away again.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
# An old package list names files that are gone, so look again before giving up.
"${install[@]}" >&2 || { apt-get update --quiet >&2 && "${install[@]}" >&2; }
