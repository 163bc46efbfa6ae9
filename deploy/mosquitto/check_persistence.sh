#!/bin/sh
# Before mosquitto starts: sets a damaged persistence file aside, because mosquitto 2.0.11 ends at the sight of one.
#
#   check_persistence.sh mosquitto.conf
#
# A copy of the file is tried by a mosquitto of its own, which listens on a socket that nobody knows. When that one does
# not come up, the file becomes mosquitto.db.damaged-<time> and a line says so; nothing is deleted. What was in it is
# safe for agents (they keep what has no receipt) and lost for publishers without receipts. Ends with 0, unless the
# settings cannot be read.
set -eu

conf=$1
location=$(sed -n 's/^persistence_location[[:space:]]*//p' "$conf" | tail -n 1)
name=$(sed -n 's/^persistence_file[[:space:]]*//p' "$conf" | tail -n 1)
file=${location%/}/${name:-mosquitto.db}
mosquitto=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto)
limit_s=30

[ -s "$file" ] || exit 0

trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
if ! cp "$file" "$trial/mosquitto.db"; then # no room for a copy says nothing of the file
  printf 'event=persistence_not_checked file=%s\n' "$file" >&2
  exit 0
fi
cat >"$trial/conf" <<CONF
listener 0 $trial/socket
allow_anonymous true
persistence true
persistence_location $trial/
log_dest stderr
log_type all
CONF
if [ "$(id -u)" = 0 ]; then echo "user root" >>"$trial/conf"; fi

"$mosquitto" -c "$trial/conf" 2>"$trial/log" &
pid=$!
waited=0
while kill -0 "$pid" 2>/dev/null && ! grep -q ' running$' "$trial/log" && [ "$waited" -lt $((limit_s * 50)) ]; do
  sleep 0.02
  waited=$((waited + 1))
done
if kill -9 "$pid" 2>/dev/null; then exit 0; fi # it runs, or reads still: a large file is no damaged one

aside=$file.damaged-$(date -u +%Y%m%dT%H%M%SZ)-$$
mv "$file" "$aside"
printf 'event=persistence_damaged file=%s set_aside=%s error="%s"\n' "$file" "$aside" "$(grep -i error "$trial/log" | head -n 1)" >&2
