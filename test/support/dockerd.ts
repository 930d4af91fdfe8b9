import { execFile, spawn } from 'node:child_process'
import { mkdir, open, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const startLimitMs = 60_000
const stopLimitMs = 20_000

export interface TestDockerd extends AsyncDisposable {
  /** Path of the engine's Unix socket, below the root. */
  readonly socketPath: string
  /** The daemon's process. */
  readonly pid: number
}

/**
 * Starts Debian's dockerd with everything of its own below `root`, and waits until it answers.
 * Disposal stops it and its containerd and unmounts what it left; the directory itself is the caller's.
 * One that is `beside` another has a network namespace of its own and no bridge: a second dockerd on one network takes the first one's bridge away. Its pods
 * are on "the node's network".
 */
export async function startDockerd({ root, beside = false, flags = [] }: { root: string; beside?: boolean; flags?: readonly string[] }): Promise<TestDockerd> {
  await mkdir(root, { recursive: true })
  const socketPath = join(root, 'docker.sock')
  const logPath = join(root, 'dockerd.log')
  const log = await open(logPath, 'a')
  const daemon = spawn(
    beside ? 'unshare' : 'dockerd',
    [
      ...(beside ? ['--net', 'dockerd', '--bridge', 'none', '--iptables=false'] : []),
      ...['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'dockerd.pid')],
      ...['--host', `unix://${socketPath}`, '--containerd-namespace', 'podsteward-test', '--shutdown-timeout', '5'],
      ...flags,
    ],
    { stdio: ['ignore', log.fd, log.fd] },
  )
  const ended = new Promise<string>((resolve) => {
    daemon.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === 'ENOENT' ? 'dockerd is not installed: install docker.io, or set PODSTEWARD_TEST_DOCKER to the socket of an engine' : error.message,
      ),
    )
    daemon.once('exit', (code, signal) => resolve(`dockerd ended with ${signal ?? `code ${code}`}`))
  })
  await log.close()

  const stop = async () => {
    if (daemon.pid !== undefined && daemon.exitCode === null && daemon.signalCode === null) {
      daemon.kill('SIGTERM')
      const late = setTimeout(() => daemon.kill('SIGKILL'), stopLimitMs)
      await ended
      clearTimeout(late)
    }
    await stopContainerd(root)
    await unmountBelow(root)
  }

  let end: string | undefined
  void ended.then((reason) => {
    end = reason
  })
  const deadline = Date.now() + startLimitMs
  while (!(await answers(socketPath))) {
    if (end === undefined && Date.now() < deadline) {
      await pause(50)
      continue
    }
    const said = (await readFile(logPath, 'utf8')).split('\n').slice(-8).join('\n')
    const why = end ?? `dockerd did not answer on ${socketPath} within ${startLimitMs} ms`
    await stop()
    throw new Error(`cannot start a Docker Engine for the tests: ${why}\n${said}`)
  }
  return { socketPath, pid: daemon.pid ?? 0, [Symbol.asyncDispose]: stop }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', agent: false, timeout: 2000 }, (response) => {
      response.resume()
      response.once('close', () => resolve(response.statusCode === 200))
    })
    ping.once('timeout', () => ping.destroy())
    ping.once('error', () => resolve(false))
    ping.end()
  })
}

/** A dockerd that was killed leaves its containerd; one that stopped has taken it along. */
async function stopContainerd(root: string): Promise<void> {
  const pidFile = join(root, 'exec', 'containerd', 'containerd.pid')
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''))
  if (!(pid > 1)) return
  // The number may belong to somebody else by now: only ours has our root in its command line.
  const isOurs = async () => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(root)
  if (await isOurs()) process.kill(pid, 'SIGTERM')
  const deadline = Date.now() + 5000
  while (await isOurs()) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL')
    await pause(20)
  }
}

/** Unmounts all below a directory. */
export async function unmountBelow(root: string): Promise<void> {
  const table = await readFile('/proc/self/mountinfo', 'utf8')
  const points = table
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${root}/`))
  for (const point of points.reverse()) await run('umount', ['--lazy', point])
}
