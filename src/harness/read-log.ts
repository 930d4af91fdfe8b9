import { ApiException, type CoreV1Api } from '@kubernetes/client-node'
import { KubeError } from '../kube/client.ts'
import type { Status } from '../kube/objects.ts'

/** A container's log by way of the API server and the node. Throws `KubeError` with what the server says. */
export async function readLog(
  core: CoreV1Api,
  pod: { readonly namespace: string; readonly name: string },
  container: string,
  previous: boolean,
): Promise<string> {
  const { namespace, name } = pod
  try {
    return await core.readNamespacedPodLog({ namespace, name, container, previous })
  } catch (cause) {
    if (!(cause instanceof ApiException)) throw cause
    const { message, reason, code } = JSON.parse(String(cause.body)) as Status
    throw new KubeError(message ?? `the log of pod ${namespace}/${name} cannot be read`, code ?? cause.code, reason ?? '', { cause })
  }
}
