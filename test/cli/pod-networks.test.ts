import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { cniConfigured, keepPodNetworks } from '../../src/cli/pod-networks.ts'
import type { NodeFlags } from '../../src/config/node-flags.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'

const criDockerd = { containerRuntimeEndpoint: 'unix:///var/run/cri-dockerd.sock' }

/** What is done on a node with so many sandboxes of CNI's, a configuration of CNI or none, and a cri-dockerd that answers or not. */
async function on(flags: NodeFlags, { foreign = 0, cni = false, answers = true }) {
  const asked: string[] = []
  const { config, level, said } = await keepPodNetworks(resolveAgentConfig({ hostnameOverride: 'n', ...flags }), {
    foreignSandboxes: async () => {
      asked.push('docker')
      if (foreign < 0) throw new Error('Docker is away')
      return foreign
    },
    criAnswers: async (of) => {
      asked.push(`${of.engine} at ${of.runtimeEndpoint}`)
      if (!answers) throw new Error('nobody there')
    },
    cniConfigured: () => cni,
  })
  return { engine: config.engine, level, said, asked }
}

test('a node whose pods have their network by cri-dockerd from CNI goes on through it', async () => {
  const running = await on(criDockerd, { foreign: 3 })
  assert.deepEqual([running.engine, running.level, running.asked], ['cri', 'info', ['docker', 'cri at unix:///var/run/cri-dockerd.sock']])
  assert.match(running.said, /^pods here have a network that CNI made \(3 of them\): pods go on through unix:\/\/\/var\/run\/cri-dockerd\.sock/)
  const fresh = await on(criDockerd, { cni: true })
  assert.deepEqual([fresh.engine, fresh.level], ['cri', 'info'], 'one that has no pods yet too')
})

test('without CNI, or without cri-dockerd on a node that has no such pods, Docker is asked directly and nothing is said', async () => {
  for (const scene of [{}, { cni: true, answers: false }])
    assert.deepEqual({ ...(await on(criDockerd, scene)), asked: [] }, { engine: 'docker', level: 'info', said: '', asked: [] })
})

test('pods that CNI gave a network go on beside Docker’s where cri-dockerd is gone, or Docker was asked for, and that is warned of', async () => {
  for (const [flags, scene] of [
    [criDockerd, { foreign: 1, answers: false }],
    [{ engine: 'docker' }, { foreign: 1, cni: true }],
    [{ dockerEndpoint: 'unix:///d.sock' }, { foreign: 1, cni: true }],
    [{}, { foreign: 1 }],
  ] as const) {
    const { engine, level, said } = await on(flags, scene)
    assert.deepEqual([engine, level], ['docker', 'warn'], JSON.stringify(flags))
    assert.match(said, /^pods here have a network that CNI made \(1 of them\), and new ones get Docker's own, .*: start cri-dockerd and give --engine cri$/)
  }
})

test('a Docker that is away is for the agent to tell of; other engines are not asked', async () => {
  assert.deepEqual(await on({ engine: 'docker' }, { foreign: -1, cni: true }), { engine: 'docker', level: 'info', said: '', asked: ['docker'] })
  assert.deepEqual((await on({ engine: 'cri' }, { foreign: 1, cni: true })).asked, [])
  assert.deepEqual((await on({ containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock' }, { cni: true })).asked, [])
})

test('a machine has a CNI network where there is a file that says so', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'cni-'))
  t.after(() => rm(directory, { recursive: true }))
  assert.equal(cniConfigured(join(directory, 'absent')), false)
  await writeFile(join(directory, 'README'), '')
  await mkdir(join(directory, 'old.d'))
  assert.equal(cniConfigured(directory), false)
  await writeFile(join(directory, '10-flannel.conflist'), '{}')
  assert.equal(cniConfigured(directory), true)
})
