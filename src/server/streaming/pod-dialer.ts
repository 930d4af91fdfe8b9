import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { SandboxState } from '../../engine/engine.ts'
import { isProcessOf } from '../../stats/cgroup/process-of.ts'

const connectTimeoutMs = 10_000

/** Connects to a port of a pod, as a process inside would by `localhost`. Rejects with what went wrong. */
export type DialPod = (sandbox: SandboxState, port: number, signal: AbortSignal) => Promise<Duplex>

/**
 * The pod's address first, which costs nothing; what listens on the pod's loopback alone is reached by a small relay inside of the pod's network namespace
 * (`nsenter` of util-linux, and the program that runs this), so that no socat is needed.
 */
export const dialPod: DialPod = async (sandbox, port, signal) => {
  if (sandbox.networkMode === 'node') return dial('127.0.0.1', port, signal)
  const [ip] = sandbox.ips
  if (!sandbox.ready || !ip) throw new Error('the pod has no network: its sandbox is not ready')
  try {
    return await dial(ip, port, signal)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A listener whose queue is full may throw out one that has just come. An error would end all that the client forwards.
    if (code === 'ECONNRESET') return dial(ip, port, signal)
    if (code !== 'ECONNREFUSED' || sandbox.pid <= 0) throw error
    if (!isProcessOf(sandbox.id, sandbox.pid)) throw error
    return relayInto(sandbox.pid, port, signal)
  }
}

function dial(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, signal })
    socket.setTimeout(connectTimeoutMs, () => socket.destroy(new Error(`connect to ${host}:${port}: no answer within ${connectTimeoutMs / 1000} s`)))
    socket.once('error', reject)
    socket.once('connect', () => {
      // What is connected may be silent for as long as it likes.
      socket.setTimeout(0)
      socket.off('error', reject)
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}

// Says on its standard error whether it is connected; then standard input and output are the connection.
const relay = `
const net = require('node:net')
const attempt = (hosts, refusal) => {
  const socket = net.connect({ host: hosts[0], port: Number(process.argv[1]), allowHalfOpen: true })
  socket.once('error', (error) => {
    if (hosts.length > 1) return attempt(hosts.slice(1), error.message)
    process.stderr.write(refusal)
    process.exit(1)
  })
  socket.once('connect', () => {
    socket.removeAllListeners('error').on('error', () => process.exit(1))
    process.stderr.write('connected')
    // process.stdout would never be closed, and the end of what the pod says never be heard of.
    process.stdin.pipe(socket).pipe(require('node:fs').createWriteStream('', { fd: 1 }))
  })
}
attempt(['127.0.0.1', '::1'])
`

/** Relays at once, of all pods; each is a process. A client that wants more hears of it. */
const mostRelays = 32
let relays = 0

async function relayInto(pid: number, port: number, signal: AbortSignal): Promise<Duplex> {
  if (relays >= mostRelays)
    throw new Error(`${mostRelays} connections to ports on pods' loopback are open already; let the program listen on the pod's address`)
  relays += 1
  const child = spawn('nsenter', ['--target', String(pid), '--net', '--', process.execPath, '-e', relay, String(port)], { signal, stdio: 'pipe', env: {} })
  child.once('error', () => {})
  child.once('close', () => {
    relays -= 1
  })
  child.stdin.on('error', () => {})
  const ended = once(child, 'close').then(() => 'the relay into the pod ended')
  const said = await Promise.race([once(child.stderr, 'data').then(([chunk]) => String(chunk)), ended])
  if (said !== 'connected') {
    child.kill('SIGKILL')
    throw new Error(`failed to connect to localhost:${port} inside of the pod's network: ${said}`)
  }
  child.stderr.resume()
  const duplex = Duplex.from({ writable: child.stdin, readable: child.stdout })
  duplex.once('close', () => child.kill('SIGKILL'))
  return duplex
}
