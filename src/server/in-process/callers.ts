import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { User } from '../authentication.ts'
import { InProcessSocket } from './connection.ts'

const callers = new WeakMap<Duplex, User>()

/** Who opened a connection from within this process; undefined for one that came over the network. */
export const inProcessCaller = (socket: Duplex): User | undefined => callers.get(socket)

/** A connection to the server for somebody in this process, who need not prove who he is, nor encrypt. What he may do is asked all the same. */
export function connectInProcess(server: Server, caller: User): Duplex {
  const [near, far] = InProcessSocket.pair()
  callers.set(far, caller)
  server.emit('connection', far)
  return near
}
