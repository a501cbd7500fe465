# Installs smartapi-proxy for Windows, after its SHA-256 sum was found right. It asks for no rights of an administrator.
#
#   $env:VERSION = "0.2.0"          another version than the newest
#   $env:INSTALL_DIR = "C:\tools"   another folder than %LOCALAPPDATA%\Programs\smartapi-proxy
$ErrorActionPreference = "Stop"
# Windows PowerShell shows its progress at the cost of the download.
$ProgressPreference = "SilentlyContinue"

function Install-SmartApiProxy {
  $file = "smartapi-proxy-windows-x64.exe"
  $releases = if ($env:SMARTAPI_PROXY_RELEASES) { $env:SMARTAPI_PROXY_RELEASES } else { "https://github.com/@REPOSITORY@/releases" }
  if ($releases -like "*/@*") { throw "this copy does not know its repository: take the one of a release" }
  $from = if ($env:VERSION) { "$releases/download/v$($env:VERSION.TrimStart('v'))" } else { "$releases/latest/download" }
  $folder = if ($env:INSTALL_DIR) { $env:INSTALL_DIR } else { Join-Path $env:LOCALAPPDATA "Programs\smartapi-proxy" }
  New-Item -ItemType Directory -Force -Path $folder | Out-Null
  # In the same folder, so that it is put in its place in one step.
  $draft = Join-Path $folder "smartapi-proxy.$PID.part"
  $sums = Join-Path $folder "SHA256SUMS.$PID.part"
  try {
    Invoke-WebRequest -UseBasicParsing -Uri "$from/SHA256SUMS" -OutFile $sums
    $line = Get-Content $sums | Where-Object { $_ -match "^[0-9a-f]{64}  $([regex]::Escape($file))$" }
    if (-not $line) { throw "SHA256SUMS of the release has no $file" }
    $wanted = $line.Substring(0, 64)
    Invoke-WebRequest -UseBasicParsing -Uri "$from/$file" -OutFile $draft
    $found = (Get-FileHash -Algorithm SHA256 -Path $draft).Hash.ToLowerInvariant()
    if ($found -ne $wanted) {
      throw "$file is not what was released (its sum is $found, not $wanted): nothing was installed"
    }
    Move-Item -Force -Path $draft -Destination (Join-Path $folder "smartapi-proxy.exe")
  } finally {
    Remove-Item -Force -ErrorAction SilentlyContinue -Path $draft, $sums
  }
  Write-Output "Installed $folder\smartapi-proxy.exe"
  if (($env:PATH -split ";") -notcontains $folder) {
    Write-Output "It is not in PATH: `$env:PATH += `";$folder`""
  }
  Write-Output "Next: smartapi-proxy --demo, or smartapi-proxy init for your account"
}

Install-SmartApiProxy
