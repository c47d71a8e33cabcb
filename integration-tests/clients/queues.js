// Bull, Bee-Queue, rate-limiter-flexible and Redlock: what lives by scripts of its own.
const assert = require('node:assert');
const Bull = require('bull');
const BeeQueue = require('bee-queue');
const Redis = require('ioredis');
const { RateLimiterRedis } = require('rate-limiter-flexible');
const { default: Redlock } = require('redlock');
const { port, until } = require('./common');

async function bull() {
  const queue = new Bull('bull', { redis: { port } });
  const done = new Set();
  queue.process(10, async job => { done.add(job.id); });
  await queue.addBulk(Array.from({ length: 500 }, (_, number) => ({ data: { number }, opts: { delay: number % 5 * 20 } })));
  await until(() => done.size === 500, 'Bull has done all jobs');
}

async function beeQueue() {
  const queue = new BeeQueue('bee', { redis: { port }, activateDelayedJobs: true });
  await queue.ready();
  const done = new Set();
  queue.process(10, async job => { done.add(job.id); });
  for (let number = 0; number < 200; number++) {
    await queue.createJob({ number }).delayUntil(Date.now() + number % 3 * 50).save();
  }
  await until(() => done.size === 200, 'Bee-Queue has done all jobs');
}

async function limiter(redis) {
  const limiter = new RateLimiterRedis({ storeClient: redis, points: 5, duration: 60 });
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => limiter.consume('somebody')));
  assert.strictEqual(tries.filter(each => each.status === 'fulfilled').length, 5);
}

async function locks(redis) {
  const redlock = new Redlock([redis], { retryCount: 200, retryDelay: 10 });
  let inside = 0;
  let counted = 0;
  await Promise.all(Array.from({ length: 20 }, () => redlock.using(['lock'], 5000, async () => {
    assert.strictEqual(++inside, 1);
    await new Promise(resolve => setTimeout(resolve, 2));
    counted++;
    inside--;
  })));
  assert.strictEqual(counted, 20);
}

(async () => {
  const redis = new Redis(port);
  await redis.flushall();
  await bull();
  await beeQueue();
  await limiter(redis);
  await locks(redis);
  process.exit(0);
})();
