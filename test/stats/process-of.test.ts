import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOfContainer, isProcessOf } from '../../src/stats/cgroup/process-of.ts'

const id = 'c'.repeat(64)

test('a process is the container’s by a whole part of its cgroup’s path', () => {
  for (const line of [`5:pids:/kubepods/pod1/${id}`, `0::/system.slice/docker-${id}.scope`, `0::/kubepods.slice/cri-containerd-${id}.scope/inner`])
    assert.equal(isOfContainer(`1:cpu:/\n${line}\n`, id), true, line)
  for (const line of [`0::/x/not-${id}-mine`, `0::/x/${id}0`, '0::/', `0::/docker-${id}.scope2`])
    assert.equal(isOfContainer(`${line}\n1:cpu:/\n`, id), false, line)
})

test('a process of somebody else’s, or one that is gone, is none of the container’s', () => {
  assert.equal(isProcessOf(id, process.pid), false)
  assert.equal(isProcessOf(id, 2 ** 22 + 1), false)
})
