import type { Client } from '@grpc/grpc-js'
import { grpcTarget } from '../../src/engine/cri/connection.ts'
import { clientFor } from '../../src/grpc/socket-client.ts'
import { unary } from '../../src/grpc/unary.ts'
import { containers } from '../../src/protobuf/cri/container.ts'
import { namespaceMode, profileType } from '../../src/protobuf/cri/linux.ts'
import { sandboxes } from '../../src/protobuf/cri/sandbox.ts'
import type { Given, Method, Taken } from '../../src/protobuf/table.ts'
import type { Figures } from './figures.ts'
import { round } from './figures.ts'
import { inParallel } from './in-parallel.ts'
import type { LoadOptions } from './options.ts'

const deadlineMs = 120_000

/**
 * The least that the same pods cost on a runtime: a loop of CRI's own calls (a sandbox, its containers), `rawParallel` pods at once, with no node logic at all. Removes
 * them again.
 */
export async function rawCriLoop(options: LoadOptions, run: string): Promise<NonNullable<Figures['baseline']>> {
  const client = clientFor(grpcTarget(options.containerRuntimeEndpoint))
  const call = <M extends Method>(method: M, request: Given<M['request']>): Promise<Taken<M['response']>> => unary(client, method, request, { deadlineMs })
  const total = options.nodes * options.pods
  const made: string[] = []
  const parallel = Math.min(options.rawParallel, total)
  try {
    const from = performance.now()
    await inParallel(parallel, total, async (index) => {
      const config = {
        metadata: { name: `raw-${index}`, uid: `${run}-${index}`, namespace: run, attempt: 0 },
        linux: { securityContext: { namespaceOptions: { pid: namespaceMode.container }, seccomp: { profileType: profileType.runtimeDefault } } },
      }
      const { podSandboxId } = await call(sandboxes.run, { config })
      made.push(podSandboxId)
      for (let container = 0; container < options.containers; container += 1) await start(call, podSandboxId, config, `c${container}`, options.image)
    })
    const seconds = (performance.now() - from) / 1000
    return { podsPerSecond: round(total / seconds, 2), parallel, seconds: round(seconds, 2) }
  } finally {
    await inParallel(parallel, made.length, async (index) => {
      const request = { podSandboxId: made[index] ?? '' }
      await call(sandboxes.stop, request)
      await call(sandboxes.remove, request)
    })
    close(client)
  }
}

type Call = <M extends Method>(method: M, request: Given<M['request']>) => Promise<Taken<M['response']>>

async function start(call: Call, podSandboxId: string, sandboxConfig: Given<(typeof sandboxes.run)['request']>['config'], name: string, image: string) {
  const config = {
    metadata: { name, attempt: 0 },
    image: { image },
    linux: { resources: { cpuShares: 2 }, securityContext: { namespaceOptions: { pid: namespaceMode.container } } },
  }
  const { containerId } = await call(containers.create, { podSandboxId, config, sandboxConfig })
  await call(containers.start, { containerId })
}

const close = (client: Client) => client.close()
