import { readdirSync, readFileSync } from 'node:fs'
import type { Registry } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'

/** What Prometheus' own clients tell of their process; read when it is asked for. Memory in bytes, times in seconds. */
export function processMetrics(registry: Registry): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss())
  gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', () => 1024 * Number(/^VmSize:\s+(\d+) kB$/m.exec(read('status'))?.[1]))
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => performance.timeOrigin / 1000)
  gauge('process_open_fds', 'Number of open file descriptors.', () => readdirSync('/proc/self/fd').length)
  gauge('process_max_fds', 'Maximum number of open file descriptors.', () =>
    Number(/^Max open files\s+(\d+)/m.exec(read('limits'))?.[1] ?? Number.POSITIVE_INFINITY),
  )
}

const read = (file: string): string => readFileSync(`/proc/self/${file}`, 'utf8')
