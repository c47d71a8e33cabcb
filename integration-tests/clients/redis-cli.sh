#!/bin/bash
# redis-cli in its modes, in RESP2 and RESP3 and over TLS; one that goes on over a kill.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cli() {
  redis-cli -p "$PORT" "$@"
}

expect() {
  [ "$1" = "$2" ] || { printf 'line %s: %q in place of %q\n' "${BASH_LINENO[0]}" "$2" "$1" >&2; exit 1; }
}

expect_match() {
  [[ $2 =~ $1 ]] || { printf 'line %s: %q is not %q\n' "${BASH_LINENO[0]}" "$2" "$1" >&2; exit 1; }
}

# The first lines of what never ends by itself.
first() {
  local lines=$1
  shift
  { timeout 60 stdbuf -oL redis-cli -p "$PORT" "$@" || true; } | head -n "$lines"
}

cli flushall >/dev/null

# How an answer is printed.
cli hset hash f v g 'two words' >/dev/null
expect $'1) "f"\n2) "v"\n3) "g"\n4) "two words"' "$(cli --no-raw hgetall hash)"
expect $'1# "f" => "v"\n2# "g" => "two words"' "$(cli --no-raw -3 hgetall hash)"
expect '{"f":"v","g":"two words"}' "$(cli --json hgetall hash)"
expect '["f","v","g","two words"]' "$(cli -2 --json hgetall hash)"
expect '"f","v","g","two words"' "$(cli --csv hgetall hash)"
expect 'f|v|g|two words' "$(cli -d '|' hgetall hash)"
expect '(double) 1.5' "$(cli -3 --no-raw zadd zset incr 1.5 a)"
expect '"1.5"' "$(cli -2 --no-raw zscore zset a)"
expect '1.5' "$(cli --json zscore zset a)"
expect '(nil)' "$(cli --no-raw get nothing)"
expect 'null' "$(cli --json get nothing)"
cli set bytes $'\x01\xff"\n' >/dev/null
expect '"\x01\xff\"\n"' "$(cli --no-raw get bytes)"
expect '"\\x01\\xff\\"\\n"' "$(cli --quoted-json get bytes)"
cli sadd set a >/dev/null
expect '1~ "a"' "$(cli -3 --no-raw smembers set)"
expect_match 'redis_version:' "$(cli --verbose info server)"
expect $'1) "one"\n2) 1) (integer) 2\n   2) (nil)' "$(cli --no-raw eval "return {'one', {2, false}}" 0)"

# What fails.
cli -e lpush bytes x >"$work/error" 2>&1 && exit 1
expect 'WRONGTYPE Operation against a key holding the wrong kind of value' "$(sed "/^$/d" "$work/error")"
cli lpush bytes x >/dev/null
expect_match '^ERR unknown command .nonsense., with args beginning with: .a. ' "$(cli nonsense a)"
expect_match '^ERR wrong number of arguments for .get. command' "$(cli get)"

# Arguments from its input, from a file, quoted, again and again, in a database.
expect OK "$(printf 'from\0input' | cli -x set input)"
expect 10 "$(cli strlen input)"
expect OK "$(printf 'tagged' | cli -X place set input place ex 100)"
expect tagged "$(cli get input)"
expect OK "$(cli --quoted-input set '"q\x00k"' '"\xff"')"
expect $'\xff' "$(cli --quoted-input get '"q\x00k"')"
expect $'1\n2\n3' "$(cli -r 3 -i 0.01 incr n)"
expect OK "$(cli -n 5 set elsewhere x)"
expect '1' "$(cli -n 5 exists elsewhere)"
expect '0' "$(cli exists elsewhere)"
expect $'OK\n3\nOK\nQUEUED\nQUEUED\n4\n5' "$(printf 'set a 2\nincr a\nmulti\nincr a\nincr a\nexec\n' | cli)"
expect '1' "$(cli -u "redis://127.0.0.1:$PORT/5" exists elsewhere)"

# Scripts.
echo 'return {KEYS[1], ARGV[1], redis.call("GET", KEYS[2])}' >"$work/script.lua"
expect $'x\ny\ntagged' "$(cli --eval "$work/script.lua" x input , y)"
expect '["x","y","tagged"]' "$(cli --json --eval "$work/script.lua" x input , y)"

# Many keys.
for i in $(seq 1000); do printf 'SET scanned:%s %s\r\n' "$i" "$i"; done >"$work/commands"
expect_match 'errors: 0, replies: 1000' "$(cli --pipe <"$work/commands")"
printf 'LPUSH scanned:1 x\r\nPING\r\n' >"$work/commands"
expect_match 'WRONGTYPE.*errors: 1, replies: 2' "$(cli --pipe --pipe-timeout 10 <"$work/commands" 2>&1 | tr '\n' ' ')"
expect 1000 "$(cli --scan --pattern 'scanned:*' | sort -u | wc -l)"
expect 'scanned:77' "$(cli --scan --quoted-pattern '"scanned:7\x37"')"
cli set long "$(printf '%05000d' 0)" >/dev/null
cli rpush list a b c >/dev/null
report=$(cli --bigkeys -i 0.001)
expect_match 'Biggest string found .+long.+ has 5000 bytes' "$report"
expect_match 'Biggest   list found .+list.+ has 3 items' "$report"
expect_match '1 zsets with 1 members' "$report"
expect_match 'Biggest string found .+long.+ has [0-9]+ bytes' "$(cli --memkeys)"
expect_match 'Biggest string found .+long.+ has [0-9]+ bytes' "$(cli --memkeys-samples 0)"
expect_match 'LFU maxmemory policy is not selected' "$(cli --hotkeys 2>&1 || true)"

# What measures and watches.
expect_match 'keys +mem +clients +blocked +requests +connections' "$(first 4 --stat -i 0.01 | tr '\n' ' ')"
expect_match '^[0-9]+ [0-9]+ [0-9.]+ [0-9]+$' "$(cli --latency -i 0.1)"
export FAKETTY=1
expect_match 'min: [0-9]+, max: [0-9]+, avg: [0-9.]+ \([0-9]+ samples\) -- 0\.[0-9]+ seconds range' "$(first 2 --latency-history -i 0.1)"
unset FAKETTY
expect_match 'From 0 to 100%' "$(first 7 --latency-dist -i 0.1)"
expect_match 'Gets/sec \| Hits: [0-9]+ ' "$(first 1 --lru-test 100)"

# All the data, and the functions.
cli function load '#!lua name=library
redis.register_function("f", function(keys, arguments) return arguments[1] end)' >/dev/null
cli --rdb "$work/dump.rdb" >/dev/null 2>&1
expect REDIS "$(head -c 5 "$work/dump.rdb")"
redis-check-rdb "$work/dump.rdb" >"$work/report"
expect_match "RDB looks OK" "$(cat "$work/report")"
cli --functions-rdb "$work/functions.rdb" >/dev/null 2>&1
expect_match 'RDB looks OK' "$(redis-check-rdb "$work/functions.rdb")"

# Channels, and what is monitored.
stdbuf -oL redis-cli -p "$PORT" psubscribe 'news.*' >"$work/heard" &
listener=$!
stdbuf -oL redis-cli -p "$PORT" monitor >"$work/seen" &
monitor=$!
for _ in $(seq 600); do
  [ "$(cli pubsub numpat)" = 1 ] && grep -q OK "$work/seen" && break
  sleep 0.05
done
expect 1 "$(cli publish news.today hello)"
for _ in $(seq 600); do
  grep -q hello "$work/heard" && grep -q '"publish" "news.today" "hello"' "$work/seen" && break
  sleep 0.05
done
expect hello "$(tail -n 1 "$work/heard")"
kill "$listener" "$monitor"

# Users, and TLS.
cli acl setuser reader on '>secret' '~scanned:*' +get >/dev/null
expect 7 "$(REDISCLI_AUTH=secret redis-cli -p "$PORT" --user reader get scanned:7)"
expect_match NOPERM "$(cli --user reader --pass secret --no-auth-warning get input)"
expect_match NOPERM "$(cli -u "redis://reader:secret@127.0.0.1:$PORT" --no-auth-warning set scanned:7 x)"
expect 7 "$(redis-cli -h localhost -p "$TLS_PORT" --tls --cacert "$TLS_CERTIFICATE" get scanned:7)"
expect '[["f"]]' "$(redis-cli -u "rediss://localhost:$TLS_PORT" --cacert "$TLS_CERTIFICATE" --json eval 'return {{"f"}}' 0)"

# A terminal's, whose completion and help want the table of commands: the first command after a kill fails, those after it go on.
mkfifo "$work/input"
TERM=dumb script -qfec "redis-cli -p $PORT" /dev/null <"$work/input" >"$work/output" 2>&1 &
typist=$!
exec 3>"$work/input"
echo 'append typed xy' >&3
for _ in $(seq 600); do
  grep -q '(integer) 2' "$work/output" && break
  sleep 0.05
done
"$RESTART" 3>&-
echo 'ping' >&3
echo 'append typed z' >&3
echo 'help append' >&3
echo 'exit' >&3
exec 3>&-
wait "$typist"
expect_match '\(integer\) 3.*APPEND.*key value.*summary:' "$(tr -d '\r\n' <"$work/output")"
expect xyz "$(cli get typed)"
expect 77 "$(cli get scanned:77)"
expect x "$(cli fcall f 0 x)"
