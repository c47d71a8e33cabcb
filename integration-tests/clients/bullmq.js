// BullMQ's queues: retries, delays, priorities, flows, schedulers, rate limits; no job lost or done twice, over a kill of the server too.
const assert = require('node:assert');
const { Queue, Worker, QueueEvents, FlowProducer } = require('bullmq');
const { connection, restart, until } = require('./common');

const JOBS = 2000;

(async () => {
  const queue = new Queue('jobs', { connection });
  const events = new QueueEvents('jobs', { connection });
  await events.waitUntilReady();
  const told = { completed: 0, failed: 0 };
  for (const what of Object.keys(told)) events.on(what, () => told[what]++);

  const done = new Map();
  const tries = new Map();
  const worker = new Worker('jobs', async job => {
    if (job.name === 'bad') throw new Error('never');
    if (job.name === 'again') {
      tries.set(job.id, (tries.get(job.id) ?? 0) + 1);
      if (tries.get(job.id) < 3) throw new Error('once more');
    }
    await job.updateProgress(50);
    done.set(job.id, (done.get(job.id) ?? 0) + 1);
    return { number: job.data.number };
  }, { connection, concurrency: 20 });
  worker.on('error', () => {});

  const bulk = (name, count, options) =>
    queue.addBulk(Array.from({ length: count }, (_, number) => ({ name, data: { number }, opts: options(number) })));
  for (let added = 0; added < JOBS; added += 100) await bulk('plain', 100, () => ({}));
  await bulk('again', 20, () => ({ attempts: 3, backoff: { type: 'exponential', delay: 20 } }));
  await bulk('bad', 5, () => ({}));
  await bulk('late', 20, number => ({ delay: 300 + 10 * number }));
  await bulk('first', 20, number => ({ priority: 1 + number % 3 }));
  await queue.add('plain', {}, { jobId: 'the same' });
  await queue.add('plain', {}, { jobId: 'the same' });

  const wanted = JOBS + 61;
  await until(() => done.size === wanted, 'all jobs are done');
  await until(() => told.completed === wanted && told.failed >= 5, 'all jobs are told of');
  assert.deepStrictEqual([...done.values()].filter(times => times > 1), []);
  const counts = await queue.getJobCounts();
  assert.strictEqual(counts.completed, wanted);
  assert.strictEqual(counts.failed, 5);

  const flow = new FlowProducer({ connection });
  const child = number => ({ name: 'plain', queueName: 'jobs', data: { number } });
  let children;
  const parents = new Worker('parents', async job => { children = await job.getChildrenValues(); }, { connection });
  parents.on('error', () => {});
  await flow.add({ name: 'parent', queueName: 'parents', children: [child(1), child(2)] });
  await until(() => children, 'the parent is done');
  assert.deepStrictEqual(Object.values(children).map(each => each.number).sort(), [1, 2]);

  const before = done.size;
  await queue.upsertJobScheduler('often', { every: 100 }, { name: 'plain', data: {} });
  await until(() => done.size >= before + 5, 'a job is repeated');
  await queue.removeJobScheduler('often');

  const limited = new Queue('limited', { connection });
  let passed = 0;
  const slow = new Worker('limited', async () => { passed++; }, { connection, limiter: { max: 5, duration: 60_000 } });
  slow.on('error', () => {});
  await limited.addBulk(Array.from({ length: 20 }, () => ({ name: 'plain', data: {} })));
  await until(() => passed === 5, 'as many as the limit allows are done');
  await new Promise(resolve => setTimeout(resolve, 500));
  assert.strictEqual(passed, 5);

  // What was added before a kill is done behind it; each job's effect is noted by its id.
  await queue.pause();
  await bulk('plain', 500, number => ({ jobId: 'kept ' + number }));
  restart();
  await queue.resume();
  await until(() => [...done.keys()].filter(id => id.startsWith('kept')).length === 500, 'jobs survive a kill');
  process.exit(0);
})();
