import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { createCriEngine } from '../../src/engine/cri/cri-engine.ts'
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts'
import { atRest } from './at-rest.ts'
import { ContainerWatch } from './container-watch.ts'
import type { Figures } from './figures.ts'
import { round } from './figures.ts'
import type { NodeHost } from './node-host.ts'
import type { LoadOptions } from './options.ts'
import type { Progress } from './progress.ts'
import type { Tracker } from './tracker.ts'

export interface RestartParts {
  readonly host: NodeHost
  readonly tracker: Tracker
  readonly namespace: string
  readonly options: LoadOptions
  readonly progress: Progress
}

/** Starts the agents again with all pods up. What was touched is counted once they have come to rest, not when they have adopted the last pod. */
export async function restartAgents({ host, tracker, namespace, options, progress }: RestartParts): Promise<NonNullable<Figures['restart']>> {
  const pods = options.nodes * options.pods
  const unreadyBefore = tracker.unready
  await using closing = new AsyncDisposableStack()
  let watch: ContainerWatch | undefined
  if (options.engine !== 'simulated') {
    const tools = { clock: systemClock, log: silentLogger }
    const { dockerEndpoint, containerRuntimeEndpoint } = options
    const engine = closing.use(
      options.engine === 'cri' ? createCriEngine({ endpoint: containerRuntimeEndpoint, ...tools }) : createDockerEngine({ endpoint: dockerEndpoint, ...tools }),
    )
    watch = closing.use(await progress.while(() => 'looking at the containers', ContainerWatch.begin(engine, namespace)))
  }
  const adopted = async () => {
    await host.restart({ namespace, pods })
    return host.adopted(options.timeout * 1000)
  }
  const adoptedSeconds = await progress.while(() => `the agent is started again, to adopt ${pods} pods`, adopted())
  await atRest(host, progress)
  const containersTouched = await (watch ? watch.touched() : host.containersTouched())
  return { adoptedSeconds: round(adoptedSeconds, 3), pods, containersTouched, podsUnready: tracker.unready - unreadyBefore }
}
