import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { styleText } from 'node:util'
import { startAgent } from '../agent/agent.ts'
import { createEngine } from '../agent/engines.ts'
import { lockStateDirectory } from '../agent/state-lock.ts'
import { systemClock } from '../base/clock.ts'
import { EscapedErrors } from '../base/escaped-errors.ts'
import { silentLogger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { NodeFlags } from '../config/node-flags.ts'
import { startControlPlane } from '../controlplane/start.ts'
import { type KubeClient, KubeError } from '../kube/client.ts'
import { createKubeClient } from '../kube/http-client.ts'
import type { Node } from '../kube/objects.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import { chooseEngine } from './choose-engine.ts'
import { controllerViews } from './controller-views.ts'
import { type ControlPlaneFlags, controlPlaneOptions, writeFile } from './controlplane.ts'
import { environment } from './environment.ts'
import { showLife } from './live-view.ts'
import { createLogger } from './logger.ts'
import { readConfig } from './node.ts'
import { stopAll } from './stop-all.ts'
import { unlessSignalled, untilSignal } from './until-signal.ts'

/** As typed on the command line. */
export type UpFlags = NodeFlags & ControlPlaneFlags & { readonly example: boolean }

const write = (line = '') => process.stdout.write(`${line}\n`)

/** `podsteward up`: the embedded API server and one node agent in one process, with an example pod and a live view. */
export async function runUp(flags: UpFlags): Promise<void> {
  const options = controlPlaneOptions(flags)
  const base = readConfig(flags, (message) => process.stderr.write(`podsteward: ${message}\n`))
  const log = createLogger({ verbosity: base.verbosity, level: 'warn', human: process.stderr.isTTY })
  const lock = await lockStateDirectory(options.stateDirectory)
  const stopping = new AbortController()
  const closing: AsyncDisposable[] = [lock]
  using escaped = new EscapedErrors({ clock: systemClock, log, source: process, giveUp: (code) => process.exit(code) })
  const signalled = untilSignal({ late: (why) => log.error(why) })
  let started = false
  const start = async (): Promise<true> => {
    const { config, said, makeshift } = await chooseEngine(nodeConfig(base, options.stateDirectory, flags), process.env.DOCKER_HOST, engineInReach)
    if (said !== '') write(makeshift ? styleText('yellow', said) : said)
    const controlPlane = await startControlPlane({ ...options, defaultStorageClass: true, log: log.child({ part: 'controlplane' }) })
    closing.push(controlPlane)
    const kubeconfig = writeFile(options.stateDirectory, 'kubeconfig', controlPlane.adminKubeconfig)
    const nodeKubeconfig = writeFile(options.stateDirectory, 'node.kubeconfig', await controlPlane.nodeKubeconfig(config.nodeName))
    const kubectl = `kubectl --kubeconfig ${shortest(kubeconfig)}`
    write(`${styleText('bold', 'podsteward')}  API server ${controlPlane.url}, state in ${options.stateDirectory}`)
    write()

    const client = createKubeClient({ kubeconfigPath: kubeconfig, qps: 0, burst: 0, userAgent: 'podsteward-up', log: silentLogger, clock: systemClock })
    closing.push(client)
    const view = showLife(client, write, stopping.signal)
    closing.push({ [Symbol.asyncDispose]: () => view })
    const agent = await startAgent(
      { ...config, kubeconfig: nodeKubeconfig, clientCaFile: writeFile(options.stateDirectory, 'client-ca.crt', controlPlane.caPem) },
      {
        clock: systemClock,
        log,
        environment: environment(),
        setVerbosity: log.setVerbosity,
        escaped: () => escaped.count,
        controllers: () => controllerViews(controlPlane.controllers()),
      },
    )
    closing.push(agent)
    controlPlane.reachInProcess(config.nodeName, agent.connect)
    if (flags.example) {
      await nodeReady(client, config.nodeName, stopping.signal)
      await applyExample(client)
    }
    write(`
Try, in another terminal:
  ${kubectl} get nodes -o wide
  ${kubectl} get pods -w
  ${kubectl} describe pod hello
  ${kubectl} apply -f examples/hello.yaml
  ${kubectl} delete pod hello
${agent.pageUrl === undefined ? '' : `See the node, its pods and its actors: ${agent.pageUrl}\n`}Ctrl-C stops; the state stays in ${shortest(options.stateDirectory)} for the next start.
`)
    return true
  }
  try {
    started = (await unlessSignalled(signalled, start())) ?? false
    await signalled
    write(started ? 'stopping; containers keep running and are adopted at the next start' : 'stopping; not all had started')
  } finally {
    stopping.abort()
    await stopAll(closing, (error) => log.error('a part did not stop in order', { error: error instanceof Error ? error.message : String(error) }))
  }
  // What had not started yet goes on starting; and the stream of a watch to an etcd that hangs stays open.
  process.exit(0)
}

/** A path as one would type it here. */
function shortest(path: string): string {
  const short = relative(process.cwd(), path) || '.'
  return short.startsWith('..') ? path : short
}

/** Everything of the node under the state directory; another address than loopback only when asked for. */
function nodeConfig(base: AgentConfig, stateDirectory: string, flags: UpFlags): AgentConfig {
  const rootDirectory = join(stateDirectory, 'node')
  return {
    ...base,
    rootDirectory,
    certDirectory: join(rootDirectory, 'pki'),
    podLogsDirectory: join(rootDirectory, 'logs'),
    logDirectory: flags.logDir === undefined ? join(rootDirectory, 'logs') : base.logDirectory,
    // A trial on somebody's own machine is no reason to remove the images that he keeps there.
    imageGcHighThresholdPercent: flags.imageGcHighThreshold === undefined ? 100 : base.imageGcHighThresholdPercent,
    healthzPort: flags.healthzPort === undefined ? 0 : base.healthzPort,
  }
}

/** A line that says which engine answers. Throws when it does not. */
async function engineInReach(config: AgentConfig): Promise<string> {
  await using engine = await createEngine(config, { clock: systemClock, log: silentLogger })
  const { name, version } = await engine.info()
  return config.engine === 'docker' ? `Docker Engine ${version} at ${config.dockerEndpoint}` : `${name} ${version} at ${config.runtimeEndpoint}`
}

/** Before that the scheduler would complain of a cluster without nodes. */
async function nodeReady(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  const isReady = (node: Node) => node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
  const query = { fieldSelector: `metadata.name=${name}` }
  const { items, resourceVersion } = await client.list<Node>('/api/v1/nodes', { query, signal })
  if (items.some(isReady)) return
  for await (const event of client.watch<Node>('/api/v1/nodes', { query: { ...query, resourceVersion }, signal }))
    if (event.type !== 'ERROR' && isReady(event.object)) return
}

/** Creates the example pod; one that is there already is left alone. */
async function applyExample(client: KubeClient): Promise<void> {
  const path = resolve(import.meta.dirname, import.meta.url.endsWith('.ts') ? '../../examples/hello.yaml' : '../../../examples/hello.yaml')
  try {
    await client.create('/api/v1/namespaces/default/pods', readYaml(readFileSync(path, 'utf8')))
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error
  }
}
