#!/usr/bin/env bash
# Installs the system packages that are missing: `scripts/packages.sh build`, `... test`, `... bench`.
set -euo pipefail

# Ubuntu calls the browser's packages otherwise.
browser="chromium chromium-driver"
if command -v apt-cache >/dev/null 2>&1 && ! apt-cache show chromium-driver >/dev/null 2>&1 &&
    apt-cache show chromium-chromedriver >/dev/null 2>&1; then
    browser="chromium-browser chromium-chromedriver"
fi

debian_build="libsqlite3-dev libcrypt-dev libcurl4-openssl-dev libargon2-dev libmagic-dev libzip-dev zlib1g-dev libvips42 libjavascriptcoregtk-4.1-dev pkg-config"
debian_test="$debian_build python3-venv $browser"
debian_bench="$debian_test wrk nginx-light php-fpm php-sqlite3"
brew_build="sqlite libxcrypt curl argon2 libmagic libzip vips pkg-config"
brew_test="$brew_build"
brew_bench="$brew_test wrk"

purpose=${1:-build}

install_debian() {
    local wanted="debian_$purpose" missing=""
    for package in ${!wanted}; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "Installing:$missing"
    local sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    $sudo apt-get update -q
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends $missing
}

install_brew() {
    local wanted="brew_$purpose"
    for package in ${!wanted}; do
        brew list "$package" >/dev/null 2>&1 || brew install "$package"
    done
}

if ! command -v swift >/dev/null 2>&1; then
    echo "Martlet needs the Swift toolchain, 6.1 or later: https://www.swift.org/install" >&2
    exit 1
fi
if command -v apt-get >/dev/null 2>&1; then
    install_debian
elif command -v brew >/dev/null 2>&1; then
    install_brew
else
    echo "Neither apt-get nor Homebrew is here. Please install SQLite 3, libxcrypt, libcurl, libargon2, libmagic and libzip with their headers." >&2
fi
