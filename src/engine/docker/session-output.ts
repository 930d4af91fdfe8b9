import { type Duplex, Readable } from 'node:stream'
import { Demultiplexer } from './demultiplex.ts'

export interface SessionOutput {
  readonly stdout: Readable
  /** Absent where it is not asked for, and on a terminal. */
  readonly stderr: Readable | undefined
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
  socket.on('data', (chunk: Buffer) => {
    for (const piece of frames.take(chunk)) {
      const target = piece.stream === 'stderr' ? stderr : stdout
      if (target && !target.destroyed && !target.push(piece.data)) full.add(target)
    }
    if (full.size > 0) socket.pause()
  })
  const end = () => {
    for (const each of [stdout, stderr]) if (each && !each.destroyed && !each.readableEnded) each.push(null)
  }
  const ended = new Promise<void>((resolve, reject) => {
    socket.once('end', resolve)
    socket.once('close', resolve)
    socket.once('error', reject)
  }).finally(end)
  return { stdout, stderr, ended }
}
