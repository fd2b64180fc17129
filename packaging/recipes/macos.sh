#!/usr/bin/env bash
# Tunedesk.app and a disk image from build/bundle, on macOS. Signed and notarised where an identity
# is given:
#   SIGN_AS="Developer ID Application: …"  the certificate's name in the keychain
#   NOTARY_PROFILE=name                    kept by `xcrun notarytool store-credentials name`
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
app=build/Tunedesk.app
rm -rf "$app"
mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources"
# The engine is looked for beside the app's own folder: both keep their names in here.
cp -R build/bundle/tunedesk "$app/Contents/Resources/tunedesk"
[ ! -d build/bundle/tunedesk-engine ] || cp -R build/bundle/tunedesk-engine "$app/Contents/Resources/tunedesk-engine"
cat > "$app/Contents/MacOS/Tunedesk" <<'RUN'
#!/bin/sh
exec "$(cd "$(dirname "$0")/../Resources" && pwd)/tunedesk/tunedesk" "$@"
RUN
chmod 755 "$app/Contents/MacOS/Tunedesk"
sed "s/@VERSION@/$version/g" packaging/recipes/Info.plist > "$app/Contents/Info.plist"
icons=build/tunedesk.iconset
mkdir -p "$icons"
for size in 16 32 128 256 512; do
    cp "build/icons/${size}x${size}/apps/tunedesk.png" "$icons/icon_${size}x${size}.png"
done
iconutil --convert icns --output "$app/Contents/Resources/tunedesk.icns" "$icons"
if [ -n "${SIGN_AS:-}" ]; then
    # Libraries first, the bundle last: a signature covers what is inside.
    find "$app/Contents/Resources" -type f \( -name '*.dylib' -o -name '*.so' -o -perm -u+x \) -print0 |
        xargs -0 codesign --force --timestamp --options runtime --sign "$SIGN_AS" \
            --entitlements packaging/recipes/entitlements.plist
    codesign --force --timestamp --options runtime --sign "$SIGN_AS" \
        --entitlements packaging/recipes/entitlements.plist "$app"
    codesign --verify --deep --strict "$app"
fi
image=build/Tunedesk-$version-macos-$(uname -m).dmg
hdiutil create -volname Tunedesk -srcfolder "$app" -ov -format UDZO "$image"
if [ -n "${NOTARY_PROFILE:-}" ]; then
    codesign --timestamp --sign "$SIGN_AS" "$image"
    xcrun notarytool submit "$image" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$image"
fi
echo "$image"
