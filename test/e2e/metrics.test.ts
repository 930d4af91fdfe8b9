import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { busyboxImage } from '../support/images.ts'
import type { Kubectl } from '../support/kubectl.ts'
import { type Podsteward, startUp } from '../support/podsteward.ts'
import { testDockerSocket } from '../support/test-docker.ts'
import { waitUntil } from '../support/wait-until.ts'

let state = ''
let podsteward: Podsteward
let kubectl: Kubectl
const node = '/api/v1/nodes/e2e-node/proxy'
const raw = (path: string) => kubectl.ok(['get', '--raw', `${node}${path}`])

const pod = `
apiVersion: v1
kind: Pod
metadata: { name: metered, namespace: default }
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{ name: scratch, emptyDir: {} }]
  containers:
    - name: busy
      image: ${busyboxImage}
      command: [sh, -c, 'dd if=/dev/zero of=/layer bs=1M count=3; dd if=/dev/zero of=/scratch/f bs=1M count=2; while :; do :; done']
      resources: { requests: { cpu: 100m }, limits: { cpu: 200m, memory: 64Mi } }
      readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 }
      livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1000 }
      volumeMounts: [{ name: scratch, mountPath: /scratch }]
`

before(async () => {
  state = await mkdtemp(join(tmpdir(), 'psd-metrics-'))
  ;({ podsteward, kubectl } = await startUp(state))
  await kubectl.apply(pod)
})
after(async () => {
  await kubectl.run(['delete', 'pod', 'metered', '--ignore-not-found'])
  await podsteward[Symbol.asyncDispose]()
  await rm(state, { recursive: true, force: true })
})

interface Summary {
  readonly node: { readonly cpu: { readonly usageNanoCores: number }; readonly memory: { readonly workingSetBytes: number } }
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly uid: string }
    readonly network?: { readonly rxBytes: number }
    readonly volume?: readonly { readonly name: string; readonly usedBytes: number }[]
    readonly containers: readonly {
      readonly name: string
      readonly cpu: { readonly usageNanoCores?: number }
      readonly memory: { readonly workingSetBytes: number }
      readonly rootfs?: { readonly usedBytes: number }
      readonly logs?: { readonly usedBytes: number }
    }[]
  }[]
}

test('the summary tells what a pod uses: CPU at its limit, memory as Docker counts it, disk in its layer and volume', async () => {
  const seen = await waitUntil(
    'the pod in the summary with its disks',
    async () => {
      const found = (JSON.parse(await raw('/stats/summary')) as Summary).pods.find((each) => each.podRef.name === 'metered')
      const volume = found?.volume?.find((each) => each.name === 'scratch')
      const container = found?.containers[0]
      if (!found || container?.cpu.usageNanoCores === undefined) return undefined
      return (container.rootfs?.usedBytes ?? 0) > 3 << 20 && (volume?.usedBytes ?? 0) >= 2 << 20 ? { found, container } : undefined
    },
    { timeoutMs: 90_000, seen: () => raw('/stats/summary') },
  )
  const cores = (seen.container.cpu.usageNanoCores ?? 0) / 1e9
  assert.ok(cores > 0.05 && cores < 0.35, `${cores} cores with a limit of 0.2`)
  assert.ok((seen.found.network?.rxBytes ?? -1) >= 0)
  const docker = (...args: string[]) => execFileSync('docker', ['-H', `unix://${testDockerSocket()}`, ...args], { encoding: 'utf8' }).trim()
  const id = docker('ps', '-q', '--filter', `label=io.kubernetes.pod.uid=${seen.found.podRef.uid}`, '--filter', 'label=io.kubernetes.container.name=busy')
  const said = /^([\d.]+)(KiB|MiB)/.exec(docker('stats', '--no-stream', '--format', '{{.MemUsage}}', id))
  const bytes = Number(said?.[1]) * (said?.[2] === 'KiB' ? 1024 : 1024 ** 2)
  // Docker leaves out the inactive file cache as the working set does.
  assert.ok(Math.abs(bytes - seen.container.memory.workingSetBytes) < 4 << 20, `Docker: ${bytes}, the summary: ${seen.container.memory.workingSetBytes}`)
})

for (const [path, wanted] of [
  ['/metrics', /^kubelet_running_pods \d+$/m],
  ['/metrics/cadvisor', /^container_cpu_usage_seconds_total\{container="busy",.*pod="metered",cpu="total"\} [\d.e+-]+ \d+$/m],
  ['/metrics/resource', /^container_memory_working_set_bytes\{container="busy",namespace="default",pod="metered"\} \d+ \d+$/m],
  ['/metrics/probes', /^prober_probe_total\{container="busy",namespace="default",pod="metered",pod_uid=".*",probe_type="Liveness",result="failed"\} [1-9]/m],
] as const) {
  test(`${path} is what Prometheus reads, and promtool has nothing to say of it`, async () => {
    const text = await waitUntil(`${wanted} in ${path}`, async () => {
      const body = await raw(path)
      return wanted.test(body) && body
    })
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
    assert.deepEqual([checked.status, checked.stdout, checked.stderr], [0, '', ''])
  })
}

/** What the panels and rules of kubernetes-mixin ask of a kubelet, as series that must be there once a pod has started. */
const boardSeries = [
  'kubelet_node_name{node="e2e-node"}',
  'kubelet_running_containers{container_state="running"}',
  'kubelet_runtime_operations_total{operation_type="start_container"}',
  'kubelet_runtime_operations_duration_seconds_bucket{le="+Inf",operation_type="run_podsandbox"}',
  'kubelet_pod_start_duration_seconds_bucket{le="3600"}',
  'kubelet_pod_start_sli_duration_seconds_count',
  'kubelet_pod_worker_duration_seconds_bucket{le="10",operation_type="create"}',
  'kubelet_pleg_relist_duration_seconds_bucket{le="10"}',
  'kubelet_started_pods_total',
  'kubelet_started_containers_total{container_type="container"}',
  'volume_manager_total_volumes{plugin_name="kubernetes.io/empty-dir",state="actual_state_of_world"}',
  'volume_manager_total_volumes{plugin_name="kubernetes.io/empty-dir",state="desired_state_of_world"}',
  'storage_operation_duration_seconds_count{volume_plugin="kubernetes.io/empty-dir",operation_name="volume_mount",status="success",migrated="false"}',
  'volume_operation_total_seconds_count{plugin_name="kubernetes.io/empty-dir",operation_name="overall_volume_mount"}',
  'kubelet_cgroup_manager_duration_seconds_count{operation_type="create"}',
  'kubelet_http_requests_total{method="GET",path="metrics",server_type="readwrite",long_running="false"}',
  'process_resident_memory_bytes',
  'process_cpu_seconds_total',
]

test('a kubelet’s boards find their series in /metrics, each above zero', async () => {
  const found = await waitUntil('the series', async () => {
    const lines = (await raw('/metrics')).split('\n')
    const above = (series: string) => lines.some((line) => line.startsWith(`${series} `) && Number(line.slice(series.length)) > 0)
    const missing = boardSeries.filter((series) => !above(series))
    return missing.length === 0 && lines
  })
  const answered = (method: string, code: number) =>
    found.find((line) => line.startsWith(`rest_client_requests_total{code="${code}",`) && line.includes(`method="${method}"`))
  assert.match(answered('PATCH', 200) ?? '', / [1-9]\d*$/)
})

test('the configuration in effect is in /configz, what runs in /runningpods', async () => {
  const { kubeletconfig } = JSON.parse(await raw('/configz')) as { kubeletconfig: Record<string, unknown> }
  assert.deepEqual([kubeletconfig.kind, kubeletconfig.maxPods, kubeletconfig.nodeStatusUpdateFrequency], ['KubeletConfiguration', 110, '10s'])
  const { items } = JSON.parse(await raw('/runningpods')) as { items: { metadata: { name: string }; spec: { containers: { name: string }[] } }[] }
  assert.deepEqual(
    items.find((each) => each.metadata.name === 'metered')?.spec.containers.map((each) => each.name),
    ['busy'],
  )
})

test('kubectl top shows nodes, pods and containers, from metrics.k8s.io as metrics-server serves it', async () => {
  const words = (line: string | undefined) => (line ?? '').trim().split(/\s+/)
  const row = await waitUntil('the pod in kubectl top', async () => {
    const { code, stdout } = await kubectl.run(['top', 'pod', 'metered', '--containers', '--no-headers'])
    return code === 0 && words(stdout)
  })
  const [pod, container, cpu = '', memory = ''] = row
  assert.deepEqual([pod, container], ['metered', 'busy'])
  const millis = Number(/^(\d+)m$/.exec(cpu)?.[1])
  assert.ok(millis > 50 && millis < 350, `${cpu} with a limit of 200m`)
  assert.match(memory, /^\d+Mi$/)
  const [name, ...node] = words(await kubectl.ok(['top', 'node', '--no-headers']))
  assert.equal(name, 'e2e-node')
  assert.match(node.join(' '), /^\d+m \d+% \d+Mi \d+%$/)
  const shown = (await kubectl.ok(['get', 'podmetrics', '-A'])).split('\n')
  assert.deepEqual(words(shown[0]), ['NAMESPACE', 'NAME', 'CPU', 'MEMORY', 'WINDOW'])
  assert.match(shown[1] ?? '', /^default +metered +\S+ +\S+ +10s$/)
  assert.match(await kubectl.ok(['api-resources', '--api-group', 'metrics.k8s.io']), /nodes +metrics\.k8s\.io\/v1beta1 +false +NodeMetrics/)
  assert.match((await kubectl.run(['top', 'pod', '-l', 'app=none'])).stderr, /No resources found/)
})
