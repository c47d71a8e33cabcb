"""redis-py: types, pipelines, locks, channels, streams, functions; it reconnects over a kill."""
import os
import subprocess
import threading

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

port = int(os.environ['PORT'])


def client(**more):
    retry = Retry(ConstantBackoff(0.1), 100)
    return redis.Redis(port=port, retry=retry, retry_on_error=[redis.ConnectionError], **more)


r = client()
r.flushall()
assert r.set('key', 'value', nx=True) and not r.set('key', 'other', nx=True)
assert r.set('bytes', bytes(range(256))) and r.get('bytes') == bytes(range(256))
assert r.incrbyfloat('float', 1.5) == 1.5
pipe = r.pipeline(transaction=True)
pipe.incr('n').lpush('list', 1, 2, 3).zadd('zset', {'a': 1, 'b': 2}).hset('hash', mapping={'f': 'v'})
assert pipe.execute() == [1, 3, 2, 1]

with r.pipeline() as pipe:
    pipe.watch('n')
    client().incr('n')
    pipe.multi()
    pipe.incr('n')
    try:
        pipe.execute()
        raise AssertionError('a watched key was changed')
    except redis.WatchError:
        pass

inside = []


def enter():
    with client().lock('lock', timeout=30):
        inside.append(len(inside))


with r.lock('lock', timeout=30) as lock:
    threads = [threading.Thread(target=enter) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert not inside
    lock.extend(10)
for thread in threads:
    thread.join()
assert inside == list(range(5))

listener = r.pubsub()
listener.psubscribe('news.*')
assert listener.get_message(timeout=10)['type'] == 'psubscribe'
r.publish('news.today', 'hello')
assert listener.get_message(timeout=10)['data'] == b'hello'

r.xgroup_create('stream', 'group', '0', mkstream=True)
entry = r.xadd('stream', {'field': 'value'})
assert r.xreadgroup('group', 'me', {'stream': '>'}) == [[b'stream', [(entry, {b'field': b'value'})]]]
assert r.xpending('stream', 'group')['pending'] == 1 and r.xack('stream', 'group', entry) == 1
assert r.register_script('return {KEYS[1], ARGV[1]}')(keys=['k'], args=['a']) == [b'k', b'a']
r.function_load("#!lua name=library\nredis.register_function('f', function(keys, arguments) return arguments[1] end)", replace=True)
assert r.fcall('f', 0, 'x') == b'x'

r.mset({f'scanned:{i}': i for i in range(1000)})
assert len(set(r.scan_iter('scanned:*', count=100))) == 1000
big = r.pipeline(transaction=False)
for i in range(200):
    big.set(f'big:{i}', bytes(50_000)).get(f'big:{i}')
assert big.execute()[1::2] == [bytes(50_000)] * 200
assert r.restore('copy', 0, r.dump('zset')) and r.zscore('copy', 'b') == 2
assert r.bzpopmin('zset', 1) == (b'zset', b'a', 1.0)

subprocess.run([os.environ['RESTART']], check=True)
assert r.get('key') == b'value'
assert r.fcall('f', 0, 'x') == b'x'
