import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseEngine } from '../../src/cli/choose-engine.ts'
import { type AgentConfig, ConfigError } from '../../src/config/agent-config.ts'
import type { NodeFlags } from '../../src/config/node-flags.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'

const placeOf = ({ engine, dockerEndpoint, runtimeEndpoint }: AgentConfig) => (engine === 'docker' ? dockerEndpoint : runtimeEndpoint)

/** Chooses on a machine where an engine answers at these places. */
async function choose(flags: NodeFlags, answering: readonly string[], dockerHost?: string) {
  const tried: string[] = []
  const reach = async (config: AgentConfig) => {
    tried.push(placeOf(config))
    if (!answering.includes(placeOf(config))) throw new Error('nobody there')
    return `${config.engine} at ${placeOf(config)}`
  }
  const { config, said, makeshift } = await chooseEngine(resolveAgentConfig({ hostnameOverride: 'n', ...flags }), dockerHost, reach)
  return { engine: config.engine, said, makeshift, tried, config }
}

const docker = 'unix:///var/run/docker.sock'
const containerd = 'unix:///run/containerd/containerd.sock'

test('Docker’s socket, else containerd’s, else the engine in memory', async () => {
  const both = await choose({}, [docker, containerd])
  assert.deepEqual([both.said, both.tried], [`docker at ${docker}`, [docker]])
  const second = await choose({}, [containerd])
  assert.deepEqual([second.said, second.tried, second.makeshift], [`cri at ${containerd}`, [docker, containerd], false])
  const none = await choose({}, [])
  assert.deepEqual([none.engine, none.makeshift, none.config.registryPullQps], ['simulated', true, 0])
  assert.match(
    none.said,
    /^There is no Docker Engine at unix:\/\/\/var\/run\/docker\.sock, and no containerd at unix:\/\/\/run\/containerd\/containerd\.sock: containers are simulated/,
  )
})

test('DOCKER_HOST is where Docker is looked for, unless an engine is asked for', async () => {
  const there = await choose({}, ['tcp://10.0.0.1:2375'], 'tcp://10.0.0.1:2375')
  assert.deepEqual([there.engine, there.config.dockerEndpoint], ['docker', 'tcp://10.0.0.1:2375'])
  assert.deepEqual((await choose({}, [docker], '')).tried, [docker], 'an empty one is none')
  assert.deepEqual((await choose({ engine: 'docker' }, [docker], 'tcp://10.0.0.1:2375')).tried, [docker])
})

test('what is asked for by name or by endpoint must be there: nothing else is tried', async () => {
  for (const flags of [{ engine: 'docker' }, { engine: 'cri' }, { containerRuntimeEndpoint: 'unix:///c.sock' }, { dockerEndpoint: 'unix:///d.sock' }])
    await assert.rejects(choose(flags, flags.engine === 'docker' ? [containerd] : [docker]), /nobody there/, JSON.stringify(flags))
  assert.equal((await choose({ containerRuntimeEndpoint: 'unix:///c.sock' }, [docker, 'unix:///c.sock'])).said, 'cri at unix:///c.sock')
  const simulated = await choose({ engine: 'simulated' }, [docker])
  assert.deepEqual([simulated.engine, simulated.said, simulated.makeshift, simulated.tried], ['simulated', '', false, []])
})

test('a configuration that is wrong is told of, and nothing else is taken in its place', async () => {
  const wrong = async () => {
    throw new ConfigError('--simulated-profile: no')
  }
  await assert.rejects(chooseEngine(resolveAgentConfig({ hostnameOverride: 'n' }), undefined, wrong), ConfigError)
})
