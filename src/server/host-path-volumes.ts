import type { IncomingMessage, ServerResponse } from 'node:http'
import { type HostPathVolumes, VolumeNameError } from '../volumes/host-path-volumes.ts'
import { ServingError } from './serving-error.ts'

/** `PUT` and `DELETE /hostPathVolumes/{name}`: how the cluster's provisioner has directories of this node made and deleted. A `PUT` answers the path. */
export async function serveHostPathVolumes(
  volumes: HostPathVolumes,
  [name, ...more]: readonly string[],
  { method }: Pick<IncomingMessage, 'method'>,
  response: ServerResponse,
): Promise<void> {
  if (name === undefined || more.length > 0) throw new ServingError(404, '404 page not found')
  if (method !== 'PUT' && method !== 'DELETE') throw new ServingError(405, 'Method Not Allowed')
  try {
    const answer = method === 'PUT' ? { path: await volumes.make(name) } : await volumes.remove(name).then(() => ({}))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  } catch (error) {
    throw new ServingError(error instanceof VolumeNameError ? 400 : 500, error instanceof Error ? error.message : String(error))
  }
}
