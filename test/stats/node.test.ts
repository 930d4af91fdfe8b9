import assert from 'node:assert/strict'
import { cpus, totalmem } from 'node:os'
import { test } from 'node:test'
import { filesystemStats } from '../../src/stats/filesystem.ts'
import { goArchitecture, machineInfo, parseOsRelease } from '../../src/stats/machine-info.ts'
import { readNodeStats, readPodNetwork } from '../../src/stats/node-stats.ts'
import { treeOf } from './cgroup-tree.ts'

const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:1000 10 1 0 0 0 0 0 2000 20 2 0 0 0 0 0
`

const procFiles = {
  stat: 'cpu  10 1 5 100 4 2 3 9 0 0\ncpu0 6 1 3 50 2 1 2 5 0 0\ncpu3 4 0 2 50 2 1 1 4 0 0\nintr 1 2\nctxt 5\n',
  meminfo:
    'MemTotal:        1000 kB\nMemFree:          300 kB\nMemAvailable:     600 kB\nInactive(file):   200 kB\nAnonPages:        150 kB\nSwapTotal:        50 kB\nSwapFree:         20 kB\nHugePages_Total:       7\n',
  vmstat: 'nr_free_pages 1\npgfault 55\npgmajfault 6\n',
  loadavg: '0.50 0.25 0.10 2/345 6789\n',
  'sys/kernel/pid_max': '32768\n',
  'sys/kernel/threads-max': '1000\n',
  'net/dev': netDev,
  'net/route':
    'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\nvdo\t0011A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\neth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\n',
  'pressure/memory': 'some avg10=1.50 avg60=0.20 avg300=0.03 total=99\nfull avg10=0.50 avg60=0.10 avg300=0.00 total=44\n',
  '77/net/dev': netDev,
}

test('the node is read from procfs', async (t) => {
  const procRoot = await treeOf(t, procFiles)
  const stats = readNodeStats({ now: 5, procRoot })
  assert.deepEqual(stats.cpu, {
    usageNanos: 210_000_000,
    idleNanos: 1_040_000_000,
    cores: new Map([
      [0, { usageNanos: 130_000_000, idleNanos: 520_000_000 }],
      [3, { usageNanos: 80_000_000, idleNanos: 520_000_000 }],
    ]),
  })
  assert.deepEqual(stats.memory, {
    totalBytes: 1000 * 1024,
    usageBytes: 700 * 1024,
    workingSetBytes: 500 * 1024,
    availableBytes: 500 * 1024,
    rssBytes: 150 * 1024,
    pageFaults: 55,
    majorPageFaults: 6,
    swap: { totalBytes: 50 * 1024, usageBytes: 30 * 1024 },
  })
  assert.deepEqual(stats.load, { load1: 0.5, load5: 0.25, load15: 0.1, runningTasks: 2, tasks: 345 })
  assert.deepEqual(stats.pids, { current: 345, limit: 1000 })
  const eth0 = { name: 'eth0', rxBytes: 1000, rxPackets: 10, rxErrors: 1, rxDropped: 0, txBytes: 2000, txPackets: 20, txErrors: 2, txDropped: 0 }
  assert.deepEqual(stats.network, { defaultInterface: 'eth0', interfaces: [eth0] })
  assert.deepEqual(stats.pressure, {
    cpu: undefined,
    io: undefined,
    memory: { some: { avg10: 1.5, avg60: 0.2, avg300: 0.03, totalMicros: 99 }, full: { avg10: 0.5, avg60: 0.1, avg300: 0, totalMicros: 44 } },
  })
  assert.deepEqual(readPodNetwork(77, procRoot), [eth0])
  assert.equal(readPodNetwork(78, procRoot), undefined)
})

test('this machine agrees with what Node knows of it', () => {
  const info = machineInfo()
  assert.equal(info.cores, cpus().length)
  assert.equal(info.memoryBytes, totalmem())
  assert.match(info.bootId, /^[0-9a-f-]{36}$/)
  const stats = readNodeStats({ now: 0 })
  assert.equal(stats.cpu.cores.size, info.cores)
  assert.ok(stats.memory.workingSetBytes > 0 && stats.memory.availableBytes < info.memoryBytes)
})

test('a machine without firmware tables, hugepages or swap is described all the same', async (t) => {
  const root = await treeOf(t, {
    'proc/stat': 'cpu  1 1\ncpu0 1 1\ncpu1 1 1\n',
    'proc/meminfo': 'MemTotal: 10 kB\n',
    'proc/sys/kernel/osrelease': '6.1.0\n',
    'var/lib/dbus/machine-id': 'abc\n',
    'usr/lib/os-release': 'NAME=x\nPRETTY_NAME="A \\"B\\" 1"\n',
    'sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '3\n',
  })
  assert.deepEqual(machineInfo({ root, architecture: 'arm64' }), {
    cores: 2,
    memoryBytes: 10240,
    swapBytes: 0,
    hugepages: [{ pageSizeBytes: 2097152, count: 3 }],
    machineId: 'abc',
    systemUuid: 'abc',
    bootId: '',
    kernelVersion: '6.1.0',
    osImage: 'A "B" 1',
    architecture: 'arm64',
    operatingSystem: 'linux',
  })
})

test('architectures are named as Go does', () => {
  assert.deepEqual(['x64', 'arm64', 'ppc64', 's390x'].map(goArchitecture), ['amd64', 'arm64', 'ppc64le', 's390x'])
})

test('os-release values may be bare or in either quotes', () => {
  assert.deepEqual({ ...parseOsRelease('# c\nA=b\nC=\'d e\'\nF="g$"\n') }, { A: 'b', C: 'd e', F: 'g$' })
})

test('a file system tells bytes and inodes', async () => {
  const stats = await filesystemStats('/proc/..')
  assert.ok(stats.capacityBytes >= stats.usedBytes + stats.availableBytes)
  assert.ok(stats.inodes > 0 && stats.inodesUsed === stats.inodes - stats.inodesFree)
  await assert.rejects(filesystemStats('/no/such'), { code: 'ENOENT' })
})
