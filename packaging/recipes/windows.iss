; Inno Setup: the Windows installer, from what `python packaging\make_bundle.py` leaves in
; build\bundle. Run as:  iscc /DVersion=0.1.0 packaging\recipes\windows.iss
; To sign, give iscc a sign tool named "sign":  /Ssign="signtool sign /fd sha256 /tr URL /td sha256 $f"
#ifndef Version
  #define Version "0.1.0"
#endif
[Setup]
AppId={{6C0E8E7C-2C55-4E0E-9C5D-7B1F1C1B8A11}
AppName=Tunedesk
AppVersion={#Version}
AppPublisher=The Tunedesk authors
DefaultDirName={autopf}\Tunedesk
DefaultGroupName=Tunedesk
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\..\LICENSE
OutputDir=..\..\build
OutputBaseFilename=Tunedesk-{#Version}-windows-x64
Compression=lzma2/normal
SolidCompression=yes
ChangesAssociations=yes
UninstallDisplayIcon={app}\tunedesk\tunedesk.exe
#ifdef Signed
SignTool=sign
#endif

[Types]
Name: "full"; Description: "With the engine, to train on this computer"
Name: "slim"; Description: "The app alone, for providers elsewhere"

[Components]
Name: "app"; Description: "Tunedesk"; Types: full slim; Flags: fixed
Name: "engine"; Description: "Engine with the sample model (1 GB)"; Types: full

[Files]
Source: "..\..\build\bundle\tunedesk\*"; DestDir: "{app}\tunedesk"; Components: app; Flags: recursesubdirs ignoreversion
Source: "..\..\build\bundle\tunedesk-engine\*"; DestDir: "{app}\tunedesk-engine"; Components: engine; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Tunedesk"; Filename: "{app}\tunedesk\tunedesk.exe"

[Registry]
Root: HKA; Subkey: "Software\Classes\.jsonl\OpenWithProgids"; ValueType: string; ValueName: "Tunedesk.jsonl"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Tunedesk.jsonl"; ValueType: string; ValueData: "JSON Lines dataset"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Tunedesk.jsonl\shell\open\command"; ValueType: string; ValueData: """{app}\tunedesk\tunedesk.exe"" ""%1"""

[Run]
Filename: "{app}\tunedesk\tunedesk.exe"; Description: "Start Tunedesk"; Flags: postinstall nowait skipifsilent
