import { request } from 'node:http'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { podView } from '../../src/cadvisor/pod-view.ts'
import { type CadvisorServer, startCadvisorServer } from '../../src/cadvisor/server.ts'
import type { EngineInfo } from '../../src/engine/engine.ts'
import type { Pod } from '../../src/kube/objects.ts'
import type { ContainerSnapshot, NodeSnapshot, PodSnapshot } from '../../src/metrics/snapshot.ts'

const fs = { capacityBytes: 1000, availableBytes: 400, usedBytes: 600, inodes: 100, inodesFree: 60, inodesUsed: 40 }

/** A container that used `cores` since `t` = 0; `t` in seconds. */
export const container = (name: string, t: number, cores: number, extra: Partial<ContainerSnapshot> = {}): ContainerSnapshot => ({
  ...{ name, id: `${name}-0123456789abcdef`, attempt: 0, cgroup: `/kubepods/pod-u1/${name}-id`, image: 'busybox', startedAt: 0 },
  sample: {
    at: t * 1000,
    cpu: { usageNanos: t * cores * 1e9, userNanos: 0, systemNanos: 0, throttling: { periods: t * 10, throttledPeriods: t * 5, throttledNanos: 1 } },
    memory: { usageBytes: 300, workingSetBytes: 200, rssBytes: 100, cacheBytes: 50 },
    io: { readBytes: t * 1000, writeBytes: t * 2000 },
    pids: { current: 5, processes: 2 },
  },
  limits: { cpuMilli: 500, memoryBytes: 1000 },
  requests: { cpuMilli: 250 },
  ...extra,
})

export const podSnapshot = (t: number, containers: readonly ContainerSnapshot[], extra: Partial<PodSnapshot> = {}): PodSnapshot => ({
  ...{ name: 'web', namespace: 'default', uid: 'u1', startedAt: 0, cgroup: '/kubepods/pod-u1', volumes: [], networkAt: t * 1000 },
  network: [{ name: 'eth0', rxBytes: t * 100, rxPackets: t, rxErrors: 0, rxDropped: 0, txBytes: t * 200, txPackets: t, txErrors: 0, txDropped: 0 }],
  containers,
  ...extra,
})

export const snapshot = (t: number, pods: readonly PodSnapshot[]): NodeSnapshot => ({
  nodeName: 'n1',
  machine: {
    ...{ cores: 2, memoryBytes: 4000, swapBytes: 0, hugepages: [], machineId: 'm', systemUuid: 's', bootId: 'b' },
    ...{ kernelVersion: '6', osImage: 'Debian', architecture: 'amd64', operatingSystem: 'linux' },
  },
  host: { cgroupVersion: 2, sockets: 1, physicalCores: 2, nodefsDevice: '/dev/vda1', imagefsDevice: '/dev/vda1', devices: new Map() },
  bootedAt: 0,
  stats: {
    at: t * 1000,
    cpu: { usageNanos: t * 1.5e9, idleNanos: 1, cores: new Map() },
    memory: {
      ...{ totalBytes: 4000, availableBytes: 3000, usageBytes: 1500, workingSetBytes: 1000, rssBytes: 800, pageFaults: 1, majorPageFaults: 0 },
      swap: { totalBytes: 0, usageBytes: 0 },
    },
    load: { load1: 0.5, load5: 0, load15: 0, runningTasks: 1, tasks: 70 },
    pids: { current: 70, limit: 1000 },
    network: {
      defaultInterface: 'ens1',
      interfaces: [{ name: 'ens1', rxBytes: t * 10, rxPackets: 0, rxErrors: 0, rxDropped: 0, txBytes: t * 20, txPackets: 0, txErrors: 0, txDropped: 0 }],
    },
    pressure: {},
  },
  usageNanoCores: undefined,
  nodefs: fs,
  imagefs: undefined,
  pods,
  agent: { startedAt: 0, cpuNanos: 0, rssBytes: 0 },
})

export const runningPod = (name: string, uid: string, containers: readonly string[] = ['c']): Pod => ({
  metadata: { name, namespace: 'default', uid, creationTimestamp: '1970-01-01T00:00:00Z' },
  spec: { containers: containers.map((each) => ({ name: each, image: 'busybox', resources: { limits: { memory: '1Mi' } } })) },
  status: {
    phase: 'Running',
    podIP: '10.0.0.1',
    containerStatuses: containers.map((each) => ({
      ...{ name: each, image: 'busybox', imageID: '', ready: true, restartCount: 0, containerID: `docker://${each}-0123456789abcdef` },
      state: { running: { startedAt: '1970-01-01T00:00:01Z' } },
    })),
  },
})

/** A page's server over pods and samples that the test sets. */
export class PageLab implements AsyncDisposable {
  readonly clock = new ManualClock(0)
  readonly pods = new Map<string, Pod>()
  readonly watched: number[] = []
  asked = 0
  now: NodeSnapshot = snapshot(0, [])
  server: CadvisorServer | undefined
  readonly engine: Pick<EngineInfo, 'name' | 'version'> = { name: 'docker', version: '20' }

  static async start(): Promise<PageLab> {
    const lab = new PageLab()
    const { pods, clock } = lab
    const view = (pod: Pod | undefined) => pod && podView(pod)
    lab.server = await startCadvisorServer({
      address: '127.0.0.1',
      port: 0,
      ownNames: ['n1'],
      clock,
      log: silentLogger,
      sources: {
        ...{ nodeName: 'n1', version: 'v1.32.0-test', engine: lab.engine, filesystems: [{ label: 'root', path: '/' }] },
        snapshot: () => lab.now,
        node: () => ({
          ...{ name: 'n1', bootedAt: 0, agentStartedAt: 0, version: 'v1', engine: 'docker 20', kernel: '6', os: 'Debian', architecture: 'amd64' },
          ...{ cores: 2, memoryBytes: 4000, maxProcesses: 1000, addresses: [], unschedulable: false, conditions: [] },
        }),
        pods: () => [...pods.values()].flatMap((pod) => view(pod) ?? []),
        pod: (uid) => view(pods.get(uid)),
        async actors() {
          lab.asked += 1
          return {
            hosts: [],
            mailbox: { delivered: 1, merged: 0, deadLetters: 0, restarts: 0, rehomed: 0, queued: 0, latency: { p50: 0, p99: 0, max: 0 } },
            actors: [],
            controllers: [],
          }
        },
        healthy: () => true,
        watched: (by) => void lab.watched.push(by),
      },
    })
    return lab
  }

  get url(): string {
    return `http://127.0.0.1:${this.server?.port}`
  }

  /** A sample at `t` seconds. */
  async sample(t: number, pods: readonly PodSnapshot[]): Promise<void> {
    await this.clock.advance(t * 1000 - this.clock.wall())
    this.now = snapshot(t, pods)
    this.server?.sampled()
  }

  set(pod: Pod): void {
    const uid = pod.metadata?.uid ?? ''
    this.pods.set(uid, pod)
    this.server?.podChanged(uid)
  }

  remove(uid: string): void {
    this.pods.delete(uid)
    this.server?.podChanged(uid)
  }

  /** The answer to a GET as JSON; fails on another status than 200. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into, field by field.
  async json(path: string): Promise<any> {
    const response = await fetch(this.url + path)
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  /** A GET with any headers, Host among them. */
  /** For a request line with exactly this target, which no client library has tidied up. */
  statusOf(target: string): Promise<number> {
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: this.server?.port, path: target, agent: false }, (response) => resolve(response.resume().statusCode ?? 0))
        .on('error', reject)
        .end()
    })
  }

  get(
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, unknown>> }> {
    return new Promise((resolve, reject) => {
      request(this.url + path, { headers }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
      })
        .on('error', reject)
        .end()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server?.[Symbol.asyncDispose]()
  }
}
