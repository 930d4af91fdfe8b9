import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { cgroupAt, cgroupOfProcess, detectCgroupLayout } from '../../src/stats/cgroup/layout.ts'
import { createSampler } from '../../src/stats/sampler.ts'
import { treeOf, v1Container, v2Container } from './cgroup-tree.ts'

const common = {
  usageBytes: 10485760,
  workingSetBytes: 10485760 - 1048576,
  rssBytes: 6291456,
  cacheBytes: 4194304,
  mappedFileBytes: 4096,
  pageFaults: 100,
  majorPageFaults: 4,
  failures: 2,
  oomKills: 1,
}
const throttling = { periods: 10, throttledPeriods: 3, throttledNanos: 4_000_000 }
const io = {
  ...{ readBytes: 4097, writeBytes: 8194, reads: 1, writes: 2 },
  devices: [
    { device: '8:0', readBytes: 4096, writeBytes: 8192, reads: 1, writes: 2 },
    { device: '8:16', readBytes: 1, writeBytes: 2, reads: 0, writes: 0 },
  ],
}

test('a v1 container is read with its children, no limit being none', async (t) => {
  const root = await treeOf(t, v1Container('/docker/abc'))
  using sampler = createSampler({ clock: new ManualClock(1000) })
  sampler.add('c', cgroupAt(detectCgroupLayout(root), '/docker/abc'))
  assert.deepEqual(sampler.sampleOne('c'), {
    at: 1000,
    cpu: { usageNanos: 123456789, userNanos: 70_000_000, systemNanos: 50_000_000, throttling },
    memory: { ...common, maxUsageBytes: 12582912, kernelBytes: 65536, swapBytes: 0, limitBytes: undefined },
    io,
    pids: { current: 5, processes: 2, limit: undefined },
    usageNanoCores: undefined,
  })
})

test('a v2 container is read in the same terms', async (t) => {
  const root = await treeOf(t, v2Container('system.slice/docker-abc.scope'))
  using sampler = createSampler({ clock: new ManualClock(1000) })
  sampler.add('c', cgroupAt(detectCgroupLayout(root), '/system.slice/docker-abc.scope'))
  assert.deepEqual(sampler.sampleOne('c'), {
    at: 1000,
    cpu: { usageNanos: 123456000, userNanos: 70_000_000, systemNanos: 53_456_000, throttling },
    memory: { ...common, maxUsageBytes: 12582912, kernelBytes: 65536, swapBytes: 4096, limitBytes: 20971520 },
    io,
    pids: { current: 5, processes: 3, limit: 100 },
    pressure: {
      cpu: undefined,
      io: undefined,
      memory: { some: { avg10: 1.5, avg60: 0.2, avg300: 0.03, totalMicros: 99 }, full: { avg10: 0.5, avg60: 0.1, avg300: 0, totalMicros: 44 } },
    },
    usageNanoCores: undefined,
  })
})

test('the CPU rate is over the time between samples, and none when the counter went back', async (t) => {
  const root = await treeOf(t, v2Container('c'))
  const clock = new ManualClock()
  using sampler = createSampler({ clock })
  sampler.add('c', cgroupAt(detectCgroupLayout(root), '/c'))
  const use = (micros: number) => writeFile(join(root, 'c/cpu.stat'), `usage_usec ${micros}\n`)
  await use(1_000_000)
  assert.equal(sampler.sampleOne('c')?.usageNanoCores, undefined)
  await clock.advance(10_000)
  await use(6_000_000)
  assert.equal(sampler.sampleOne('c')?.usageNanoCores, 500_000_000)
  await clock.advance(50)
  await use(6_040_000)
  assert.equal(sampler.sampleOne('c')?.usageNanoCores, 500_000_000, 'too soon: the rate before stands')
  await clock.advance(10_000)
  await use(5)
  assert.equal(sampler.sampleOne('c')?.usageNanoCores, undefined)
})

test('a cgroup that is gone is left out and forgotten, and can be added again', async (t) => {
  const root = await treeOf(t, { ...v2Container('a'), ...v2Container('b') })
  const layout = detectCgroupLayout(root)
  // No handles held: on a disk, unlike in cgroupfs, an open file outlives its directory.
  using sampler = createSampler({ clock: new ManualClock(), maxOpenFiles: 0 })
  sampler.add('a', cgroupAt(layout, '/a'))
  sampler.add('b', cgroupAt(layout, '/b'))
  assert.deepEqual([...sampler.sample().keys()], ['a', 'b'])
  await rm(join(root, 'a'), { recursive: true })
  assert.deepEqual([...sampler.sample().keys()], ['b'])
  assert.equal(sampler.size, 1)
  sampler.add('a', cgroupAt(layout, '/b'))
  assert.equal(sampler.sample().size, 2)
})

test('the sampler holds no more files than it may, and none once disposed of', async (t) => {
  const root = await treeOf(t, { ...v2Container('a'), ...v2Container('b') })
  const layout = detectCgroupLayout(root)
  const open = () => readdirSync('/proc/self/fd').length
  const before = open()
  const sampler = createSampler({ clock: new ManualClock(), maxOpenFiles: 10 })
  for (const name of ['a', 'b']) sampler.add(name, cgroupAt(layout, `/${name}`))
  assert.equal(sampler.sample().size, 2)
  assert.equal(open(), before + 10)
  sampler.remove('a')
  assert.ok(open() < before + 10)
  sampler[Symbol.dispose]()
  assert.equal(open(), before)
})

test('a cgroup removed under open handles is noticed, and one made anew in its place is read', () => {
  const layout = detectCgroupLayout()
  const location = cgroupAt(layout, `/psd-test-${process.pid}`)
  const needed = location.version === 2 ? [location.directory] : ['memory', 'cpuacct', 'pids'].flatMap((name) => location.directories.get(name) ?? [])
  using sampler = createSampler({ clock: new ManualClock() })
  for (let round = 0; round < 2; round++) {
    for (const directory of needed) mkdirSync(directory, { recursive: true })
    sampler.add('c', location)
    assert.equal(sampler.sample().size, 1)
    for (const directory of needed) rmdirSync(directory)
    assert.equal(sampler.sample().size, 0)
  }
})

test("this very process's cgroup is found and has figures", () => {
  const layout = detectCgroupLayout()
  const location = cgroupOfProcess(layout, process.pid)
  assert.ok(location)
  using sampler = createSampler({ clock: new ManualClock() })
  sampler.add('self', location)
  const sample = sampler.sampleOne('self')
  assert.ok((sample?.memory.usageBytes ?? sample?.cpu.usageNanos ?? 0) > 0)
  assert.equal(cgroupOfProcess(layout, 2 ** 22 + 1), undefined)
})
