import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import type { EnginePod } from './engine-fixture.ts'
import type { EnginePrograms } from './engine-programs.ts'

/** The networks and resources of pods. */
export function sandboxContract(engine: () => ContainerEngine, aPod: () => Promise<EnginePod>, programs: EnginePrograms): void {
  test('pods have addresses of their own, also after a sandbox was made anew; with the node’s network they have none', async () => {
    await using one = await aPod()
    await using two = await aPod()
    const [first, other] = [await one.runSandbox(), await two.runSandbox()]
    assert.notDeepEqual(first.ips, other.ips)
    await engine().stopSandbox(first.id)
    const again = await one.runSandbox({ attempt: 1 })
    assert.notEqual(again.id, first.id)
    assert.equal(again.ips.length > 0 && again.ips[0] !== other.ips[0], true)
    const { sandboxes } = await engine().podState(one.identity.uid)
    assert.deepEqual(
      sandboxes.map(({ attempt, ready }) => [attempt, ready]),
      [
        [1, true],
        [0, false],
      ],
    )
    await using host = await aPod()
    const shared = await host.runSandbox({ namespaces: { network: 'node', pid: 'container', ipc: 'pod' } })
    assert.deepEqual([shared.networkMode, shared.ips, shared.ready], ['node', [], true])
  })

  test('a sandbox that is stopped while its container runs can be removed, and then nothing is known of the pod', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.sleep })
    const sandbox = await pod.runSandbox()
    await engine().stopSandbox(sandbox.id)
    await engine().removeContainer(id)
    await engine().removeSandbox(sandbox.id)
    assert.deepEqual(await engine().podState(pod.identity.uid), { sandboxes: [], containers: [] })
    assert.equal(
      (await engine().listPods()).some((row) => row.pod.uid === pod.identity.uid),
      false,
    )
  })

  test('a container’s resources are as given, and as changed while it runs; what is not given stays', async () => {
    await using pod = await aPod()
    const given = { cpuShares: 512, cpuQuota: 50_000, cpuPeriod: 100_000, memoryLimitBytes: 64 * 2 ** 20 }
    const id = await pod.run({ command: programs.sleep, resources: given })
    const resources = async () => {
      const { cpuShares, cpuQuota, cpuPeriod, memoryLimitBytes } = (await pod.container(id))?.resources ?? {}
      return { cpuShares, cpuQuota, cpuPeriod, memoryLimitBytes }
    }
    assert.deepEqual(await resources(), given)
    await engine().updateResources(id, { cpuQuota: 150_000, cpuPeriod: 100_000 })
    assert.deepEqual(await resources(), { ...given, cpuQuota: 150_000 })
    await engine().updateResources(id, { memoryLimitBytes: 128 * 2 ** 20 })
    assert.deepEqual(await resources(), { ...given, cpuQuota: 150_000, memoryLimitBytes: 128 * 2 ** 20 })
    assert.equal((await pod.container(id))?.state, 'running')
  })
}
