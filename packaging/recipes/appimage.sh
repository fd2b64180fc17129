#!/usr/bin/env bash
# An AppImage from build/bundle: the AppDir is made here, `appimagetool` packs it.
#
# appimagetool and its runtime come from their own project and are not fetched by this script: put
# the tool on PATH first. With --dir-only the AppDir alone is made, in build/AppDir.
set -euo pipefail
cd "$(dirname "$0")/../.."
id=app.tunedesk.Tunedesk
dir=build/AppDir
rm -rf "$dir"
mkdir -p "$dir/usr/lib"
cp -al build/bundle/tunedesk "$dir/usr/lib/tunedesk"
[ ! -d build/bundle/tunedesk-engine ] || cp -al build/bundle/tunedesk-engine "$dir/usr/lib/tunedesk-engine"
python3 - "$dir" <<'PY'
import sys
from pathlib import Path
sys.path.insert(0, "packaging")
from bundle.deb import lay_desktop_files
lay_desktop_files(Path.cwd(), Path(sys.argv[1], "usr", "share"))
PY
cp "$dir/usr/share/applications/$id.desktop" "$dir/"
cp resources/icons/tunedesk.svg "$dir/"
cat > "$dir/AppRun" <<'RUN'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/usr/lib/tunedesk/tunedesk" "$@"
RUN
chmod 755 "$dir/AppRun"
[ "${1:-}" != --dir-only ] || exit 0
command -v appimagetool > /dev/null || { echo "Next: put appimagetool on PATH, then run this again."; exit 1; }
VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml) appimagetool "$dir" build/
