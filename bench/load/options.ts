import { Command, InvalidArgumentError, Option } from 'commander'

/** What a run of the load does. Times in seconds. */
export interface LoadOptions {
  readonly nodes: number
  /** On each node. */
  readonly pods: number
  readonly engine: 'simulated' | 'docker' | 'cri'
  readonly kubeconfig?: string
  /** Pods created a second; 0 creates all as fast as the API server takes them. */
  readonly rate: number
  /** Creations at once. */
  readonly parallel: number
  readonly containers: number
  /** Probes of each container (first readiness, then liveness), and their period. */
  readonly probes: number
  readonly probePeriod: number
  /** Mount service account tokens, as pods do by default. */
  readonly tokens: boolean
  /** Pods replaced a second once all are Ready, and for how long. */
  readonly churn: number
  readonly churnSeconds: number
  /** Start the agents again with all pods up. */
  readonly restart: boolean
  /** How long the idle CPU is measured. */
  readonly idle: number
  /** How long to wait for all pods. */
  readonly timeout: number
  readonly image: string
  readonly annotation: readonly string[]
  /** How simulated pods behave: a file. */
  readonly profile?: string
  readonly dockerEndpoint: string
  readonly containerRuntimeEndpoint: string
  /** Run the raw loop too. */
  readonly baseline: boolean
  /** Pods of the raw loop at once. */
  readonly rawParallel: number
  readonly nodeFlag: readonly string[]
  readonly json?: string
  readonly html?: string
  readonly cpuProf?: string
}

/** The pause image that the agent makes itself: no registry is needed. */
const pauseImage = 'podsteward.io/pause:1'

const count = (least: number) => (text: string) => {
  const value = Number(text)
  if (!Number.isFinite(value) || value < least) throw new InvalidArgumentError(`It must be a number from ${least} on.`)
  return value
}

const whole = (least: number) => (text: string) => {
  const value = count(least)(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

const pairs = (text: string, before: readonly string[]) => {
  if (!/^[^=]+=/.test(text)) throw new InvalidArgumentError('It must be of the form name=value.')
  return [...before, text]
}

/** The command line of `npm run load`. */
export function loadCommand(): Command {
  return new Command('load')
    .description('Starts many pods on one node or many and says what they cost.')
    .addOption(new Option('--nodes <n>', 'nodes, all in one process').argParser(whole(1)).default(1))
    .addOption(new Option('--pods <n>', 'pods on each node').argParser(whole(1)).default(1000))
    .addOption(new Option('--engine <engine>', 'what runs the containers').choices(['simulated', 'docker', 'cri']).default('simulated'))
    .option('--kubeconfig <file>', 'an API server to load; without it the embedded one is started in a process of its own')
    .addOption(new Option('--rate <n>', 'pods created a second; 0: as fast as the API server takes them').argParser(count(0)).default(0))
    .addOption(new Option('--parallel <n>', 'pods created at once').argParser(whole(1)).default(16))
    .addOption(new Option('--containers <n>', 'containers of each pod').argParser(whole(1)).default(1))
    .addOption(new Option('--probes <n>', 'probes of each container: 1 readiness, 2 liveness too').argParser(whole(0)).default(0))
    .addOption(new Option('--probe-period <s>', 'seconds between two runs of a probe').argParser(count(1)).default(10))
    .option('--tokens', 'mount service account tokens, as pods do by default', false)
    .addOption(new Option('--churn <n>', 'pods replaced a second once all are Ready').argParser(count(0)).default(0))
    .addOption(new Option('--churn-seconds <s>', 'for how long').argParser(count(1)).default(10))
    .option('--restart', 'at the end start the agent again (on a real engine: after SIGKILL), and measure how it adopts its pods', false)
    .addOption(new Option('--idle <s>', 'seconds over which the idle CPU is measured; 0: not').argParser(count(0)).default(10))
    .addOption(new Option('--timeout <s>', 'seconds to wait for all pods').argParser(count(1)).default(300))
    .addOption(new Option('--image <image>', 'image of the containers').default(pauseImage))
    .option('--profile <file>', 'how simulated pods behave: seed, defaults, rules')
    .addOption(new Option('--annotation <key=value>', 'annotation of every pod (repeatable)').argParser(pairs).default([]))
    .addOption(new Option('--docker-endpoint <url>', 'the Docker Engine').env('DOCKER_HOST').default('unix:///var/run/docker.sock'))
    .addOption(new Option('--container-runtime-endpoint <url>', 'a runtime that speaks CRI').default('unix:///run/containerd/containerd.sock'))
    .addOption(new Option('--raw-parallel <n>', 'pods at once of the raw loop beside a real engine').argParser(whole(1)).default(8))
    .option('--no-baseline', 'leave the raw loop out')
    .addOption(new Option('--node-flag <name=value>', 'a flag of `podsteward node` (repeatable)').argParser(pairs).default([]))
    .option('--json <file>', 'write the figures to a file')
    .option('--html <file>', 'write a report with plots')
    .option('--cpu-prof <dir>', 'write CPU profiles of the agent and the API server')
}
