import { type SpdySession, spdySession } from '../../server/spdy/session.ts'
import { openUpstream } from '../../server/streaming/upstream.ts'
import { EngineError } from '../engine.ts'

/** The protocol of commands over SPDY whose error stream ends with a Status. */
const commandProtocol = 'v4.channel.k8s.io'

/** Opens a SPDY connection to the streaming server that the runtime named, as a kubelet's client would. Throws `EngineError`. */
export async function openSpdy(url: string): Promise<SpdySession> {
  const headers = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': commandProtocol, 'content-length': 0 }
  const { socket } = await openUpstream(url, headers).catch((cause: Error) => {
    throw new EngineError('internal', cause.message, { cause })
  })
  return spdySession(socket, (stream) => stream.refuse(), { side: 'client' })
}
