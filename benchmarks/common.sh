# What the benchmark scripts share; sourced by them. All servers listen on the loopback, in fresh directories, and are
# ended by their pid.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
home=${VARVE_HOME:-$root/server/target/varve}
work=$(mktemp -d "${TMPDIR:-/tmp}/varve-bench.XXXXXX")
pids=()

cleanup() {
  local pid
  for pid in "${pids[@]}"; do
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

[ -x "$home/bin/varve-server" ] || fail "no distribution in $home: run 'mvn -q -DskipTests package' first"

# run_java CLASS ARGUMENT...: runs a class of this module by a JDK 25.
run_java() {
  local classes=$root/benchmarks/target/classes libraries=$root/benchmarks/target/libraries candidate
  [ -d "$libraries" ] || fail "no $libraries: run 'mvn -q -DskipTests package' first"
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if grep -qs '^JAVA_VERSION="25' "$candidate/release"; then
      "$candidate/bin/java" -cp "$classes:$libraries/*" "$@"
      return
    fi
  done
  fail "no JDK 25 in JAVA_HOME or /usr/lib/jvm"
}

# free_port: a port of the loopback that refuses connections, below those that clients get.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# await_pong PORT PID: returns when the server answers PING.
await_pong() {
  local reply
  while kill -0 "$2" 2>/dev/null; do
    reply=$( (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'PING\r\n' >&3 && head -c 5 <&3) 2>/dev/null) || reply=
    [ "$reply" = +PONG ] && return
    sleep 0.005
  done
  fail "the server on port $1 ended: $(tail -3 "$work"/*.log)"
}

# start_varve NAME PORT DIRECTIVE...: sets $pid. Its data goes to $work/NAME, which may be there from a run before.
start_varve() {
  local name=$1 port=$2
  shift 2
  "$home/bin/varve-server" --port "$port" --dir "$work/$name" "$@" >"$work/$name.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  await_pong "$port" "$pid"
}

# start_redis NAME PORT DIRECTIVE...: sets $pid.
start_redis() {
  local name=$1 port=$2
  shift 2
  mkdir -p "$work/$name"
  # Neither snapshots nor log rewrites fall into a measurement: that is Redis at its fastest.
  redis-server --port "$port" --bind 127.0.0.1 --dir "$work/$name" --appendonly yes --save '' \
    --auto-aof-rewrite-percentage 0 "$@" >"$work/$name.log" 2>&1 &
  pid=$!
  pids+=("$pid")
  await_pong "$port" "$pid"
}

# stop PID: ends a server, cleanly.
stop() {
  kill "$1"
  wait "$1" 2>/dev/null || true
}

# cpu_ticks PID: the processor time that a process has used.
cpu_ticks() {
  awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"
}

# settle PID...: returns when none of the servers uses more than 3 % of a processor.
settle() {
  local pid before after
  for pid in "$@"; do
    while :; do
      before=$(cpu_ticks "$pid")
      sleep 1
      after=$(cpu_ticks "$pid")
      [ $((after - before)) -le 3 ] && break
    done
  done
}

# preload PORT KEYS: sets every key that redis-benchmark will draw of so many.
preload() {
  awk -v keys="$2" 'BEGIN {
    value = sprintf("%100s", ""); gsub(/ /, "x", value)
    for (i = 0; i < keys; i++) printf "*3\r\n$3\r\nSET\r\n$16\r\nkey:%012d\r\n$100\r\n%s\r\n", i, value
  }' | redis-cli -p "$1" --pipe >"$work/preload" || fail "preloading: $(cat "$work/preload")"
  [ "$(redis-cli -p "$1" dbsize)" = "$2" ] || fail "preloading left $(redis-cli -p "$1" dbsize) keys"
}

# rate PORT TEST CONNECTIONS PIPELINE REQUESTS KEYS: prints requests a second.
rate() {
  redis-benchmark -p "$1" -t "$2" -c "$3" -P "$4" -n "$5" -d 100 -r "$6" --csv 2>"$work/benchmark.err" \
    | awk -F'","' 'NR == 2 { print $2 }' | grep . || fail "redis-benchmark: $(cat "$work/benchmark.err")"
}

median() {
  sort -n | awk '{ a[NR] = $1 } END { print (NR % 2) ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'
}

# machine: one line that says where this was measured.
machine() {
  local model memory
  model=$(awk -F': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)
  memory=$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)
  echo "$(nproc) cores (${model:-unknown}), $memory GB, Linux $(uname -r), $(date -u +%Y-%m-%d)"
}
