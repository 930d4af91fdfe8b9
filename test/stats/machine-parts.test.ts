import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { blockDevicePath } from '../../src/stats/block-devices.ts'
import { parseSockets } from '../../src/stats/hardware.ts'
import { mountOf } from '../../src/stats/mounts.ts'
import { parseStat, processList } from '../../src/stats/process-list.ts'
import { treeOf } from './cgroup-tree.ts'

test('the name of a process may hold blanks and brackets', () => {
  const parsed = parseStat(`42 (a (b) c) S 7 ${Array.from({ length: 60 }, (_, index) => index + 5).join(' ')}`)
  // Fields by their number in proc(5).
  assert.deepEqual(parsed, { command: 'a (b) c', state: 'S', parent: 7, cpuTicks: 14 + 15, startTicks: 22, virtualBytes: 23, residentPages: 24, processor: 39 })
  assert.equal(parseStat(''), undefined)
})

test('the list of a cgroup holds its processes and no others', async () => {
  const all = await processList('/', 2 ** 30)
  const own = all.find(({ pid }) => pid === process.pid)
  assert.ok(own && own.rss > 1e6 && own.fd_count > 3 && own.parent_pid === process.ppid)
  assert.match(own.running_time, /^\d\d:\d\d:\d\d$/)
  const path = readFileSync('/proc/self/cgroup', 'utf8')
  assert.ok(path.includes(own.cgroup_path))
  assert.deepEqual(await processList('/no/such', 2 ** 30), [])
})

test('the file system of a path is that of its longest mount point, escaped names too', () => {
  const text = [
    '20 1 254:0 / / rw - ext4 /dev/vda rw',
    '21 20 0:5 / /var/lib rw - xfs /dev/vdb rw',
    '22 20 0:6 / /var/lib/my\\040disk rw,shared:1 - tmpfs none rw',
    '23 20 0:7 / /var rw - ext4 /dev/vdc rw',
  ].join('\n')
  assert.equal(mountOf('/etc', text)?.device, '/dev/vda')
  assert.equal(mountOf('/var/lib/x', text)?.device, '/dev/vdb')
  assert.equal(mountOf('/var/library', text)?.device, '/dev/vdc')
  assert.deepEqual(mountOf('/var/lib/my disk/y', text), { device: 'none', mountpoint: '/var/lib/my disk', type: 'tmpfs' })
})

test('threads of one core are told together', () => {
  const cpu = (thread: number, socket: number, core: number) => `processor\t: ${thread}\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n`
  assert.deepEqual(parseSockets([cpu(0, 0, 0), cpu(1, 0, 1), cpu(2, 0, 0), cpu(3, 1, 0)].join('\n')), [
    {
      id: 0,
      cores: [
        { id: 0, threads: [0, 2] },
        { id: 1, threads: [1] },
      ],
    },
    { id: 1, cores: [{ id: 0, threads: [3] }] },
  ])
})

test('a block device is named by its numbers, unless it is gone', async (t) => {
  const root = await treeOf(t, { 'sys/dev/block/8:1/uevent': 'MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\n' })
  assert.equal(blockDevicePath('8:1', root), '/dev/sda1')
  assert.equal(blockDevicePath('8:2', root), undefined)
})
