# redis-rb: types, transactions, pipelines, channels, streams; it reconnects over a kill.
require 'redis'

def expect(wanted, got)
  raise "#{got.inspect} in place of #{wanted.inspect}" unless wanted == got
end

port = ENV['PORT'].to_i
redis = Redis.new(port: port, reconnect_attempts: 50, reconnect_delay: 0.1)
redis.flushall
expect true, redis.set('key', 'value', nx: true)
expect false, redis.set('key', 'other', nx: true)
redis.hset('hash', 'f', 'v', 'g', 'w')
expect({ 'f' => 'v', 'g' => 'w' }, redis.hgetall('hash'))
expect([1, 2, 2], redis.multi { |m| m.incr('n'); m.lpush('list', [1, 2]); m.zadd('zset', [[1, 'a'], [2, 'b']]) })
expect(['1', %w[2 1], [['a', 1.0], ['b', 2.0]]],
       redis.pipelined { |m| m.get('n'); m.lrange('list', 0, -1); m.zrange('zset', 0, -1, with_scores: true) })
redis.xgroup(:create, 'stream', 'group', '$', mkstream: true)
id = redis.xadd('stream', { field: 'value' })
expect({ 'stream' => [[id, { 'field' => 'value' }]] }, redis.xreadgroup('group', 'me', 'stream', '>'))
expect 1, redis.xack('stream', 'group', id)
expect 'value', redis.eval("return redis.call('GET', KEYS[1])", ['key'])
expect %w[list 2], redis.blpop('list', timeout: 1)
redis.mset(*(0...1000).flat_map { |i| ["scanned:#{i}", i] })
expect 1000, redis.scan_each(match: 'scanned:*').to_a.uniq.size

heard = Queue.new
subscriber = Thread.new do
  Redis.new(port: port).subscribe('news') do |on|
    on.subscribe { heard << :ready }
    on.message { |_, message| heard << message }
  end
end
expect :ready, heard.pop
redis.publish('news', 'hello')
expect 'hello', heard.pop
subscriber.kill

system(ENV['RESTART'], exception: true)
expect 'value', redis.get('key')
