import { spawn } from 'node:child_process'

/** What lies below a directory (or what a file takes), on its own file system alone. */
export interface DiskUsage {
  readonly bytes: number
  readonly inodes: number
}

/** A walk that says nothing for so long is of a file system that does not answer, such as one that a container mounted. */
const silentMs = 600_000

/**
 * Measures directories by `du`, at low priority and outside of this process: walking a big tree must hold up nothing. It walks by open directories, so names are
 * bytes and trees as deep as they like, and stays on the path's own file system. Paths that are not there, or whose walk does not end, are left out.
 * Never rejects for a path; rejects when aborted, or when `du` cannot be run.
 */
export async function diskUsage(
  paths: readonly string[],
  signal: AbortSignal,
  { silentForMs = silentMs }: { readonly silentForMs?: number } = {},
): Promise<ReadonlyMap<string, DiskUsage>> {
  // One after the other: the second finds everything in the kernel's cache.
  const bytes = await measured(['--block-size=1'], paths, signal, silentForMs)
  const inodes = await measured(['--inodes'], [...bytes.keys()], signal, silentForMs)
  return new Map([...bytes].map(([path, size]) => [path, { bytes: size, inodes: inodes.get(path) ?? 0 }]))
}

/** `du` goes by the order of the paths: the first that it has not told of when it falls silent is what holds it up, and the others are measured without it. */
async function measured(what: readonly string[], paths: readonly string[], signal: AbortSignal, silentForMs: number): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let left = [...paths]; left.length > 0; ) {
    const { sizes, ended } = await du(what, left, signal, silentForMs)
    for (const [path, size] of sizes) found.set(path, size)
    if (ended) break
    const told = left.findLastIndex((path) => sizes.has(path))
    left = left.slice(told + 2)
  }
  return found
}

interface Told {
  readonly sizes: ReadonlyMap<string, number>
  /** It came to its end. */
  readonly ended: boolean
}

function du(what: readonly string[], paths: readonly string[], signal: AbortSignal, silentForMs: number): Promise<Told> {
  const { promise, resolve, reject } = Promise.withResolvers<Told>()
  // Each file counted for each path it was asked under, so that no container's figure depends on its neighbours (-l).
  const child = spawn('nice', ['-n', '19', 'du', '-s', '-x', '-l', '-0', ...what, '--files0-from=-'], { stdio: ['pipe', 'pipe', 'ignore'], signal })
  const sizes = new Map<string, number>()
  let rest = ''
  const giveUp = () => {
    // It may be beyond being killed, in a call that does not return: nobody waits for that.
    child.kill('SIGKILL')
    child.stdout.destroy()
    child.unref()
    resolve({ sizes, ended: false })
  }
  let silence = setTimeout(giveUp, silentForMs)
  child.once('error', (error) => {
    clearTimeout(silence)
    reject(error)
  })
  child.stdin.once('error', () => {})
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    clearTimeout(silence)
    silence = setTimeout(giveUp, silentForMs)
    const lines = (rest + chunk).split('\0')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const tab = line.indexOf('\t')
      if (tab >= 0) sizes.set(line.slice(tab + 1), Number(line.slice(0, tab)))
    }
  })
  // Its exit code only says that some path was not there.
  child.once('close', () => {
    clearTimeout(silence)
    resolve({ sizes, ended: true })
  })
  child.stdin.end(`${paths.join('\0')}\0`)
  return promise
}
