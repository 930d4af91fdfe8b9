import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { buildPauseImage } from '../../src/engine/pause-image/pause-image.ts'
import { unmountBelow } from './dockerd.ts'
import { busyboxArchive } from './images.ts'

const run = promisify(execFile)
const startLimitMs = 60_000
const stopLimitMs = 20_000

/** The name under which containerd looks for its pause image. */
export const sandboxImage = 'podsteward.test/pause:1'

export interface TestContainerd extends AsyncDisposable {
  /** Path of its socket. */
  readonly socketPath: string
  /** `unix://` of it. */
  readonly endpoint: string
  /** Kills it without a word and starts it again; what runs goes on. */
  restart(): Promise<void>
  /** Stops its process in its tracks (SIGSTOP), until `thaw`. */
  freeze(): void
  thaw(): void
  ctr(...args: readonly string[]): Promise<string>
}

export interface TestContainerdOptions {
  readonly root: string
  /** Whether it has a pause image. Default: yes. */
  readonly pauseImage?: boolean
  /** Whether pods get a network of their own. Default: yes. */
  readonly network?: boolean
}

/**
 * Starts Debian's containerd with everything of its own below `root`: state, socket, network (a bridge and a subnet by chance), images. Disposal stops it and what it
 * started; the directory itself is the caller's.
 */
export async function startContainerd({ root, pauseImage = true, network = true }: TestContainerdOptions): Promise<TestContainerd> {
  const socketPath = join(root, 'containerd.sock')
  const logPath = join(root, 'containerd.log')
  const bridge = `cni${randomUUID().slice(0, 6)}`
  await mkdir(join(root, 'cni'), { recursive: true })
  await writeFile(join(root, 'config.toml'), config(root))
  // It takes no machine with both kinds of cgroups: the newer kind is hidden from it.
  const hiding = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec /usr/bin/crun "$@"'
  await writeFile(join(root, 'crun'), `#!/bin/sh\nexec unshare -m sh -c '${hiding}' crun "$@"\n`, { mode: 0o755 })
  // Debian has gVisor without a shim of its own. Under runc's its start must hold none of the shim's pipes; and of kernels from 6.8 on it takes every network
  // namespace for the machine's own, so that it uses the pod's through the machine's network stack instead of one of its own.
  const apart = 'case " $* " in *" start "*) exec >/dev/null 2>&1;; esac'
  await writeFile(join(root, 'runsc'), `#!/bin/sh\n${apart}\nexec /usr/bin/runsc --network=host "$@"\n`, { mode: 0o755 })
  if (network) await writeFile(join(root, 'cni', '10-test.conflist'), JSON.stringify(networkList(root, bridge)))
  let daemon = await start(root, socketPath, logPath)
  const ctr = async (...args: readonly string[]) => (await run('ctr', ['-a', socketPath, '-n', 'k8s.io', ...args], { maxBuffer: 2 ** 26 })).stdout
  const stop = async () => {
    // Shims live on without their daemon.
    const tasks = await ctr('task', 'ls', '-q').catch(() => '')
    // Of a task whose end its shim never learns (gVisor's) nothing is waited for: its processes are killed below.
    const removed = tasks.split('\n').filter(Boolean)
    await Promise.all(removed.map((task) => run('ctr', ['-a', socketPath, '-n', 'k8s.io', 'task', 'rm', '-f', task], { timeout: 5000 }).catch(() => '')))
    await daemon.stop()
    await killLeft(root)
    await unmountBelow(root)
    await run('ip', ['link', 'delete', bridge]).catch(() => {})
  }
  try {
    const archive = join(root, 'images.tar')
    await writeFile(archive, await busyboxArchive())
    await ctr('images', 'import', archive)
    if (pauseImage) {
      const pauseArchive = buildPauseImage(process.arch === 'arm64' ? 'arm64' : 'amd64')
      await writeFile(archive, pauseArchive.archive)
      await ctr('images', 'import', archive)
      await ctr('images', 'tag', pauseArchive.reference, sandboxImage)
    }
    await rm(archive)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    socketPath,
    endpoint: `unix://${socketPath}`,
    ctr,
    async restart() {
      await daemon.stop('SIGKILL')
      daemon = await start(root, socketPath, logPath)
    },
    freeze: () => void process.kill(daemon.pid, 'SIGSTOP'),
    thaw: () => void process.kill(daemon.pid, 'SIGCONT'),
    [Symbol.asyncDispose]: stop,
  }
}

const config = (root: string) => `version = 2
root = ${JSON.stringify(join(root, 'root'))}
state = ${JSON.stringify(join(root, 'state'))}
[grpc]
  address = ${JSON.stringify(join(root, 'containerd.sock'))}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${sandboxImage}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${JSON.stringify(join(root, 'cni'))}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun.options]
      BinaryName = ${JSON.stringify(join(root, 'crun'))}
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runsc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runsc.options]
      BinaryName = ${JSON.stringify(join(root, 'runsc'))}
`

/** A bridge that no other engine of this machine has; addresses are kept below the root. */
function networkList(root: string, bridge: string): object {
  const third = 16 * Math.floor(Math.random() * 16)
  const ipam = {
    type: 'host-local',
    dataDir: join(root, 'addresses'),
    ranges: [[{ subnet: `10.${90 + Math.floor(Math.random() * 100)}.${third}.0/20` }]],
    routes: [{ dst: '0.0.0.0/0' }],
  }
  return {
    cniVersion: '0.4.0',
    name: bridge,
    plugins: [
      { type: 'bridge', bridge, isGateway: true, ipMasq: false, hairpinMode: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
      { type: 'loopback' },
    ],
  }
}

async function start(root: string, socketPath: string, logPath: string) {
  const log = await open(logPath, 'a')
  const daemon = spawn('containerd', ['-c', join(root, 'config.toml')], { stdio: ['ignore', log.fd, log.fd] })
  await log.close()
  let end: string | undefined
  const ended = new Promise<void>((resolve) => {
    daemon.once('error', (error: NodeJS.ErrnoException) => {
      end = error.code === 'ENOENT' ? 'containerd is not installed: apt-get install containerd containernetworking-plugins' : error.message
      resolve()
    })
    daemon.once('exit', (code, signal) => {
      end = `containerd ended with ${signal ?? `code ${code}`}`
      resolve()
    })
  })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (daemon.pid === undefined || end !== undefined) return
    daemon.kill('SIGCONT')
    daemon.kill(signal)
    const late = setTimeout(() => daemon.kill('SIGKILL'), stopLimitMs)
    await ended
    clearTimeout(late)
  }
  const deadline = Date.now() + startLimitMs
  while (!(await answers(socketPath))) {
    if (end === undefined && Date.now() < deadline) {
      await pause(50)
      continue
    }
    const said = (await readFile(logPath, 'utf8')).split('\n').slice(-8).join('\n')
    const why = end ?? `containerd did not answer on ${socketPath} within ${startLimitMs} ms`
    await stop()
    throw new Error(`cannot start containerd for the tests: ${why}\n${said}`)
  }
  return { pid: daemon.pid ?? 0, stop }
}

/** A shim whose runtime did not come up outlives its daemon, with what it started: only ours have our root in their command line. */
async function killLeft(root: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (pid === process.pid || !command.includes(`${root}/`)) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Its CRI is served a little later than its own services. */
const answers = (socketPath: string): Promise<boolean> =>
  run('ctr', ['-a', socketPath, 'plugins', 'ls']).then(
    ({ stdout }) => /io\.containerd\.grpc\.v1\s+cri\s+\S+\s+ok/.test(stdout),
    () => false,
  )
