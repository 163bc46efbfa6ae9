# Sourced by ./wayside: builds for other machines, and packages. Uses what ./wayside defines.

package_folder=$root/build/packages

native_arch() { dpkg --print-architecture; }

# Builds the agent for another architecture with its tests and package, or only the targets named.
build_cross() {
  local arch=$1
  shift
  "$root/toolchains/sysroot" "$arch" >/dev/null
  configure "$arch" -DWAYSIDE_WERROR=ON
  build "$arch" "$@"
}

# The .deb files of one architecture, of the components named.
make_packages() {
  local preset=$1 components=$2 documents
  read -r -a documents <<<"${components//;/ }"
  build "$preset" "${documents[@]/#/package_}"
  (cd "$root/build/$preset" &&
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 1767225600)} \
      cpack --config CPackConfig.cmake -B "$package_folder" -D "CPACK_COMPONENTS_ALL=$components" >"$package_folder/$preset.log") || {
    tail -n 20 "$package_folder/$preset.log" >&2
    die "cpack failed"
  }
}

# The agent of another architecture in the emulator; what it talks to is native, of build/dev.
test_cross() {
  local arch=$1 log=$root/build/$1.test.log
  build_cross "$arch"
  run_ctest "$arch" -j "$(nproc)" | tee "$log"
  say "$arch, in the emulator: $(grep 'tests passed' "$log")"
}

# The long test of what ships: the agent for arm64 in the emulator, this machine's packages in a container.
test_packages() {
  local arches=(--arch "$(native_arch)")
  set_up cross package full
  if [[ $(native_arch) != arm64 ]]; then
    test_cross arm64
    arches+=(--arch arm64)
  fi
  cmd_package "${arches[@]}"
  (run_python release "$root/tests/package/install_test.py")
  say "packages in build/packages: lintian clean; those for $(native_arch) installed, upgraded, removed"
}

package_usage() {
  cat <<TEXT
./wayside package [--arch ARCH]…   makes .deb files in build/packages

  $(native_arch)   agent, bridge, central
  arm64, armhf   the agent, cross-built; armv6 too with Raspbian's sysroot (toolchains/README.md)

Without --arch: this machine's own and, on amd64, arm64 and armhf too.
TEXT
}

cmd_package() {
  local arches=() arch
  while (($#)); do
    case $1 in
      -h | --help) package_usage && return ;;
      --arch) [[ -n ${2:-} ]] || die "--arch: which? ($(native_arch), arm64, armhf, armv6)" && arches+=("$2") && shift 2 ;;
      *) package_usage >&2 && die "unknown option of package: $1" ;;
    esac
  done
  if ((${#arches[@]} == 0)); then
    arches=("$(native_arch)")
    [[ ${arches[0]} == amd64 ]] && arches+=(arm64 armhf)
  fi
  set_up up package
  mkdir -p "$package_folder"
  for arch in "${arches[@]}"; do
    case $arch in
      "$(native_arch)")
        configure_release
        make_packages release "agent;bridge;central"
        ;;
      arm64 | armhf | armv6)
        set_up cross
        build_cross "$arch" wayside-agent
        make_packages "$arch" agent
        ;;
      *) die "--arch: $arch is not known ($(native_arch), arm64, armhf, armv6)" ;;
    esac
  done
  say "In build/packages:"
  (cd "$package_folder" && ls -1 -- *.deb)
}
