import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import Dockerode from 'dockerode'
import type { Figures } from '../../bench/load/figures.ts'
import { run } from '../../src/base/spawn.ts'
import { testDockerSocket } from '../support/test-docker.ts'

const main = resolve(import.meta.dirname, '../../bench/load/main.ts')
const socketPath = testDockerSocket()

test('a load on Docker kills its agent, whose successor adopts the pods, touches no container and removes them in the end', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'load-restart-test-'))
  try {
    const json = join(directory, 'figures.json')
    const options = ['--engine', 'docker', '--pods', '4', '--idle', '0', '--no-baseline', '--restart']
    await run(process.execPath, [main, ...options, '--docker-endpoint', `unix://${socketPath}`, '--json', json])
    const { restart } = JSON.parse(await readFile(json, 'utf8')) as Figures
    assert.ok(restart && restart.adoptedSeconds > 0)
    assert.deepEqual({ ...restart, adoptedSeconds: 0 }, { adoptedSeconds: 0, pods: 4, containersTouched: 0, podsUnready: 0 })
    const left = await new Dockerode({ socketPath }).listContainers({ all: true, filters: { label: ['io.kubernetes.pod.uid'] } })
    assert.deepEqual(left, [])
  } finally {
    await rm(directory, { recursive: true })
  }
})
