<?php
// phpredis, its sessions, and Predis.
require 'Predis/autoload.php';

function expect($wanted, $got) {
    if ($wanted !== $got) {
        throw new Exception(json_encode($got) . ' in place of ' . json_encode($wanted));
    }
}

$port = (int) getenv('PORT');
$redis = new Redis();
$redis->connect('127.0.0.1', $port);
$redis->flushAll();
expect(true, $redis->set('key', 'value', ['nx', 'ex' => 100]));
expect(false, $redis->set('key', 'other', ['nx']));
$redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
$redis->set('object', ['a' => [1, 2]]);
expect(['a' => [1, 2]], $redis->get('object'));
$redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_NONE);
expect([1, 1, 2], $redis->multi()->incr('n')->hSet('hash', 'f', 'v')->zAdd('zset', 1, 'a', 2, 'b')->exec());
expect(['1', ['f' => 'v'], ['a' => 1.0, 'b' => 2.0]],
    $redis->pipeline()->get('n')->hGetAll('hash')->zRange('zset', 0, -1, true)->exec());
expect(['key', 'x', 'value'], $redis->eval("return {KEYS[1], ARGV[1], redis.call('GET', KEYS[1])}", ['key', 'x'], 1));
$redis->lPush('list', 1, 2, 3);
expect(['list', '1'], $redis->brPop(['list'], 1));
$id = $redis->xAdd('stream', '*', ['field' => 'value']);
expect(['stream' => [$id => ['field' => 'value']]], $redis->xRead(['stream' => '0']));
$all = [];
for ($i = 0; $i < 1000; $i++) {
    $all["scanned:$i"] = $i;
}
$redis->mSet($all);
$found = [];
$cursor = null;
while (($keys = $redis->scan($cursor, 'scanned:*', 100)) !== false) {
    $found = array_merge($found, $keys);
}
expect(1000, count(array_unique($found)));

ini_set('session.save_handler', 'redis');
ini_set('session.save_path', "tcp://127.0.0.1:$port?prefix=session:");
ini_set('redis.session.locking_enabled', '1');
ini_set('session.use_cookies', '0');
session_id('one');
session_start();
$_SESSION['n'] = 5;
session_write_close();
expect('n|i:5;', $redis->get('session:one'));
expect(0, $redis->exists('session:one_LOCK'));

$predis = new Predis\Client(['port' => $port, 'read_write_timeout' => 60]);
expect('OK', $predis->set('predis', 1)->getPayload());
expect(['1', null], $predis->mget('predis', 'nothing'));
expect([2, '2'], $predis->transaction(function ($t) { $t->incr('predis'); $t->get('predis'); }));
expect(1000, count(iterator_to_array(new Predis\Collection\Iterator\Keyspace($predis, 'scanned:*'), false)));

exec(getenv('RESTART'), $lines, $code);
expect(0, $code);
$again = new Redis();
$again->connect('127.0.0.1', $port);
expect('value', $again->get('key'));
