import Docker from 'dockerode'
import type { Figures } from './figures.ts'
import { round } from './figures.ts'
import { inParallel } from './in-parallel.ts'
import type { LoadOptions } from './options.ts'

/** Label of the raw loop's containers, by which they are removed again. */
const rawLabel = 'podsteward.io/raw-load'

/**
 * The least that the same pods cost on Docker: a loop that creates and starts a pause container and the pod's containers in its namespaces,
 * `rawParallel` pods at once, with no node logic at all. Removes them again.
 */
export async function rawDockerLoop(options: LoadOptions, run: string): Promise<NonNullable<Figures['baseline']>> {
  const docker = new Docker(endpoint(options.dockerEndpoint))
  const total = options.nodes * options.pods
  const made: string[] = []
  const parallel = Math.min(options.rawParallel, total)
  try {
    const from = performance.now()
    await inParallel(parallel, total, async (index) => {
      const sandbox = await start(docker, made, run, `raw_POD_${run}_${index}`, options.image, { IpcMode: 'shareable' })
      const joined = { NetworkMode: `container:${sandbox}`, IpcMode: `container:${sandbox}` }
      for (let container = 0; container < options.containers; container += 1)
        await start(docker, made, run, `raw_c${container}_${run}_${index}`, options.image, joined)
    })
    const seconds = (performance.now() - from) / 1000
    return { podsPerSecond: round(total / seconds, 2), parallel, seconds: round(seconds, 2) }
  } finally {
    await inParallel(parallel, made.length, async (index) => docker.getContainer(made[index] ?? '').remove({ force: true, v: true }))
  }
}

async function start(docker: Docker, made: string[], run: string, name: string, image: string, host: Docker.HostConfig): Promise<string> {
  const container = await docker.createContainer({
    name,
    Image: image,
    Labels: { [rawLabel]: run },
    HostConfig: { ...host, CpuShares: 2, LogConfig: { Type: 'json-file', Config: {} } },
  })
  made.push(container.id)
  await container.start()
  return container.id
}

function endpoint(url: string): Docker.DockerOptions {
  const socketPath = /^unix:\/\/(.+)$/.exec(url)?.[1]
  if (socketPath) return { socketPath }
  const { hostname, port } = new URL(url)
  return { protocol: 'http', host: hostname, port: Number(port) }
}
