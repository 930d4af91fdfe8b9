import { test } from 'node:test'
import { Registry } from 'prom-client'
import { HttpMetrics } from '../../src/metrics/http-metrics.ts'
import { has } from './has-line.ts'

test('requests are counted by their path’s root and are in flight until they end; what a caller makes up is “other”', async () => {
  const registry = new Registry()
  const http = new HttpMetrics(registry)
  const end = http.begin({ method: 'GET', path: '/metrics/cadvisor', server: 'readwrite' })
  http.begin({ method: 'POST', path: '/exec/ns/pod/c', server: 'readwrite' })
  for (const path of ['/made/up', '/another']) http.begin({ method: 'BREW', path, server: 'readonly' })()
  const of = (path: string, method = 'GET', server = 'readwrite', long = false) =>
    `{method="${method}",path="${path}",server_type="${server}",long_running="${long}"}`
  let text = await registry.metrics()
  has(text, `kubelet_http_requests_total${of('metrics/cadvisor')} 1`)
  has(text, `kubelet_http_inflight_requests${of('metrics/cadvisor')} 1`)
  has(text, `kubelet_http_inflight_requests${of('exec', 'POST', 'readwrite', true)} 1`)
  has(text, `kubelet_http_requests_total${of('other', 'other', 'readonly')} 2`)
  end()
  text = await registry.metrics()
  has(text, `kubelet_http_inflight_requests${of('metrics/cadvisor')} 0`)
  has(text, `kubelet_http_requests_duration_seconds_count${of('metrics/cadvisor')} 1`)
})
