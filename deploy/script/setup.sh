# Sourced by ./wayside: what must be there before anything is built. Uses $root and say/die from there.

node_major_min=18

# The packages of the given groups of deploy/packages.txt.
packages_of() {
  local groups=" $* " group name rest
  while read -r group name rest; do
    [[ -z $group || $group == \#* ]] && continue
    [[ $groups == *" $group "* ]] && echo "$name"
  done <"$root/deploy/packages.txt"
}

package_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

have_node() {
  command -v node >/dev/null && command -v npm >/dev/null || return 1
  local major
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || return 1
  ((major >= node_major_min))
}

# Installs what is missing of the given groups and, except for the group kafka alone, node with npm.
set_up() {
  local missing=() package
  if ! command -v dpkg-query >/dev/null; then
    say "No dpkg here: Wayside knows only Debian's packages. It goes on with what is installed (deploy/packages.txt lists it)."
    [[ $* == kafka ]] || have_node || die "node $node_major_min or newer with npm is missing"
    return
  fi
  for package in $(packages_of "$@"); do
    package_installed "$package" || missing+=("$package")
  done
  [[ $* == kafka ]] || have_node || missing+=(nodejs npm)
  ((${#missing[@]} == 0)) && return
  install_packages "${missing[@]}"
}

install_packages() {
  local as_root=()
  say "Missing Debian packages: $*"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "no sudo here; as root: apt-get install $*"
    [[ -t 0 ]] || die "cannot ask for sudo without a terminal; run: sudo apt-get install $*"
    local answer
    read -r -p "Install them with sudo? [Y/n] " answer
    [[ -z $answer || $answer == [yY]* ]] || die "they are needed"
    as_root=(sudo)
  fi
  if package_unknown "$@" || ! apt_install "$@"; then
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q
    apt_install "$@" || die "apt-get could not install the packages above"
  fi
}

# True when apt has never heard of one of them: its lists must be fetched first.
package_unknown() {
  local package
  for package in "$@"; do
    apt-cache show "$package" >/dev/null 2>&1 || return 0
  done
  return 1
}

apt_install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# The npm packages of a folder, exactly as its lock file says; nothing to do when they are there.
npm_packages() {
  local folder=$1
  if [[ ! -e $folder/node_modules/.package-lock.json || $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]]; then
    say "npm packages of ${folder#"$root"/}"
    (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error </dev/null)
    touch "$folder/node_modules/.package-lock.json"
  fi
}
