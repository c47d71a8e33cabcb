// node-redis in RESP2 and RESP3, and over TLS: types, transactions, pools, channels, scripts, client-side caching; it reconnects over a kill.
const assert = require('node:assert');
const { createClient } = require('redis');
const { port, tls, restart, until } = require('./common');

const plain = { url: 'redis://127.0.0.1:' + port };
const encrypted = { url: 'rediss://localhost:' + tls.port, socket: { ca: tls.certificate } };

async function play(server, RESP) {
  const client = createClient({ ...server, RESP });
  client.on('error', () => {});
  await client.connect();
  await client.flushAll();
  assert.strictEqual(await client.set('key', 'value', { EX: 100 }), 'OK');
  await client.hSet('hash', { a: '1', b: '2' });
  assert.deepStrictEqual({ ...(await client.hGetAll('hash')) }, { a: '1', b: '2' });
  await client.zAdd('zset', [{ score: 1.5, value: 'a' }, { score: 2, value: 'b' }]);
  assert.deepStrictEqual(await client.zRangeWithScores('zset', 0, -1), [{ value: 'a', score: 1.5 }, { value: 'b', score: 2 }]);
  assert.deepStrictEqual(await client.multi().incr('n').get('key').exec(), [1, 'value']);
  await assert.rejects(client.lPush('key', 'x'), /WRONGTYPE/);

  const answers = await Promise.all(Array.from({ length: 2000 }, () => client.incr('counter')));
  assert.strictEqual(answers.at(-1), 2000);
  await Promise.all(Array.from({ length: 1000 }, (_, i) => client.set('scanned:' + i, 'x')));
  let found = 0;
  for await (const keys of client.scanIterator({ MATCH: 'scanned:*', COUNT: 50 })) found += keys.length;
  assert.ok(found >= 1000);

  const subscriber = client.duplicate();
  subscriber.on('error', () => {});
  await subscriber.connect();
  const heard = [];
  await subscriber.subscribe('news', message => heard.push(message));
  await client.publish('news', 'hello');
  await until(() => heard.length === 1, 'a message comes');
  assert.deepStrictEqual(await client.eval('return {KEYS[1], ARGV[1], 3}', { keys: ['k'], arguments: ['a'] }), ['k', 'a', 3]);
  await client.xAdd('stream', '*', { field: 'value' });
  const [entry] = await client.xRange('stream', '-', '+');
  assert.strictEqual({ ...entry.message }.field, 'value');

  restart();
  // What is under way when a connection breaks is refused, not sent again.
  await until(() => client.get('key').then(value => value === 'value', () => false), 'the client is back');
  await until(() => client.publish('news', 'back').then(heard => heard === 1, () => false), 'the subscriber is back');
  client.destroy();
  subscriber.destroy();
}

async function cache() {
  const cached = createClient({ ...plain, RESP: 3, clientSideCache: { ttl: 0, maxEntries: 100, evictPolicy: 'LRU' } });
  const writer = createClient(plain);
  await cached.connect();
  await writer.connect();
  await writer.set('cached', '0');
  for (let i = 1; i <= 200; i++) {
    await cached.get('cached');
    await writer.set('cached', '' + i);
    await until(async () => (await cached.get('cached')) === '' + i, 'the copy is given up');
  }
  cached.destroy();
  writer.destroy();
}

(async () => {
  await play(plain, 2);
  await play(plain, 3);
  await play(encrypted, 3);
  await cache();
  process.exit(0);
})();
