import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { lockStateDirectory } from '../agent/state-lock.ts'
import { systemClock } from '../base/clock.ts'
import { asInteger, asIp, asList } from '../config/parse-values.ts'
import { startControlPlane } from '../controlplane/start.ts'
import { createLogger } from './logger.ts'
import { untilSignal } from './until-signal.ts'

interface ControlPlaneFlags {
  readonly stateDir: string
  readonly bindAddress: string
  readonly securePort: string
  readonly etcdServers?: string
  readonly v?: string
}

/** Flags that `up` and `controlplane` share. */
export function addControlPlaneFlags(command: Command): Command {
  return command
    .optionsGroup('Control plane:')
    .addOption(new Option('--state-dir <dir>', 'certificates, kubeconfig and stored objects').default('.podsteward'))
    .addOption(new Option('--bind-address <ip>', 'address of the API server').default('127.0.0.1'))
    .addOption(new Option('--secure-port <n>', 'port of the API server').default('6443'))
    .addOption(new Option('--etcd-servers <url,…>', 'store in etcd instead of the state directory'))
}

/** How to start the embedded API server from those flags. */
export function controlPlaneOptions(flags: ControlPlaneFlags) {
  const etcdServers = flags.etcdServers === undefined ? undefined : asList(flags.etcdServers)
  return {
    stateDirectory: resolve(flags.stateDir),
    storage: etcdServers ? ({ etcdServers } as const) : ('memory' as const),
    listen: { host: asIp('--bind-address', flags.bindAddress), port: asInteger('--secure-port', flags.securePort, 0, 65535) },
    clock: systemClock,
  }
}

/** Writes a file only its owner can read (a kubeconfig), and returns its path. */
export function writeFile(directory: string, name: string, content: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o750 })
  const path = join(directory, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

/** `podsteward controlplane`: the embedded API server alone. */
export function controlPlaneCommand(): Command {
  const command = new Command('controlplane').description('Run the embedded API server alone: for tests, load and trying things out.')
  return addControlPlaneFlags(command).addOption(new Option('-v, --v <level>', 'log level, 4 and more for debugging').default('0')).action(runControlPlane)
}

async function runControlPlane(flags: ControlPlaneFlags): Promise<void> {
  const log = createLogger({ verbosity: asInteger('-v', flags.v ?? '0', 0, 10), human: process.stderr.isTTY })
  const options = controlPlaneOptions(flags)
  const lock = await lockStateDirectory(options.stateDirectory)
  try {
    const signalled = untilSignal()
    const controlPlane = await startControlPlane({ ...options, log })
    const path = writeFile(options.stateDirectory, 'kubeconfig', controlPlane.adminKubeconfig)
    process.stdout.write(`API server: ${controlPlane.url}\nkubectl --kubeconfig ${path} get nodes\n`)
    await signalled
    await controlPlane[Symbol.asyncDispose]()
  } finally {
    await lock[Symbol.asyncDispose]()
  }
}
