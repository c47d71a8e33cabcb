# Sidekiq: a worker of its own does jobs, notes those that fail, and takes up those that are due.
require 'sidekiq'
require 'sidekiq/api'

at = { url: "redis://127.0.0.1:#{ENV['PORT']}/3" }
Sidekiq.configure_server { |config| config.redis = at }
Sidekiq.configure_client { |config| config.redis = at }

class Job
  include Sidekiq::Worker
  sidekiq_options retry: 2

  def perform(number)
    raise 'bad luck' if number == 13

    Sidekiq.redis { |redis| redis.incr('done') }
  end
end

if $PROGRAM_NAME == __FILE__
  Sidekiq.redis(&:flushdb)
  worker = spawn('sidekiq', '-r', __FILE__, '-c', '5', out: File::NULL, err: File::NULL)
  begin
    100.times { |number| Job.perform_async(number) }
    Job.perform_in(1, 200)
    stats = nil
    600.times do
      stats = Sidekiq::Stats.new
      break if Sidekiq.redis { |redis| redis.get('done') }.to_i == 100 && stats.retry_size == 1

      sleep 0.1
    end
    raise "not all jobs were done: #{stats.inspect}" unless stats.retry_size == 1 && stats.enqueued.zero?
    raise 'done twice' unless Sidekiq.redis { |redis| redis.get('done') } == '100'
  ensure
    Process.kill('TERM', worker)
    Process.wait(worker)
  end
end
