import { type Duplex, Readable } from 'node:stream'
import { Demultiplexer } from './demultiplex.ts'
import { mostReasonBytes } from './exec-end.ts'

export interface SessionOutput {
  readonly stdout: Readable
  /** Absent where it is not asked for, and on a terminal. */
  readonly stderr: Readable | undefined
  /** The first bytes of standard output: where nothing ran, the engine says there why. */
  beginning(): string
  /** Once the connection brings no more. Rejects when it breaks. */
  readonly ended: Promise<void>
}

/** A process's output from the engine's connection, each stream apart, read no faster than the slower of its readers takes it. */
export function sessionOutput(socket: Duplex, options: { readonly tty: boolean; readonly stderr: boolean }): SessionOutput {
  const full = new Set<Readable>()
  const output = () => {
    const taken = () => {
      if (full.delete(stream) && full.size === 0) socket.resume()
    }
    const stream: Readable = new Readable({
      read: taken,
      // Nobody wants the rest; the process must not wait for him.
      destroy(error, done) {
        taken()
        done(error)
      },
    })
    return stream
  }
  const stdout = output()
  const stderr = options.stderr && !options.tty ? output() : undefined
  const frames = new Demultiplexer(options)
  const first: Buffer[] = []
  let room = mostReasonBytes
  socket.on('data', (chunk: Buffer) => {
    try {
      pass(chunk)
    } catch (error) {
      socket.destroy(error as Error)
    }
  })
  const pass = (chunk: Buffer) => {
    for (const piece of frames.take(chunk)) {
      const target = piece.stream === 'stderr' ? stderr : stdout
      if (room > 0 && target === stdout) {
        // A copy: the rest of the chunk is not to be kept for it.
        const kept = Buffer.from(piece.data.subarray(0, room))
        first.push(kept)
        room -= kept.length
      }
      if (target && !target.destroyed && !target.push(piece.data)) full.add(target)
    }
    if (full.size > 0) socket.pause()
  }
  const end = () => {
    for (const each of [stdout, stderr]) if (each && !each.destroyed && !each.readableEnded) each.push(null)
  }
  const ended = new Promise<void>((resolve, reject) => {
    socket.once('end', resolve)
    socket.once('close', resolve)
    socket.once('error', reject)
  }).finally(end)
  return { stdout, stderr, beginning: () => Buffer.concat(first).toString(), ended }
}
