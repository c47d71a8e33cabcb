// ioredis: types, pipelines, transactions, blocking, channels, scripts, streams; it reconnects over a kill.
const assert = require('node:assert');
const Redis = require('ioredis');
const { port, restart, until } = require('./common');

(async () => {
  const redis = new Redis(port);
  redis.on('error', () => {});
  await redis.flushall();
  assert.strictEqual(await redis.set('key', 'value', 'PX', 100_000, 'NX'), 'OK');
  assert.strictEqual(await redis.set('key', 'other', 'NX'), null);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await redis.set('bytes', bytes);
  assert.deepStrictEqual(await redis.getBuffer('bytes'), bytes);
  await redis.hset('hash', { a: '1', b: '2' });
  assert.deepStrictEqual(await redis.hgetall('hash'), { a: '1', b: '2' });
  const answers = await redis.pipeline().incr('n').lpush('list', 1, 2).zadd('zset', 1, 'a', 2, 'b').get('hash').exec();
  assert.deepStrictEqual(answers.slice(0, 3), [[null, 1], [null, 2], [null, 2]]);
  assert.match(answers[3][0].message, /^WRONGTYPE/);
  assert.deepStrictEqual(await redis.multi().incr('n').zrange('zset', 0, -1, 'WITHSCORES').exec(),
    [[null, 2], [null, ['a', '1', 'b', '2']]]);

  const other = redis.duplicate();
  await other.watch('n');
  await redis.incr('n');
  assert.strictEqual(await other.multi().incr('n').exec(), null);
  const popped = other.brpop('queue', 0);
  await redis.lpush('queue', 'element');
  assert.deepStrictEqual(await popped, ['queue', 'element']);

  redis.defineCommand('both', { numberOfKeys: 1, lua: "return {redis.call('GET', KEYS[1]), ARGV[1]}" });
  assert.deepStrictEqual(await redis.both('key', 'argument'), ['value', 'argument']);

  const subscriber = redis.duplicate();
  const heard = [];
  subscriber.on('pmessage', (pattern, channel, message) => heard.push([pattern, channel, message]));
  await subscriber.psubscribe('news.*');
  await redis.publish('news.today', 'hello');
  await until(() => heard.length === 1, 'a message comes');
  assert.deepStrictEqual(heard[0], ['news.*', 'news.today', 'hello']);

  await redis.xgroup('CREATE', 'stream', 'group', '$', 'MKSTREAM');
  const id = await redis.xadd('stream', '*', 'field', 'value');
  const read = await redis.xreadgroup('GROUP', 'group', 'me', 'COUNT', 10, 'STREAMS', 'stream', '>');
  assert.deepStrictEqual(read, [['stream', [[id, ['field', 'value']]]]]);
  assert.strictEqual(await redis.xack('stream', 'group', id), 1);

  const names = [];
  for (let i = 0; i < 1000; i++) names.push('scanned:' + i);
  await redis.mset(...names.flatMap(name => [name, 'x']));
  const found = new Set();
  for await (const keys of redis.scanStream({ match: 'scanned:*', count: 100 })) keys.forEach(key => found.add(key));
  assert.strictEqual(found.size, 1000);

  restart();
  assert.strictEqual(await redis.get('key'), 'value');
  await until(async () => (await redis.publish('news.again', 'back')) === 1, 'the subscriber is back');
  await until(() => heard.length >= 2, 'a message comes after the kill');
  process.exit(0);
})();
