import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { lockStateDirectory } from '../agent/state-lock.ts'
import { systemClock } from '../base/clock.ts'
import { writeStateFileSync } from '../base/state-file.ts'
import { asBoolean, asDurationMs, asInteger, asIp, asLabels, asList } from '../config/parse-values.ts'
import { readAuditPolicy } from '../controlplane/apiserver/audit/policy.ts'
import { defaultGates } from '../controlplane/apiserver/discovery/served.ts'
import { selectControllers } from '../controlplane/controllers/selection.ts'
import { startControlPlane } from '../controlplane/start.ts'
import { UsageError } from './failure.ts'
import { createLogger } from './logger.ts'
import { unlessSignalled, untilSignal } from './until-signal.ts'

/** As typed on the command line. */
export interface ControlPlaneFlags {
  readonly stateDir: string
  readonly bindAddress: string
  readonly securePort: string
  readonly etcdServers?: string
  readonly apiserverFeatureGates?: string
  readonly clusterSigningDuration?: string
  readonly emulatedVersion?: string
  readonly controllers?: string
  readonly scheduler?: 'default' | 'none'
  readonly leaderElect?: string | true
  readonly auditLogPath?: string
  readonly auditPolicyFile?: string
  readonly auditLogMaxsize?: string
  readonly auditLogMaxbackup?: string
  readonly auditLogMaxage?: string
  readonly v?: string
}

/** How to start the embedded API server from those flags. */
export function controlPlaneOptions(flags: ControlPlaneFlags) {
  const duration = flags.clusterSigningDuration
  const etcdServers = flags.etcdServers === undefined ? undefined : asList(flags.etcdServers)
  return {
    stateDirectory: resolve(flags.stateDir),
    storage: etcdServers ? ({ etcdServers } as const) : ('memory' as const),
    listen: { host: asIp('--bind-address', flags.bindAddress), port: asInteger('--secure-port', flags.securePort, 0, 65535) },
    clock: systemClock,
    ...(duration !== undefined && { signingDurationMs: asDurationMs('--cluster-signing-duration', duration) }),
    ...(flags.emulatedVersion !== undefined && { version: flags.emulatedVersion }),
    featureGates: featureGates(flags.apiserverFeatureGates ?? ''),
    components: componentOptions(flags),
    ...auditOptions(flags),
  }
}

function componentOptions({ controllers = '*', scheduler = 'default', leaderElect = true }: ControlPlaneFlags) {
  const names = asList(controllers)
  try {
    selectControllers(names)
  } catch (error) {
    throw new UsageError(`--controllers: ${(error as Error).message}`, { cause: error })
  }
  return { controllers: names, scheduler, leaderElect: leaderElect === true || asBoolean('--leader-elect', leaderElect) }
}

function auditOptions({ auditLogPath, auditPolicyFile, auditLogMaxsize = '100', auditLogMaxbackup = '0', auditLogMaxage = '0' }: ControlPlaneFlags) {
  const rotation = {
    // As kube-apiserver's: at 0 it is rotated at 100 MB still.
    maxBytes: (asInteger('--audit-log-maxsize', auditLogMaxsize, 0, 1_000_000) || 100) * megabyte,
    maxBackups: asInteger('--audit-log-maxbackup', auditLogMaxbackup, 0, 1_000_000),
    maxAgeDays: asInteger('--audit-log-maxage', auditLogMaxage, 0, 100_000),
  }
  if (auditLogPath === undefined) {
    if (auditPolicyFile !== undefined) throw new UsageError('--audit-policy-file says how much is written down: --audit-log-path must say where')
    return {}
  }
  const path = auditLogPath === '-' ? auditLogPath : resolve(auditLogPath)
  return { audit: { path, rotation, ...(auditPolicyFile !== undefined && { policy: auditPolicy(auditPolicyFile) }) } }
}

const megabyte = 1024 * 1024

function auditPolicy(path: string) {
  try {
    return readAuditPolicy(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`--audit-policy-file ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/** The gates that are on: those that are by themselves, changed by `A=true,B=false`. */
function featureGates(text: string): ReadonlySet<string> {
  const flag = '--apiserver-feature-gates'
  const on = new Set(defaultGates)
  for (const [gate, value] of Object.entries(asLabels(flag, text))) {
    if (asBoolean(`${flag} ${gate}`, value)) on.add(gate)
    else on.delete(gate)
  }
  return on
}

/** Writes a file only its owner can read (a kubeconfig), and returns its path. */
export function writeFile(directory: string, name: string, content: string): string {
  const path = join(directory, name)
  writeStateFileSync(path, content)
  return path
}

/** `podsteward controlplane`: the embedded API server alone. */
export async function runControlPlane(flags: ControlPlaneFlags): Promise<void> {
  const log = createLogger({ verbosity: asInteger('-v', flags.v ?? '0', 0, 10), human: process.stderr.isTTY })
  const options = controlPlaneOptions(flags)
  const lock = await lockStateDirectory(options.stateDirectory)
  try {
    const signalled = untilSignal({ late: (why) => log.error(why) })
    const controlPlane = await unlessSignalled(signalled, startControlPlane({ ...options, log }))
    if (!controlPlane) return process.exit(0)
    const path = writeFile(options.stateDirectory, 'kubeconfig', controlPlane.adminKubeconfig)
    process.stdout.write(`API server: ${controlPlane.url}\nkubectl --kubeconfig ${path} get nodes\n`)
    const bootstrap = writeFile(options.stateDirectory, 'bootstrap.kubeconfig', await controlPlane.bootstrapKubeconfig())
    process.stdout.write(
      `a node joins within a day: podsteward node --bootstrap-kubeconfig ${bootstrap} --kubeconfig <where to write its own> --rotate-certificates\n`,
    )
    await signalled
    await controlPlane[Symbol.asyncDispose]()
  } finally {
    await lock[Symbol.asyncDispose]()
  }
  // The stream of a watch to an etcd that hangs stays open.
  process.exit(0)
}
