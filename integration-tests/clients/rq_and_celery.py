"""RQ and Celery: jobs that succeed, fail, depend on each other, and are tried again."""
import os
import subprocess
import sys
import time

import redis
import rq
from celery import Celery, chain, chord, group

port = os.environ['PORT']
app = Celery('jobs', broker=f'redis://127.0.0.1:{port}/1', backend=f'redis://127.0.0.1:{port}/2')


@app.task(name='add')
def add(x, y):
    return x + y


@app.task(name='total')
def total(numbers):
    return sum(numbers)


@app.task(name='again', bind=True, max_retries=3, default_retry_delay=0.1)
def again(self, number):
    if self.request.retries < 2:
        raise self.retry()
    return number


def twice(number):
    if number < 0:
        raise ValueError('negative')
    return 2 * number


def play_rq():
    connection = redis.Redis(port=int(port))
    queue = rq.Queue('jobs', connection=connection)
    module = sys.modules[twice.__module__]
    sys.modules['rq_and_celery'] = module
    twice.__module__ = 'rq_and_celery'
    jobs = [queue.enqueue(twice, number) for number in range(20)]
    bad = queue.enqueue(twice, -1)
    behind = queue.enqueue(twice, 100, depends_on=jobs[0])
    rq.SimpleWorker([queue], connection=connection).work(burst=True, logging_level='ERROR')
    assert [job.result for job in jobs] == [2 * number for number in range(20)]
    assert bad.get_status() == 'failed' and behind.result == 200


def play_celery():
    worker = subprocess.Popen(
        [sys.executable, '-m', 'celery', '-A', 'rq_and_celery', 'worker', '--pool=threads',
         '--concurrency=4', '--loglevel=critical'], cwd=os.path.dirname(os.path.abspath(__file__)))
    try:
        results = [add.delay(i, i) for i in range(50)]
        assert sum(result.get(timeout=60) for result in results) == 2450
        assert chord([add.s(i, i) for i in range(10)])(total.s()).get(timeout=60) == 90
        assert chain(add.s(1, 2), add.s(3)).delay().get(timeout=60) == 6
        assert group(add.s(i, 1) for i in range(5)).delay().get(timeout=60) == [1, 2, 3, 4, 5]
        assert again.delay(5).get(timeout=60) == 5
        begun = time.monotonic()
        assert add.apply_async((1, 2), countdown=1).get(timeout=60) == 3
        assert time.monotonic() - begun >= 1
        # Before the interpreter's end, where their connections can't be told any more.
        del results
    finally:
        worker.terminate()
        worker.wait()


if __name__ == '__main__':
    play_rq()
    play_celery()
