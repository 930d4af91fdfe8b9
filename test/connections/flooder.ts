/** `node flooder.ts PORT COUNT KIND`: opens so many connections of a kind, reads nothing that comes back, keeps what it may, and says so. For tests, which kill it. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type FloodKind, floodKinds } from './floods.ts'

const [port = '', count = '', kind = ''] = process.argv.slice(2)
const { tls, text, more } = floodKinds[kind as FloodKind]
const atOnce = 64
/** Of an earlier connection, which makes the next ones cheap. */
let session: Buffer | undefined

async function one(): Promise<void> {
  const tcp = connect({ port: Number(port), host: '127.0.0.1' })
  const socket: Socket = tls ? connectTls({ socket: tcp, rejectUnauthorized: false, session }) : tcp
  socket.once('session', (given: Buffer) => {
    session = given
  })
  for (const each of [tcp, socket]) each.on('error', () => {})
  await new Promise<void>((resolve) => {
    socket.once(tls ? 'secureConnect' : 'connect', resolve)
    tcp.once('close', () => resolve())
  })
  socket.pause()
  socket.write(text)
  if (more > 0) socket.write(Buffer.alloc(more, 'x'))
}

let left = Number(count)
const workers = Array.from({ length: atOnce }, async () => {
  for (; left > 0; ) {
    left -= 1
    await one()
  }
})
await Promise.all(workers)
process.stdout.write('done\n')
setInterval(() => {}, 60_000)
