#!/usr/bin/env bash
# Writes what is public now into src/*/PublicAPI.Unshipped.txt, so that a change of the surface shows in the diff. Run it after
# changing the public API; the build fails where the files and the code differ.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in src/*/; do
  file=${project}PublicAPI.Unshipped.txt
  echo '#nullable enable' > "$file"
  { dotnet build "$project" -c Release --no-incremental -v q --nologo -p:WarningsNotAsErrors=RS0016%3BRS0017 -consoleLoggerParameters:NoSummary || true; } |
    sed -n "s/.*warning RS0016: Symbol '\(.*\)' is not part of the declared public API.*$(basename "$project")\.csproj\]$/\1/p" | LC_ALL=C sort -u >> "$file"
done
